#include "rca/ranking.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <queue>
#include <set>

namespace kgrca::rca {
namespace {

constexpr float path_exponent = 0.7f;  // rca-design.md, section G1
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
  std::set<EpisodeIndex> out(members.begin(), members.end());
  for (EpisodeIndex index : members)
    for (EpisodeIndex parent : episodes_.at(index).parent_index) out.insert(parent);
  std::vector<EpisodeIndex> list;
  for (EpisodeIndex index : out)
    if (!episodes_.type_of(episodes_.at(index)).chronic) list.push_back(index);
  std::sort(list.begin(), list.end(), [&](EpisodeIndex a, EpisodeIndex b) {
    return episodes_.at(a).head < episodes_.at(b).head;
  });
  return list;
}

// Best product of p^0.7 over paths to every member, best first.
std::vector<std::pair<EpisodeIndex, float>> Ranker::reach(EpisodeIndex from, const std::vector<EpisodeIndex>& members) const {
  struct Step {
    float p;
    int depth;
    EpisodeIndex at;
    bool operator<(const Step& o) const { return p != o.p ? p < o.p : at > o.at; }
  };
  std::set<EpisodeIndex> inside(members.begin(), members.end());
  std::map<EpisodeIndex, float> best;
  std::priority_queue<Step> queue;
  queue.push({1, 0, from});
  while (!queue.empty()) {
    Step step = queue.top();
    queue.pop();
    if (!best.emplace(step.at, step.p).second || step.depth == depth_limit) continue;
    for (EpisodeIndex child : episodes_.at(step.at).children) {
      if (!inside.contains(child) || best.contains(child)) continue;
      const Episode& c = episodes_.at(child);
      for (std::size_t i = 0; i < c.parent_index.size(); ++i)
        if (c.parent_index[i] == step.at)
          queue.push({step.p * std::pow(c.parents[i].confidence, path_exponent), step.depth + 1, child});
    }
  }
  return {best.begin(), best.end()};
}

Scored Ranker::score(EpisodeIndex index, const std::vector<EpisodeIndex>& members, const Symptoms& symptoms) const {
  const Episode& e = episodes_.at(index);
  const TypeInfo& type = episodes_.type_of(e);
  Scored out{.episode = index};
  std::map<EpisodeIndex, float> reached;
  for (const auto& [at, p] : reach(index, members)) reached[at] = p;
  float covered = 0;
  for (const auto& [symptom, weight] : symptoms.weights) {
    auto found = reached.find(symptom);
    if (found != reached.end()) covered += weight * found->second;
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

std::vector<core::EventKey> Ranker::path(EpisodeIndex from, EpisodeIndex to, const std::vector<EpisodeIndex>& members) const {
  std::map<EpisodeIndex, EpisodeIndex> next;  // towards `to`, found by walking causes backwards
  std::set<EpisodeIndex> inside(members.begin(), members.end());
  inside.insert(from);
  std::vector<EpisodeIndex> frontier{to};
  next[to] = to;
  for (std::size_t i = 0; i < frontier.size() && !next.contains(from); ++i)
    for (EpisodeIndex parent : episodes_.at(frontier[i]).parent_index)
      if (inside.contains(parent) && next.emplace(parent, frontier[i]).second) frontier.push_back(parent);
  std::vector<core::EventKey> out;
  if (!next.contains(from)) return out;
  for (EpisodeIndex at = from;; at = next[at]) {
    out.push_back(episodes_.at(at).head);
    if (at == to) return out;
  }
}

model::Suspect Ranker::suspect(const Scored& scored, float confidence, EpisodeIndex main,
                               const std::vector<EpisodeIndex>& members) const {
  const Episode& e = episodes_.at(scored.episode);
  model::Suspect out;
  out.event = e.head;
  out.resource = e.resource;
  out.confidence = confidence;
  out.coverage = scored.coverage;
  out.resource_name = narrator_.resource_name(e.resource);
  out.title = narrator_.what(e);
  out.path = path(scored.episode, main, members);
  std::vector<EpisodeIndex> steps;
  for (core::EventKey key : out.path) steps.push_back(episodes_.find_head(key));
  out.sentence = narrator_.root_sentence(e, out, steps);
  return out;
}

// The symptom that users feel most: alerts before logs, symptoms before faults, later in the chain first.
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

void Ranker::fill_roots(model::Incident& out, const std::vector<Scored>& ranked, EpisodeIndex main,
                        const std::vector<EpisodeIndex>& members) const {
  float total = 0;
  for (std::size_t i = 0; i < std::min(ranked.size(), roots_shown); ++i) total += ranked[i].score;
  for (std::size_t i = 0; i < std::min(ranked.size(), roots_shown); ++i) {
    float share = total > 0 ? ranked[i].score / total : 0;
    if (i > 0 && share < 0.02f) break;
    out.roots.push_back(suspect(ranked[i], calibrated(share), main, members));
    if (i == 0) out.abstained = share < rules_.abstain_share || ranked[i].coverage < rules_.abstain_coverage;
  }
}

void Ranker::fill_changes(model::Incident& out, const std::vector<Scored>& ranked, EpisodeIndex main,
                          const std::vector<EpisodeIndex>& members) const {
  float total = 0;
  for (const Scored& s : ranked) total += s.score;
  for (const Scored& s : ranked) {
    if (episodes_.type_of(episodes_.at(s.episode)).role != model::Role::change) continue;
    if (out.changes.size() == changes_shown) return;
    out.changes.push_back(suspect(s, calibrated(total > 0 ? s.score / total : 0), main, members));
  }
}

// Loud or recent things near in time that the links do not lead to.
void Ranker::fill_ruled_out(model::Incident& out, const std::vector<EpisodeIndex>& members) const {
  std::set<EpisodeIndex> inside(members.begin(), members.end());
  std::vector<std::pair<float, EpisodeIndex>> loud;
  for (const auto& [head, index] : episodes_.heads()) {
    const Episode& e = episodes_.at(index);
    const TypeInfo& type = episodes_.type_of(e);
    bool near = e.onset <= out.last_activity && e.onset >= out.started - std::chrono::minutes(15);
    bool weighty = type.role == model::Role::change || (type.role == model::Role::fault && e.severity >= model::Severity::warning);
    if (!near || !weighty || type.chronic || inside.contains(index)) continue;
    float weight = rules_.root_prior[type.group] * (e.source == model::EventSource::log ? 0.3f : 1.0f);
    if (e.onset <= out.first_symptom) weight *= 2;
    loud.emplace_back(-weight, index);
  }
  std::sort(loud.begin(), loud.end(), [&](const auto& a, const auto& b) {
    if (a.first != b.first) return a.first < b.first;
    return episodes_.at(a.second).head < episodes_.at(b.second).head;
  });
  if (loud.size() > ruled_out_shown) loud.resize(ruled_out_shown);
  for (const auto& [weight, index] : loud) {
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
  std::set<core::ResourceId> hurt;
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
      hurt.insert(e.resource);
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
  out.blast_radius.assign(hurt.begin(), hurt.end());
}

model::Incident Ranker::rank(const std::vector<EpisodeIndex>& members) const {
  model::Incident out;
  fill_facts(out, members);
  EpisodeIndex main = main_symptom(members);
  out.title = narrator_.title(episodes_.at(main));
  out.hurt = narrator_.owner_of(episodes_.at(main).resource);
  out.rules_version = rules_.version;
  Symptoms symptoms = symptoms_of(members);
  if (symptoms.weights.empty()) symptoms.first = out.started;
  std::vector<Scored> ranked;
  for (EpisodeIndex index : suspects_of(members)) ranked.push_back(score(index, members, symptoms));
  std::stable_sort(ranked.begin(), ranked.end(), [](const Scored& a, const Scored& b) { return a.score > b.score; });
  fill_roots(out, ranked, main, members);
  fill_changes(out, ranked, main, members);
  fill_ruled_out(out, members);
  return out;
}

}  // namespace kgrca::rca
