#include <algorithm>
#include <cmath>
#include <map>

#include "api/columns.h"
#include "api/json_values.h"
#include "api/render.h"
#include "kgrca/core/strings.h"

namespace kgrca::api {
namespace {

constexpr std::string_view whole_data = "data.digest";  // of all keys together; says nothing beside a key that is named

// "env.DB_POOL_SIZE" -> "DB_POOL_SIZE"; other paths stay whole.
std::string_view short_path(std::string_view path) {
  constexpr std::string_view env = "env.";
  const std::size_t at = path.rfind(env);
  if (at == std::string_view::npos) return path;
  return path.substr(at + env.size());
}

bool is_digest(std::string_view value) { return !value.empty() && value.front() == '#'; }

// "registry/shop/orders:v1" and "registry/shop/orders:v2" differ in "v1" and "v2" only.
std::size_t common_image_prefix(std::string_view before, std::string_view after) {
  const std::size_t colon = before.rfind(':');
  if (colon == std::string_view::npos || before.find('/') > colon || after.substr(0, colon + 1) != before.substr(0, colon + 1)) return 0;
  return colon + 1;
}

std::string change_text(const model::FieldChange& change) {
  const std::string_view path = short_path(change.path);
  if (is_digest(change.before) || is_digest(change.after)) return core::cat(path, " changed");
  if (change.before.empty()) return core::cat(path, " set to ", clip_columns(change.after, 40));
  if (change.after.empty()) return core::cat(path, " removed (was ", clip_columns(change.before, 40), ")");
  const std::size_t common = common_image_prefix(change.before, change.after);
  return core::cat(path, " ", clip_columns(std::string_view(change.before).substr(common), 40), " → ",
                   clip_columns(std::string_view(change.after).substr(common), 40));
}

// "registry:5000/shop/orders:v2.3.1" -> "v2.3.1"; empty for a digest or no tag.
std::string_view tag_of(std::string_view image) {
  const std::size_t slash = image.rfind('/');
  const std::size_t colon = image.find(':', slash == std::string_view::npos ? 0 : slash);
  if (colon == std::string_view::npos || image.find('@') != std::string_view::npos) return {};
  return image.substr(colon + 1);
}

// The change of an image to another tag; null when there is none, or when more than one image changed.
const model::FieldChange* new_version(const std::vector<model::FieldChange>& changes) {
  const model::FieldChange* found = nullptr;
  for (const model::FieldChange& change : changes) {
    if (change.path != "image" && !change.path.ends_with(".image")) continue;
    if (found != nullptr || tag_of(change.after).empty() || tag_of(change.before) == tag_of(change.after)) return nullptr;
    found = &change;
  }
  return found;
}

// A word before the message of a log line: a time, a level, something in brackets.
bool is_log_head(std::string_view word) {
  if (word.empty() || word.front() == '[') return true;
  if (word.front() >= '0' && word.front() <= '9' && word.find_first_of(":-/") != std::string_view::npos) return true;
  return word.size() >= 4 && model::parse_severity(word.back() == ':' ? word.substr(0, word.size() - 1) : word).has_value();
}

std::string_view without_log_head(std::string_view message) {
  std::string_view rest = core::trim(message);
  while (true) {
    const std::size_t blank = rest.find(' ');
    if (blank == std::string_view::npos || !is_log_head(rest.substr(0, blank))) return rest;
    rest = core::trim(rest.substr(blank));
  }
}

std::string plural(std::size_t count, std::string_view noun) {
  const bool es = !noun.empty() && (noun.back() == 's' || noun.back() == 'x');
  return core::cat(core::format_thousands(static_cast<std::int64_t>(count)), " ", noun,
                   count == 1 ? "" : (es ? "es" : "s"));
}

}  // namespace

std::string percent_text(double share) {
  if (share < 0.005) return "<1 %";
  return core::cat(std::clamp(static_cast<int>(std::lround(share * 100)), 1, 99), " %");
}

std::string clock_text(core::Time t) { return core::format_rfc3339(t, 0).substr(11, 8); }

std::string suspect_words(const model::Suspect& suspect) {
  if (suspect.resource_name.empty() || core::contains_ignore_case(suspect.title, suspect.resource_name)) return suspect.title;
  if (suspect.title.empty()) return suspect.resource_name;
  // "Node node-3" and "node memory pressure": the kind once.
  std::string_view title = suspect.title;
  const std::string_view kind = std::string_view(suspect.resource_name).substr(0, suspect.resource_name.find(' '));
  const bool repeats = title.size() > kind.size() && title[kind.size()] == ' ' &&
                       core::equals_ignore_case(title.substr(0, kind.size()), kind);
  if (repeats) title.remove_prefix(kind.size() + 1);
  return core::cat(suspect.resource_name, " ", title);
}

std::string suspect_statement(const model::Suspect& suspect, const IncidentView& view) {
  const EventView* event = view.event(suspect.event);
  if (event == nullptr) {
    return core::cat(suspect_words(suspect), suspect.inferred ? " (inferred: it left no record of its own)" : "");
  }
  const std::vector<model::FieldChange>& changes = event->stored.event.changes;
  model::Suspect bare = suspect;
  // The title may list the changes in brackets at its end.
  const std::size_t bracket = bare.title.find(" (");
  if (!changes.empty() && bracket != std::string::npos && bare.title.back() == ')') bare.title.resize(bracket);
  const model::FieldChange* version = new_version(changes);
  if (version != nullptr) bare.title = core::cat("rolled out ", clip_columns(tag_of(version->after), 40));
  std::string out = core::cat(suspect_words(bare), " at ", clock_text(event->stored.event.first));
  std::vector<model::FieldChange> rest = changes;
  if (version != nullptr) rest.erase(rest.begin() + (version - changes.data()));
  const std::string words = change_words(rest, 3);
  if (!words.empty()) core::append(out, " (", words, ")");
  return out;
}

std::string short_name(const model::ResourceRef& ref) {
  if (ref.kind != "pod") return ref.name;
  std::string_view name = ref.name;
  // Deployment pods end in a template hash and five characters, others in a number or five characters.
  for (int part = 0; part < 2; ++part) {
    const std::size_t dash = name.rfind('-');
    if (dash == std::string_view::npos || dash == 0) break;
    const std::string_view tail = name.substr(dash + 1);
    const bool number = core::parse_int(tail).has_value();
    const bool random = tail.size() == 5 || (part == 1 && tail.size() >= 8 && tail.size() <= 10);
    if (!number && !random) break;
    name = name.substr(0, dash);
    if (number) break;
  }
  return std::string(name);
}

std::string change_words(const std::vector<model::FieldChange>& changes, std::size_t most) {
  const bool keys_named = std::any_of(changes.begin(), changes.end(), [](const model::FieldChange& change) {
    return change.path.starts_with("data.") && change.path != whole_data;
  });
  std::vector<std::string> words;
  std::size_t more = 0;
  for (const model::FieldChange& change : changes) {
    if (keys_named && change.path == whole_data) continue;
    if (words.size() == most) ++more;
    else words.push_back(change_text(change));
  }
  if (more > 0) words.push_back(core::cat("and ", more, " more"));
  return core::join(words, ", ");
}

std::string reach_words(const IncidentView& view) {
  std::map<std::string, std::size_t> by_kind;
  for (const core::ResourceId id : view.incident.blast_radius) {
    const model::ResourceRef& ref = view.resource(id);
    if (!ref.kind.empty()) ++by_kind[ref.kind];
  }
  std::vector<std::string> words;
  constexpr std::size_t kinds_shown = 2;
  constexpr std::string_view shown_first[] = {"service", "pod", "node", "ingress", "deployment", "statefulset", "daemonset"};
  for (const std::string_view kind : shown_first) {
    auto found = by_kind.find(std::string(kind));
    if (found == by_kind.end() || words.size() == kinds_shown) continue;
    words.push_back(plural(found->second, kind));
  }
  if (words.empty() && !view.incident.blast_radius.empty()) {
    words.push_back(plural(view.incident.blast_radius.size(), "resource"));
  }
  return core::join(words, ", ");
}

std::string noise_words(const IncidentView& view) {
  const auto figure = [](std::uint64_t value) { return core::format_thousands(static_cast<std::int64_t>(value)); };
  return core::cat(view.noise.more ? "more than " : "", figure(view.noise.records), view.noise.records == 1 ? " record, " : " records, ",
                   plural(view.incident.alerts, "alert"), " → 1 incident; ", figure(view.noise.left_out), " unrelated left out");
}

std::string naming_words(const IncidentView& view) {
  std::vector<std::string> words;
  if (const auto after = view.naming.after_first_symptom_seconds) {
    words.push_back(*after < 0.5 ? std::string("at the first symptom") : core::cat(span_text(*after), " after the first symptom"));
  }
  if (const auto before = view.naming.before_first_alert_seconds) {
    words.push_back(core::cat(span_text(*before), *before < 0 ? " after" : " before", " the first alert"));
  }
  return words.empty() ? std::string{} : core::cat("cause named ", core::join(words, ", "));
}

std::string event_words(const EventView& event) {
  constexpr std::string_view unspecific[] = {"log.error", "log.fatal", "log.warning", "log.info", ""};
  const std::string& type = event.stored.event.type;
  const bool quoted = event.stored.event.source == model::EventSource::log &&
                      std::find(std::begin(unspecific), std::end(unspecific), type) != std::end(unspecific);
  if (!quoted) return clip_columns(event.title, 60);
  return core::cat("\"", clip_columns(without_log_head(event.stored.event.message), 48), "\"");
}

}  // namespace kgrca::api
