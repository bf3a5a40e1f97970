#include "tests/model/random_records.h"

#include <array>

namespace kgrca::model_test {

using namespace std::chrono_literals;
using graph::testing::start;

core::Time RandomRecords::time() {
  const core::Time now = std::max(known_.now(), start);
  const int kind = random_.below(10'000);
  if (kind < 2) return now + 24h + random_.seconds_below(3600);
  if (kind < 20) return now + random_.seconds_below(4 * 3600);
  if (kind < 6'000) return now + random_.seconds_below(30);
  return std::max(start, now - random_.seconds_below(540));
}

model::ResourceRef RandomRecords::any(const std::string& kind) {
  model::ResourceRef ref = graph::testing::ref(kind, kind == "node" ? "" : random_.pick("ns", 2), random_.pick(kind.substr(0, 1), kind == "pod" ? 5 : 2));
  if (random_.chance(40)) ref.uid = core::cat(ref.ns, "-", ref.name, "-uid-", random_.below(2));
  return ref;
}

std::optional<model::ResourceRef> RandomRecords::near(const std::string& kind, core::Time when) {
  for (int tries = 0; tries < 4; ++tries) {
    model::ResourceRef ref = any(kind);
    ref.uid.clear();
    if (!known_.long_gone(ref, when)) return ref;
  }
  return std::nullopt;
}

model::ResourceRef RandomRecords::nameable(core::Time when) {
  static const std::array<std::string, 4> kinds{"pod", "service", "node", "replicaset"};
  for (;;) {
    if (auto ref = near(kinds[static_cast<std::size_t>(random_.below(4))], when)) return *std::move(ref);
  }
}

void RandomRecords::refer(model::ResourceState& state, model::Relation relation, const std::string& kind, bool outgoing) {
  std::optional<model::ResourceRef> target = near(kind, state.at);
  if (!target || (target->kind == state.ref.kind && target->name == state.ref.name && target->ns == state.ref.ns)) return;
  state.references.push_back({relation, *std::move(target), outgoing, model::Evidence::stated});
}

model::ResourceState RandomRecords::pod(core::Time when) {
  auto out = graph::testing::state(any("pod"), when, {{"image", random_.pick("v", 3)}, {"status.phase", random_.pick("phase", 2)}},
                                   {{"app", random_.pick("app", 3)}});
  if (random_.chance(70)) refer(out, model::Relation::runs_on, "node", true);
  if (random_.chance(40)) refer(out, model::Relation::controls, "replicaset", false);
  if (random_.chance(20)) refer(out, model::Relation::calls, "service", true);
  return out;
}

model::ResourceState RandomRecords::other(const std::string& kind, core::Time when) {
  auto out = graph::testing::state(any(kind), when, {{"ready", random_.pick("r", 2)}});
  if (kind == "service" && random_.chance(80)) out.selector = {{"app", random_.pick("app", 3)}};
  if (kind == "service" && random_.chance(30)) refer(out, model::Relation::calls, "service", true);
  return out;
}

std::optional<model::ResourceState> RandomRecords::state() {
  const core::Time when = time();
  const int kind = random_.below(10);
  model::ResourceState out = kind < 6 ? pod(when) : other(kind < 8 ? "service" : kind < 9 ? "node" : "replicaset", when);
  if (known_.haunted(out.ref, when)) return std::nullopt;
  if (known_.long_gone(out.ref, when)) return out;
  if (random_.chance(18)) {
    out = graph::testing::gone(out.ref, when);
  } else if (random_.chance(10)) {
    out.partial = true;
    out.fields.erase(out.fields.begin());
  }
  return out;
}

// Older than the lateness bound and than what is kept, so that no edge moves; never of a moment that has a version.
std::optional<model::ResourceState> RandomRecords::late_state() {
  model::ResourceState out = pod(std::max(start, known_.now() - 11min - random_.seconds_below(7200)));
  if (!known_.history_only(out.ref, out.at) || known_.has_version_at(model::resource_id(out.ref), out.at)) return std::nullopt;
  if (known_.long_gone(out.ref, known_.now())) return std::nullopt;
  out.references.clear();
  return out;
}

std::optional<model::EdgeUpdate> RandomRecords::edge() {
  static const std::array<std::pair<model::Relation, std::pair<const char*, const char*>>, 4> shapes{{
      {model::Relation::runs_on, {"pod", "node"}},
      {model::Relation::calls, {"service", "service"}},
      {model::Relation::depends_on, {"pod", "service"}},
      {model::Relation::selects, {"service", "pod"}},
  }};
  for (int tries = 0; tries < 64; ++tries) {
    const auto& shape = shapes[static_cast<std::size_t>(random_.below(4))];
    const core::Time when = time();
    const auto from = near(shape.second.first, when);
    const auto to = near(shape.second.second, when);
    if (!from || !to) continue;
    const bool dead = known_.dead(*from, when) || known_.dead(*to, when);
    return graph::testing::edge(shape.first, *from, *to, when, dead || random_.chance(40));
  }
  return std::nullopt;
}

}  // namespace kgrca::model_test
