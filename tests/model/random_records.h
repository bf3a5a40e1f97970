// Random records about few resources, so that they meet often.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "kgrca/core/strings.h"
#include "tests/model/plain_graph.h"
#include "tests/unit/graph/graph_support.h"

namespace kgrca::model_test {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t bits() { return engine_(); }
  int below(int n) { return static_cast<int>(engine_() % static_cast<std::uint64_t>(n)); }
  bool chance(int percent) { return below(100) < percent; }
  std::string pick(const std::string& prefix, int n) { return core::cat(prefix, below(n)); }
  core::Duration seconds_below(int n) { return std::chrono::seconds(below(n)); }

 private:
  std::mt19937_64 engine_;
};

// Records whose times lie up to 9 minutes behind the newest one, now and then hours after it. Resources that were deleted long ago come
// back as whole states only: what else the live graph makes of a name that it has let go of is its own affair.
class RandomRecords {
 public:
  RandomRecords(Random& random, const PlainGraph& known) : random_(random), known_(known) {}

  core::Time time();
  model::ResourceRef nameable(core::Time when);  // of any kind
  std::optional<model::ResourceState> state();  // none: it would have to be what is haunted
  std::optional<model::ResourceState> late_state();
  std::optional<model::EdgeUpdate> edge();  // none: the ends of all that were tried are long gone

 private:
  model::ResourceRef any(const std::string& kind);
  std::optional<model::ResourceRef> near(const std::string& kind, core::Time when);  // none: all that were tried are long gone
  void refer(model::ResourceState& state, model::Relation relation, const std::string& kind, bool outgoing);
  model::ResourceState pod(core::Time when);
  model::ResourceState other(const std::string& kind, core::Time when);

  Random& random_;
  const PlainGraph& known_;
};

}  // namespace kgrca::model_test
