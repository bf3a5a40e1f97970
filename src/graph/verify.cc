#include "kgrca/graph/verify.h"

#include <algorithm>

#include "graph/checker.h"
#include "graph/edge_codec.h"
#include "graph/small_values.h"
#include "kgrca/core/strings.h"
#include "kgrca/graph/counts.h"
#include "kgrca/graph/records.h"

namespace kgrca::graph {
namespace {

namespace keys = store::keys;
using store::Family;

constexpr int alias_steps_max = 64;
constexpr std::size_t cached_resource_bytes = 32;  // of one entry of the cache, its share of empty places included
constexpr std::size_t fingerprint_bytes = 24;

// Counts that are worked out again from the records.
bool is_checked(std::string_view name) {
  if (name == counts::resources_evicted) return false;  // a sum over the past
  for (const std::string_view head : {counts::resources, counts::edges, counts::events, counts::links, counts::incidents}) {
    if (name == head || name.starts_with(core::cat(head, '.'))) return true;
  }
  return name.starts_with(counts::links_confidence) || name == counts::bytes_events || name == counts::bytes_resources;
}

}  // namespace

void VerifyReport::add(std::string_view kind, std::string key, std::string what, const VerifyLimits& limits) {
  const auto [total, first] = totals.try_emplace(std::string(kind), 0);
  if (++total->second <= limits.listed_per_kind) listed.push_back({std::string(kind), std::move(key), std::move(what)});
}

void verify(const store::Snapshot& snapshot, const VerifyLimits& limits, VerifyReport& report) {
  Checker(snapshot, limits, report).run();
}

void Checker::run() {
  core::StatusOr<Cutoffs> cutoffs = cutoffs_of(snapshot_);
  if (cutoffs.ok()) cutoffs_ = *cutoffs;
  else find("undecodable", keys::cutoffs(), core::message_of(cutoffs.status()));
  check_meta();
  check_state();
  check_edges();
  check_events();
  check_postings();
  check_incidents();
  check_counts();
}

void Checker::find(std::string_view kind, Family family, std::string_view key, std::string_view what) {
  report_.add(kind, keys::shown(family, key), std::string(what), limits_);
}

void Checker::find(std::string_view kind, const store::Key& key, std::string_view what) {
  find(kind, key.family(), key.bytes(), what);
}

void Checker::left_over(std::string_view kind) { ++report_.leftovers[std::string(kind)]; }

void Checker::finish(const store::Scan& scan, Family family) {
  const core::Status status = scan.status();
  if (!status.ok()) find("unreadable", keys::whole(family), core::message_of(status));
}

std::optional<std::string> Checker::get(const store::Key& key) {
  core::StatusOr<std::optional<std::string>> value = snapshot_.get(key);
  if (value.ok()) return *std::move(value);
  find("unreadable", key, core::message_of(value.status()));
  return std::nullopt;
}

bool Checker::resource_exists(core::ResourceId id) {
  if (const auto known = known_resources_.find(id); known != known_resources_.end()) return known->second;
  if (known_resources_.size() >= limits_.memory_bytes / 4 / cached_resource_bytes) known_resources_.clear();
  return known_resources_[id] = exists(keys::resource(id)) || exists(keys::resource_away(id));
}

std::optional<ResourceRecord> Checker::record(core::ResourceId id) {
  std::optional<std::string> value = get(keys::resource(id));
  if (!value) value = get(keys::resource_away(id));
  if (!value) return std::nullopt;
  core::StatusOr<ResourceRecord> decoded = decode_resource(*value);  // check_state() names a damaged one
  return decoded.ok() ? std::optional(*std::move(decoded)) : std::nullopt;
}

std::optional<core::ResourceId> Checker::present_of(core::ResourceId id) {
  for (int step = 0; step < alias_steps_max; ++step) {
    const std::optional<ResourceRecord> found = record(id);
    if (!found) return std::nullopt;
    if (!found->alias_of) return id;
    id = found->alias_of;
  }
  return std::nullopt;
}

std::optional<core::IncidentId> Checker::present_of(core::IncidentId id) {
  for (int step = 0; step < alias_steps_max; ++step) {
    const std::optional<std::string> value = get(keys::incident(id));
    if (!value) return std::nullopt;
    const std::optional<core::IncidentId> alias = decode_incident_alias(*value);
    if (!alias) return id;
    id = *alias;
  }
  return std::nullopt;
}

void Checker::count(std::string_view name, std::int64_t amount) {
  const auto found = counted_.find(name);
  if (found == counted_.end()) counted_.emplace(name, amount);
  else found->second += amount;
}

// Values that the graph owns in the meta family; the pipeline's checkpoint is the pipeline's to read.
void Checker::check_meta() {
  store::Scan scan = snapshot_.scan(keys::whole(Family::meta));
  for (; scan.valid(); scan.next()) {
    const std::string_view key = scan.key();
    const char tag = key.empty() ? '\0' : key.front();
    if (!keys::is_key(Family::meta, key)) find("unknown_key", Family::meta, key, "no kind of key looks like this");
    if (tag == 'g' && !store::decode_counter(scan.value()).ok()) find("undecodable", Family::meta, key, "a count has 8 bytes");
    if (tag == 'f' && scan.value().size() % fingerprint_bytes != 0)
      find("undecodable", Family::meta, key, "a block of fingerprints has 24 bytes for each");
    if (tag != 'd' || key.size() < 2) continue;
    const auto kind = static_cast<std::uint8_t>(key[1]);
    if (kind == clock_dictionary && !decode_time(scan.value()).ok())
      find("undecodable", Family::meta, key, "the tenant's time cannot be read");
    if (kind != statements_dictionary) continue;
    const std::optional<Triple> triple = triple_of(key.substr(2));
    if (!triple) find("malformed_key", Family::meta, key, "this names no edge");
    if (!decode_statement(scan.value()).ok()) find("undecodable", Family::meta, key, "an edge's statement cannot be read");
    if (triple && (!resource_exists(triple->from) || !resource_exists(triple->to)))
      find("statement_without_resource", Family::meta, key, "an edge is stated between resources that do not both exist");
  }
  finish(scan, Family::meta);
}

// Counted again from the records against what the writers added up.
void Checker::check_counts() {
  store::Scan scan = snapshot_.scan(keys::counts(""));
  const auto compare = [&](const store::Key& key, std::int64_t stored, std::int64_t right) {
    if (stored != right) find("counter", key, core::cat("the count is ", stored, ", the records say ", right));
  };
  for (; scan.valid(); scan.next()) {
    const std::string_view name = keys::name_of_count(scan.key());
    if (!is_checked(name)) continue;
    const auto found = counted_.find(name);
    const core::StatusOr<std::int64_t> stored = store::decode_counter(scan.value());  // check_meta() names a damaged one
    if (stored.ok()) compare(keys::count(name), *stored, found == counted_.end() ? 0 : found->second);
    if (found != counted_.end()) counted_.erase(found);
  }
  finish(scan, Family::meta);
  for (const auto& [name, right] : counted_) compare(keys::count(name), 0, right);
}

}  // namespace kgrca::graph
