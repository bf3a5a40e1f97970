// Builds one ResourceState: bounded fields, references without doubles, masked values.
#pragma once

#include <string>
#include <string_view>

#include "normalize/batch.h"

namespace kgrca::normalize {

inline constexpr std::size_t max_fields = 256;
inline constexpr std::size_t max_references = 256;
inline constexpr std::size_t max_addresses = 64;

class StateBuilder {
 public:
  StateBuilder(model::ResourceRef ref, Batch& batch);
  const model::ResourceRef& ref() const { return state_.ref; }
  model::ResourceState& state() { return state_; }
  Batch& batch() { return batch_; }

  // Ignores empty values and repeated paths: the first wins.
  void field(std::string_view path, std::string_view value);
  void field(std::string_view path, wire::JsonValue value);  // a scalar, or an array of scalars joined by ","
  // A value that may hold anything: kept as Masker::keepable says.
  void guarded_field(std::string_view path, std::string_view name, std::string_view value);
  // All scalars below `value` as `path.member…`; array items by their "name", "type" or position.
  void flatten(std::string_view path, wire::JsonValue value);

  void refer(model::Relation relation, std::string_view kind, std::string_view ns, std::string_view name,
             model::Evidence evidence = model::Evidence::stated);
  void refer_local(model::Relation relation, std::string_view kind, wire::JsonValue name);  // in the own namespace
  void owned_by(std::string_view kind, std::string_view name, std::string_view uid);
  // The field env.NAME and, for values that hold hosts, DEPENDS_ON references.
  void env(std::string_view name, std::string_view value);
  void address(std::string_view address);
  void labels(wire::JsonValue object);
  void selector(wire::JsonValue object);  // {matchLabels:{…}} or a plain map

  // Sorts everything; the builder is done then.
  model::ResourceState take();

 private:
  void flatten_below(std::string& path, wire::JsonValue value, int depth);
  void flatten_items(std::string& path, wire::JsonValue array, int depth);

  model::ResourceState state_;
  Batch& batch_;
};

// Present in every object and of no meaning for causes: times of heartbeats, versions, managers.
bool is_noise_member(std::string_view name);

}  // namespace kgrca::normalize
