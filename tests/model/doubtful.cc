#include "tests/model/doubtful.h"

namespace kgrca::model_test {

using namespace std::chrono_literals;
using graph::testing::ref;

namespace {

constexpr std::size_t pairs_max = 8;
constexpr core::Duration forgotten = 92min;  // the live graph keeps what ended 90 min

}  // namespace

void Doubtful::play(graph::LiveGraph& live, PlainGraph& plain, core::Time written) {
  const core::Time now = std::max(plain.now(), graph::testing::start);
  if (random_.chance(20)) begin(live, plain, now);
  for (int i = random_.below(4); i > 0; --i) say(live, plain, now);
  if (random_.chance(40)) resolve(live, plain, now, written);
  if (!random_.chance(2)) return;
  const model::ResourceRef later = ref("service", "doubt", "sink0");
  live.resolve(later, now + 2h);
  plain.name(later, now + 2h);
}

// Either a record without a cluster, where two clusters have the name, or one that knows the uid alone.
void Doubtful::begin(graph::LiveGraph& live, PlainGraph& plain, core::Time now) {
  const std::string name = core::cat("m", ++made_);
  const std::string uid = core::cat(name, "-uid");
  Pair pair;
  pair.last = now;
  pair.real = ref("pod", "doubt", name);
  if (random_.chance(50)) {
    pair.told = ref("pod", "doubt", name, "", uid);
    pair.former = ref("pod", "doubt", name, "unknown");
  } else {
    pair.told = ref("pod", "doubt", "", "c1", uid);
    pair.former = ref("pod", "doubt", uid);
  }
  for (const model::ResourceRef& named : {pair.real, ref("pod", "doubt", name, "c2"), pair.former}) {
    const core::ResourceId id =
        live.resolve(named.name == pair.former.name && named.cluster == pair.former.cluster ? pair.told : named, now);
    REQUIRE(id == model::resource_id(named));
    plain.name(named, now);
  }
  if (pairs_.size() == pairs_max) pairs_.erase(pairs_.begin());
  pairs_.push_back(pair);
}

void Doubtful::say(graph::LiveGraph& live, PlainGraph& plain, core::Time now) {
  if (pairs_.empty()) return;
  Pair& pair = pairs_[static_cast<std::size_t>(random_.below(static_cast<int>(pairs_.size())))];
  const core::Time when = std::max(pair.last - 9min, std::max(graph::testing::start, now - random_.seconds_below(300)));
  const bool by_real_name = random_.chance(50);
  const model::ResourceRef& told = by_real_name ? pair.real : pair.told;
  const model::ResourceRef& meant = by_real_name || pair.one ? pair.real : pair.former;
  const model::ResourceRef other = ref("service", "doubt", random_.pick("sink", 2));
  const bool ended = random_.chance(45);
  if (random_.chance(70)) {
    live.apply(graph::testing::edge(model::Relation::calls, told, other, when, ended));
    plain.apply(graph::testing::edge(model::Relation::calls, meant, other, when, ended));
  } else {
    live.apply(graph::testing::edge(model::Relation::depends_on, other, told, when, ended));
    plain.apply(graph::testing::edge(model::Relation::depends_on, other, meant, when, ended));
  }
  pair.last = std::max(pair.last, when);
}

void Doubtful::resolve(graph::LiveGraph& live, PlainGraph& plain, core::Time now, core::Time written) {
  for (Pair& pair : pairs_) {
    if (pair.one || written < pair.last + forgotten) continue;
    model::ResourceRef named = pair.real;
    named.uid = pair.told.uid;
    const core::ResourceId id = live.resolve(named, now);
    REQUIRE(id == model::resource_id(pair.real));
    REQUIRE(live.canonical(model::resource_id(pair.former)) == id);
    plain.name(pair.real, now);
    plain.merge(pair.real, pair.former);
    merged_.emplace_back(model::resource_id(pair.former), id);
    pair.one = true;
  }
}

}  // namespace kgrca::model_test
