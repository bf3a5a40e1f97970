// A tenant's graph as plain facts in memory: slow, and simple enough to be believed. What holds at a moment is looked up among the
// facts each time; nothing is kept incrementally, nothing is ever forgotten.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kgrca/graph/records.h"
#include "kgrca/model/resource.h"

namespace kgrca::model_test {

struct Edge {
  core::ResourceId from;
  core::ResourceId to;
  model::Relation relation{};
  auto operator<=>(const Edge&) const = default;
};

class PlainGraph {
 public:
  void name(const model::ResourceRef& ref, core::Time seen);
  void apply(const model::ResourceState& state);
  void apply(const model::EdgeUpdate& edge);
  // The second turns out to be the first. What was said of edges under either name long ago holds under both: their lives unite.
  // REQUIRES: only topology records spoke of edges of either, the last of them longer ago than the live graph remembers ended ones.
  void merge(const model::ResourceRef& present, const model::ResourceRef& former);

  core::Time now() const { return now_; }  // highest time of any record
  std::vector<model::ResourceRef> resources() const;
  // The last word at that moment; nothing when no record had spoken by then.
  std::optional<model::ResourceState> state_at(core::ResourceId id, core::Time at) const;
  // Every edge of it that lives then, with the whole of its life; both directions, in the order of GraphReader::edges().
  std::vector<graph::EdgeAt> edges(core::ResourceId id, core::Time at) const;
  std::map<std::string, std::int64_t> counts() const;
  bool dead(const model::ResourceRef& ref, core::Time at) const { return dead_since(model::resource_id(ref), at).has_value(); }
  // Dead then and for so long that the live graph may have let go of it: naming it again makes a new one there.
  bool long_gone(const model::ResourceRef& ref, core::Time at) const;
  // Long gone, and topology records went on to name it after its end: whether they count when it comes back depends on that too.
  bool haunted(const model::ResourceRef& ref, core::Time at) const;
  bool has_version_at(core::ResourceId id, core::Time at) const;
  bool has_uid(core::ResourceId id, const std::string& uid) const;  // a record of it said so
  // So late that it enters the history only; and not in the middle of a row of equal versions, of which the history has the first.
  bool history_only(const model::ResourceRef& ref, core::Time at) const;
  std::string told_of(core::ResourceId id) const;  // every record of it, for a failure's message

 private:
  struct Version {
    model::ResourceState given;
    model::ResourceState whole;  // `given` laid over what held before
    bool ends = false;           // the object that lived until then ended
  };
  struct Resource {
    model::ResourceRef ref;
    std::map<core::Time, Version> versions;
    std::map<core::Time, model::ResourceState> late;  // for readers of the past only
    std::set<Edge> edges;                             // that anything ever spoke of
  };

  bool too_late(const Resource& resource, core::Time at) const;
  void fold(Resource& resource, core::Time from);
  void speak_of(const Edge& edge);
  const Version* version_at(core::ResourceId id, core::Time at) const;
  bool lives(const Edge& edge, core::Time at) const;
  bool stated(const Edge& edge, core::Time at) const;
  using Lives = std::vector<std::pair<core::Time, core::Time>>;
  Lives lives_of(const Edge& edge) const;
  void forget(const Edge& edge);
  std::vector<core::Time> turns(const Edge& edge) const;  // moments at which it may begin or end
  std::optional<graph::EdgeAt> life(const Edge& edge, core::Time at) const;
  std::optional<core::Time> dead_since(core::ResourceId id, core::Time at) const;

  core::Time now_ = core::Time::min();
  std::map<core::ResourceId, Resource> resources_;
  std::map<Edge, std::map<core::Time, bool>> marks_;
};

}  // namespace kgrca::model_test
