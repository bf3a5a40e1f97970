// Resources told under two names until a uid says that both mean one, mostly long after the edges of either.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "kgrca/graph/live.h"
#include "tests/model/random_records.h"

namespace kgrca::model_test {

class Doubtful {
 public:
  explicit Doubtful(std::uint64_t seed) : random_(seed) {}

  // Some records about them into both graphs. `written`: the tenant's time at the last write.
  void play(graph::LiveGraph& live, PlainGraph& plain, core::Time written);
  // Former and present ids of those that are known to be one.
  const std::vector<std::pair<core::ResourceId, core::ResourceId>>& merged() const { return merged_; }

 private:
  struct Pair {
    model::ResourceRef real;
    model::ResourceRef told;    // as records tell it that do not know the real name
    model::ResourceRef former;  // what that is taken for
    core::Time last{};          // of its edges
    bool one = false;
  };

  void begin(graph::LiveGraph& live, PlainGraph& plain, core::Time now);
  void say(graph::LiveGraph& live, PlainGraph& plain, core::Time now);
  void resolve(graph::LiveGraph& live, PlainGraph& plain, core::Time now, core::Time written);

  Random random_;
  int made_ = 0;
  std::vector<Pair> pairs_;
  std::vector<std::pair<core::ResourceId, core::ResourceId>> merged_;
};

}  // namespace kgrca::model_test
