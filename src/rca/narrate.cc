#include "rca/narrate.h"

#include <algorithm>
#include <cmath>

#include "kgrca/core/strings.h"

namespace kgrca::rca {
namespace {

constexpr std::size_t title_bytes = 90;

std::string changes_text(const std::vector<model::FieldChange>& changes) {
  std::string out;
  for (const model::FieldChange& c : changes) {
    if (out.size() > 80) {
      out += ", …";
      break;
    }
    if (!out.empty()) out += ", ";
    std::string_view path = c.path;
    if (path.starts_with("env.")) path.remove_prefix(4);
    if (c.before.empty()) core::append(out, path, " = ", core::clip_utf8(c.after, 40));
    else if (c.after.empty()) core::append(out, path, " removed");
    else core::append(out, path, " ", core::clip_utf8(c.before, 40), " → ", core::clip_utf8(c.after, 40));
  }
  return out;
}

std::string seconds_text(double seconds) {
  if (seconds < 120) return core::cat(std::llround(seconds), " s");
  return core::cat(std::llround(seconds / 60), " min");
}

std::string clock_text(core::Time t) { return core::format_rfc3339(t, 0).substr(11, 8); }

}  // namespace

std::string Narrator::resource_name(core::ResourceId id) const {
  const graph::Node* node = graph_.node(id);
  return node == nullptr ? std::string("unknown resource") : model::display_name(node->ref);
}

core::ResourceId Narrator::owner_of(core::ResourceId id) const {
  const graph::Node* node = graph_.node(id);
  if (node == nullptr || node->ref.kind == "service") return id;
  core::ResourceId at = id;
  for (int step = 0; step < 3; ++step) {
    core::ResourceId up;
    for (const graph::Neighbour& n : graph_.neighbours(at))
      if (n.relation == model::Relation::controls && n.incoming && !up) up = n.other;
    if (!up) break;
    at = up;
  }
  return at;
}

std::string Narrator::what(const Episode& e) const {
  const TypeInfo& type = episodes_.type_of(e);
  std::string out = type.title;
  if (!e.changes.empty()) {
    std::string text = changes_text(e.changes);
    if (!text.empty()) core::append(out, " (", text, ")");
  }
  return out;
}

std::string Narrator::title(const Episode& symptom) const {
  core::ResourceId owner = owner_of(symptom.resource);
  std::string name = resource_name(owner);
  const std::string& what = episodes_.type_of(symptom).title;
  std::string out = core::cat(name, ": ", what);
  if (out.size() <= title_bytes) return out;
  std::string_view symptom_part = core::clip_utf8(what, 40);
  return core::cat(core::clip_utf8(name, title_bytes - symptom_part.size() - 5), "…: ", symptom_part);
}

std::string Narrator::root_sentence(const Episode& root, const model::Suspect& suspect,
                                    const std::vector<EpisodeIndex>& path) const {
  std::string out = core::cat(suspect.resource_name, ": ", suspect.title, " at ", clock_text(root.start));
  if (path.size() > 1) {
    const Episode& first = episodes_.at(path[1]);
    double lag = core::to_seconds(first.onset - root.onset);
    core::append(out, "; ", seconds_text(std::max(0.0, lag)), " later ", resource_name(first.resource), ": ", what(first));
    for (const model::Link& link : first.parents)
      if (link.cause == root.head) {
        core::append(out, " (", std::llround(static_cast<double>(link.confidence) * 100), " % likely its effect");
        if (link.hops > 0) core::append(out, link.path.starts_with("named ") ? ", " : ", by way of ", link.path);
        out += ")";
      }
    if (path.size() > 2) {
      const Episode& last = episodes_.at(path.back());
      core::append(out, "; the trouble reached ", resource_name(last.resource), ": ", what(last), " after ",
                   seconds_text(std::max(0.0, core::to_seconds(last.onset - root.onset))));
    }
  }
  core::append(out, "; it explains ", std::llround(static_cast<double>(suspect.coverage) * 100), " % of the symptoms");
  if (root.parents.empty()) out += "; nothing before it explains it";
  return out;
}

std::string Narrator::ruled_out_sentence(const Episode& suspect, const std::vector<EpisodeIndex>& members,
                                         core::Time first) const {
  if (suspect.onset > first)
    return core::cat("it began ", seconds_text(core::to_seconds(suspect.onset - first)), " after the first symptom");
  const graph::Node* node = graph_.node(suspect.resource);
  if (node != nullptr && node->ref.kind == "node") {
    std::size_t here = 0;
    for (EpisodeIndex m : members)
      for (const graph::Neighbour& n : graph_.neighbours(episodes_.at(m).resource))
        if (n.relation == model::Relation::runs_on && !n.incoming && n.other == suspect.resource &&
            n.alive_in(suspect.onset, suspect.last))
          ++here;
    if (here == 0) return "none of the failing pods run there";
    return core::cat("only ", here, " of the ", members.size(), " troubled places run there");
  }
  float likeliest = 0;
  for (EpisodeIndex m : members)
    for (const model::Link& link : episodes_.at(m).parents)
      if (link.cause == suspect.head) likeliest = std::max(likeliest, link.confidence);
  if (likeliest == 0) return "nothing that is failing could be linked to it";
  return core::cat("its likeliest effect here is only ", std::llround(static_cast<double>(likeliest) * 100), " % likely");
}

}  // namespace kgrca::rca
