#include "rca/frontier.h"

#include <algorithm>
#include <utility>

namespace kgrca::rca {

void Frontier::begin(std::size_t limit) {
  limit_ = limit;
  known_ = 0;
  ways_.clear();
  open_.clear();
  bar_.clear();
  if (table_.empty()) table_.resize(1024);
  if (++walk_ != 0) return;
  std::fill(table_.begin(), table_.end(), Best{});  // once in four billion walks
  walk_ = 1;
}

Frontier::Best& Frontier::best(core::ResourceId id) {
  const std::size_t mask = table_.size() - 1;
  std::size_t at = (id.value ^ (id.value >> 32)) & mask;
  while (table_[at].walk == walk_ && table_[at].id != id) at = (at + 1) & mask;
  return table_[at];
}

void Frontier::grow() {
  std::vector<Best> former = std::exchange(table_, std::vector<Best>(table_.size() * 2));
  for (const Best& entry : former)
    if (entry.walk == walk_) best(entry.id) = entry;
}

void Frontier::offer(const Reach& way) {
  if (is_hopeless(way)) return;
  const Rank rank{way.id, way.weight, static_cast<std::uint32_t>(ways_.size()), way.hops};
  Best& known = best(way.id);
  if (known.walk == walk_) {
    if (way.weight <= known.weight) return;
    known.weight = way.weight;
  } else {
    known = {way.id, way.weight, walk_};
    raise_bar(rank);
    if (++known_ * 2 > table_.size()) grow();
  }
  ways_.push_back(way);
  open_.push_back(rank);
  std::push_heap(open_.begin(), open_.end(), is_weaker<Rank, Rank>);
}

void Frontier::raise_bar(const Rank& way) {
  if (bar_.size() >= limit_) {
    std::pop_heap(bar_.begin(), bar_.end(), is_stronger);
    bar_.pop_back();
  }
  bar_.push_back(way);
  std::push_heap(bar_.begin(), bar_.end(), is_stronger);
}

std::optional<Reach> Frontier::next() {
  while (!open_.empty()) {
    std::pop_heap(open_.begin(), open_.end(), is_weaker<Rank, Rank>);
    const Rank rank = open_.back();
    open_.pop_back();
    if (rank.weight == best(rank.id).weight) return ways_[rank.way];
  }
  return std::nullopt;
}

}  // namespace kgrca::rca
