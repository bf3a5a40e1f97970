// Possible causes of one effect against each other: what remains becomes links.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

#include "rca/linker.h"

namespace kgrca::rca {

// Candidates of one type, or of which one is a known cause of the other, are one explanation and do not compete. Known is what
// was found in the first round. In the first round itself it is what was found for episodes earlier than the effect: else two
// that may explain each other would depend on which of them was scored first.
std::vector<std::size_t> Linker::clusters(const Episode& effect, const std::vector<Candidate>& candidates, Round round) const {
  struct Rival {
    core::EventKey head;
    TypeIndex type;
    std::span<const core::EventKey> causes;  // known ones
    bool is_effect_of(const Rival& other) const { return std::find(causes.begin(), causes.end(), other.head) != causes.end(); }
  };
  std::vector<Rival> rivals;
  rivals.reserve(candidates.size());
  for (const Candidate& candidate : candidates) {
    const Episode& e = episodes_.at(candidate.cause);
    const bool counts = round == Round::second || e.head < effect.head;
    rivals.push_back({e.head, e.type, counts ? std::span(e.known_causes) : std::span<const core::EventKey>()});
  }
  std::vector<std::size_t> cluster(candidates.size());
  std::iota(cluster.begin(), cluster.end(), std::size_t{0});
  auto root = [&](std::size_t i) {
    while (cluster[i] != i) i = cluster[i];
    return i;
  };
  for (std::size_t i = 0; i < rivals.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      const Rival& a = rivals[i];
      const Rival& b = rivals[j];
      if (a.type == b.type || b.is_effect_of(a) || a.is_effect_of(b)) cluster[root(i)] = root(j);
    }
  for (std::size_t i = 0; i < cluster.size(); ++i) cluster[i] = root(i);
  return cluster;
}

// Probability of each candidate: its odds against no cause seen and the other clusters.
std::vector<Linker::Share> Linker::shares(const Episode& effect, const std::vector<Candidate>& all, Round round) const {
  std::vector<std::size_t> cluster = clusters(effect, all, round);
  std::vector<double> best(all.size(), 0);
  std::vector<Share> out(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    out[i].odds = std::exp(static_cast<double>(all[i].z));
    best[cluster[i]] = std::max(best[cluster[i]], out[i].odds);
  }
  double sum = std::accumulate(best.begin(), best.end(), 0.0);
  for (std::size_t i = 0; i < all.size(); ++i) out[i].others = sum - best[cluster[i]];
  return out;
}

Linker::Parents Linker::compete(EpisodeIndex effect, const std::vector<Candidate>& all, const ReachList& ancestors) {
  Episode& self = episodes_.at(effect);
  self.known_causes.clear();
  std::vector<Share> share = shares(self, all, Round::first);
  for (std::size_t i = 0; i < all.size() && self.known_causes.size() < rules_.max_parents; ++i)
    if (share[i].confidence() >= rules_.show) self.known_causes.push_back(episodes_.at(all[i].cause).head);
  share = shares(self, all, Round::second);
  Parents out;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Candidate& c = all[i];
    const auto [odds, others] = share[i];
    const float p = share[i].confidence();
    if (p < rules_.keep) continue;
    model::Link link;
    link.cause = episodes_.at(c.cause).head;
    link.effect = episodes_.at(effect).head;
    link.confidence = p;
    link.raw = static_cast<float>(odds / (1 + odds));
    link.terms = c.terms;
    link.terms.competition = static_cast<float>(std::log(1 + odds) - std::log(1 + odds + others));
    link.hops = c.reach->hops;
    link.inferred_topology = c.reach->inferred;
    link.lag_seconds = c.lag_seconds;
    link.path = path_text(ancestors, *c.reach);
    link.rule = c.rule;
    link.rules_version = rules_.version;
    out.emplace_back(std::move(link), c.cause);
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    if (a.first.confidence != b.first.confidence) return a.first.confidence > b.first.confidence;
    return a.first.cause < b.first.cause;
  });
  if (out.size() > rules_.max_parents) out.resize(rules_.max_parents);
  return out;
}

std::string Linker::path_text(const ReachList& ancestors, const Reach& reach) const {
  if (reach.place == Place::mention) return "named in its message";
  if (reach.hops > 0 && reach.previous < 0) return "named by its labels";
  std::string out;
  for (const Reach* r = &reach; r->previous >= 0; r = &ancestors[static_cast<std::size_t>(r->previous)]) {
    const graph::Node* node = graph_.node(r->id);
    core::append(out, node == nullptr ? std::string("?") : model::display_name(node->ref), " ",
                 r->place == Place::provider ? "serves" : name_of(r->relation), " ");
    if (r->place == Place::provider && r->hops == 1) break;
  }
  const graph::Node* effect = graph_.node(ancestors.front().id);
  if (!out.empty() && effect != nullptr) out += model::display_name(effect->ref);
  return out;
}

}  // namespace kgrca::rca
