#include "rca/ranking.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <queue>

#include <absl/container/flat_hash_map.h>

namespace kgrca::rca {
namespace {

constexpr float path_exponent = 0.7f;
constexpr int depth_limit = 8;
constexpr std::size_t roots_shown = 5;
constexpr std::size_t changes_shown = 10;
constexpr std::size_t ruled_out_shown = 5;

bool is_symptom(const Episode& e, const TypeInfo& type) {
  return !type.chronic && e.severity >= model::Severity::warning &&
         (type.role == model::Role::fault || type.role == model::Role::symptom);
}

}  // namespace

Ranker::Symptoms Ranker::symptoms_of(const std::vector<EpisodeIndex>& members) const {
  constexpr std::array<float, 5> by_severity{0, 0, 0.5f, 1, 1.5f};
  Symptoms out;
  out.first = core::Time::max();
  for (EpisodeIndex index : members) {
    const Episode& e = episodes_.at(index);
    const TypeInfo& type = episodes_.type_of(e);
    if (!is_symptom(e, type)) continue;
    float weight = rules_.symptom_weight[type.group] * by_severity[static_cast<std::size_t>(e.severity)];
    out.weights.emplace_back(index, weight);
    out.total += weight;
    out.first = std::min(out.first, e.start);
  }
  return out;
}

// Members, and causes outside whose links are too weak to make them members.
std::vector<EpisodeIndex> Ranker::suspects_of(const std::vector<EpisodeIndex>& members) const {
  std::vector<std::pair<core::EventKey, EpisodeIndex>> by_head;
  auto add = [&](EpisodeIndex index) {
    const Episode& e = episodes_.at(index);
    if (!episodes_.type_of(e).chronic) by_head.emplace_back(e.head, index);
  };
  for (EpisodeIndex index : members) {
    add(index);
    for (EpisodeIndex parent : episodes_.at(index).parent_index)
      if (mark_of(parent).inside != ranking_) add(parent);
  }
  std::sort(by_head.begin(), by_head.end());
  by_head.erase(std::unique(by_head.begin(), by_head.end()), by_head.end());
  std::vector<EpisodeIndex> out;
  out.reserve(by_head.size());
  for (const auto& [head, index] : by_head) out.push_back(index);
  return out;
}

// Marks the members, so that walks know who is inside. Holds until the next ranking.
void Ranker::mark_inside(const std::vector<EpisodeIndex>& members) const {
  ++ranking_;
  for (EpisodeIndex index : members) mark_of(index).inside = ranking_;
}

Ranker::Mark& Ranker::mark_of(EpisodeIndex index) const {
  if (index >= marks_.size()) marks_.resize(index + 1);
  return marks_[index];
}

// Best product of p^0.7 over paths to every member, best first; left in the marks. Cost: the members it reaches.
void Ranker::reach(EpisodeIndex from) const {
  struct Step {
    float p;
    int depth;
    EpisodeIndex at;
    bool operator<(const Step& o) const { return p != o.p ? p < o.p : at > o.at; }
  };
  ++walk_;
  std::priority_queue<Step> queue;
  queue.push({1, 0, from});
  while (!queue.empty()) {
    Step step = queue.top();
    queue.pop();
    Mark& mark = mark_of(step.at);
    if (mark.reached == walk_) continue;
    mark.reached = walk_;
    mark.p = step.p;
    if (step.depth == depth_limit) continue;
    for (EpisodeIndex child : episodes_.at(step.at).children) {
      const Mark& there = mark_of(child);
      if (there.inside != ranking_ || there.reached == walk_) continue;
      const Episode& c = episodes_.at(child);
      for (std::size_t i = 0; i < c.parent_index.size(); ++i)
        if (c.parent_index[i] == step.at)
          queue.push({step.p * std::pow(c.parents[i].confidence, path_exponent), step.depth + 1, child});
    }
  }
}

Scored Ranker::score(EpisodeIndex index, const Symptoms& symptoms) const {
  const Episode& e = episodes_.at(index);
  const TypeInfo& type = episodes_.type_of(e);
  Scored out{.episode = index};
  reach(index);
  float covered = 0;
  for (const auto& [symptom, weight] : symptoms.weights) {
    const Mark& mark = mark_of(symptom);
    if (mark.reached == walk_) covered += weight * mark.p;
  }
  out.coverage = symptoms.total > 0 ? covered / symptoms.total : 0;
  for (const model::Link& link : e.parents) out.unexplained *= 1 - link.confidence;
  out.unexplained += 0.02f;
  double late = std::max(0.0, core::to_seconds(e.onset - symptoms.first));
  auto onset = static_cast<float>(std::exp(-late / static_cast<double>(rules_.onset_scale_s)));
  out.score = std::sqrt(out.coverage) * out.unexplained * rules_.root_prior[type.group] * (0.5f + 0.5f * onset);
  if (type.role == model::Role::symptom) out.score *= rules_.symptom_root_factor;
  return out;
}

float Ranker::calibrated(float share) const {
  const auto& table = rules_.root_calibration;
  if (share <= table.front().first) return table.front().second;
  for (std::size_t i = 1; i < table.size(); ++i) {
    auto [x0, y0] = table[i - 1];
    auto [x1, y1] = table[i];
    if (share <= x1) return x1 > x0 ? y0 + (y1 - y0) * (share - x0) / (x1 - x0) : y1;
  }
  return table.back().second;
}

std::vector<core::EventKey> Ranker::path(EpisodeIndex from, EpisodeIndex to) const {
  absl::flat_hash_map<EpisodeIndex, EpisodeIndex> next;  // towards `to`, found by walking causes backwards
  std::vector<EpisodeIndex> frontier{to};
  next[to] = to;
  for (std::size_t i = 0; i < frontier.size() && !next.contains(from); ++i)
    for (EpisodeIndex parent : episodes_.at(frontier[i]).parent_index)
      if ((parent == from || mark_of(parent).inside == ranking_) && next.emplace(parent, frontier[i]).second) frontier.push_back(parent);
  std::vector<core::EventKey> out;
  if (!next.contains(from)) return out;
  for (EpisodeIndex at = from;; at = next[at]) {
    out.push_back(episodes_.at(at).head);
    if (at == to) return out;
  }
}

model::Suspect Ranker::suspect(const Scored& scored, float confidence, EpisodeIndex main) const {
  const Episode& e = episodes_.at(scored.episode);
  model::Suspect out;
  out.event = e.head;
  out.resource = e.resource;
  out.confidence = confidence;
  out.coverage = scored.coverage;
  out.resource_name = narrator_.resource_name(e.resource);
  out.title = narrator_.what(e);
  out.path = path(scored.episode, main);
  std::vector<EpisodeIndex> steps;
  for (core::EventKey key : out.path) steps.push_back(episodes_.find_head(key));
  out.sentence = narrator_.root_sentence(e, out, steps);
  return out;
}

// The symptom that users feel most: alerts before logs, symptoms before faults; among equals the first that was seen.
EpisodeIndex Ranker::main_symptom(const std::vector<EpisodeIndex>& members) const {
  EpisodeIndex best = members.front();
  float best_score = -1;
  for (EpisodeIndex index : members) {
    const Episode& e = episodes_.at(index);
    const TypeInfo& type = episodes_.type_of(e);
    if (!is_symptom(e, type)) continue;
    float score = rules_.symptom_weight[type.group] * static_cast<float>(e.severity);
    if (type.role == model::Role::symptom) score += 4;
    if (e.source == model::EventSource::alert) score += 2;
    if (score > best_score) {
      best_score = score;
      best = index;
    }
  }
  return best;
}

void Ranker::fill_roots(model::Incident& out, const std::vector<Scored>& ranked, EpisodeIndex main) const {
  float total = 0;
  for (std::size_t i = 0; i < std::min(ranked.size(), roots_shown); ++i) total += ranked[i].score;
  for (std::size_t i = 0; i < std::min(ranked.size(), roots_shown); ++i) {
    float share = total > 0 ? ranked[i].score / total : 0;
    if (i > 0 && share < 0.02f) break;
    out.roots.push_back(suspect(ranked[i], calibrated(share), main));
    if (i == 0) out.abstained = share < rules_.abstain_share || ranked[i].coverage < rules_.abstain_coverage;
  }
}

void Ranker::fill_changes(model::Incident& out, const std::vector<Scored>& ranked, EpisodeIndex main) const {
  float total = 0;
  for (const Scored& s : ranked) total += s.score;
  for (const Scored& s : ranked) {
    if (episodes_.type_of(episodes_.at(s.episode)).role != model::Role::change) continue;
    if (out.changes.size() == changes_shown) return;
    out.changes.push_back(suspect(s, calibrated(total > 0 ? s.score / total : 0), main));
  }
}

// The weightiest runs near in time that are no members, with their weights; from each list no more than can be shown. Within a
// list those that began before the first symptom weigh most and come first.
std::vector<std::pair<float, EpisodeIndex>> Ranker::loudest(const model::Incident& incident) const {
  const core::Time from = incident.started - std::chrono::minutes(15);
  const core::EventKey first{static_cast<std::uint64_t>(std::max<std::int64_t>(0, core::to_micros(from))), 0};
  std::vector<std::pair<float, EpisodeIndex>> out;
  for (const auto& [kind, runs] : episodes_.loud()) {
    const float weight = rules_.root_prior[kind.first] * (kind.second ? 0.3f : 1.0f);
    std::size_t before = 0;
    std::size_t after = 0;
    for (auto it = runs.lower_bound({first, 0}); it != runs.end() && before < ruled_out_shown && after < ruled_out_shown; ++it) {
      const Episode& e = episodes_.at(it->second);
      if (e.onset > incident.last_activity || e.onset < from || mark_of(it->second).inside == ranking_) {
        if (it->first.time() > incident.last_activity) break;
        continue;
      }
      const bool early = e.onset <= incident.first_symptom;
      ++(early ? before : after);
      out.emplace_back(early ? 2 * weight : weight, it->second);
    }
  }
  std::sort(out.begin(), out.end(), [&](const auto& a, const auto& b) {
    if (a.first != b.first) return a.first > b.first;
    return episodes_.at(a.second).head < episodes_.at(b.second).head;
  });
  if (out.size() > ruled_out_shown) out.resize(ruled_out_shown);
  return out;
}

// Loud or recent things near in time that the links do not lead to.
void Ranker::fill_ruled_out(model::Incident& out, const std::vector<EpisodeIndex>& members) const {
  for (const auto& [weight, index] : loudest(out)) {
    const Episode& e = episodes_.at(index);
    model::Suspect s;
    s.event = e.head;
    s.resource = e.resource;
    s.resource_name = narrator_.resource_name(e.resource);
    s.title = narrator_.what(e);
    s.sentence = narrator_.ruled_out_sentence(e, members, out.first_symptom);
    out.ruled_out.push_back(std::move(s));
  }
}

void Ranker::fill_facts(model::Incident& out, const std::vector<EpisodeIndex>& members) const {
  std::vector<core::ResourceId>& hurt = out.blast_radius;
  out.started = core::Time::max();
  out.first_symptom = core::Time::max();
  for (EpisodeIndex index : members) {
    const Episode& e = episodes_.at(index);
    const TypeInfo& type = episodes_.type_of(e);
    bool symptom = is_symptom(e, type);
    out.started = std::min(out.started, e.onset);
    out.last_activity = std::max(out.last_activity, e.last);
    out.records += e.observations;
    if (e.source == model::EventSource::alert) ++out.alerts;
    if (symptom) {
      hurt.push_back(e.resource);
      out.first_symptom = std::min(out.first_symptom, e.start);
      out.severity = std::max(out.severity, e.severity);
    }
    out.members.push_back({e.head, e.resource, symptom});
    for (core::EventKey key : e.members) out.members.push_back({key, e.resource, symptom});
  }
  if (hurt.empty()) out.first_symptom = out.started;
  std::sort(out.members.begin(), out.members.end(), [](const auto& a, const auto& b) { return a.event < b.event; });
  if (out.members.size() > rules_.max_members) {
    out.members.resize(rules_.max_members);
    out.degraded = true;
  }
  std::sort(hurt.begin(), hurt.end());
  hurt.erase(std::unique(hurt.begin(), hurt.end()), hurt.end());
}

model::Incident Ranker::rank(const std::vector<EpisodeIndex>& members) const {
  model::Incident out;
  mark_inside(members);
  fill_facts(out, members);
  EpisodeIndex main = main_symptom(members);
  out.title = narrator_.title(episodes_.at(main));
  out.hurt = narrator_.owner_of(episodes_.at(main).resource);
  out.rules_version = rules_.version;
  Symptoms symptoms = symptoms_of(members);
  if (symptoms.weights.empty()) symptoms.first = out.started;
  std::vector<Scored> ranked;
  for (EpisodeIndex index : suspects_of(members)) ranked.push_back(score(index, symptoms));
  std::stable_sort(ranked.begin(), ranked.end(), [](const Scored& a, const Scored& b) { return a.score > b.score; });
  fill_roots(out, ranked, main);
  fill_changes(out, ranked, main);
  fill_ruled_out(out, members);
  return out;
}

}  // namespace kgrca::rca
