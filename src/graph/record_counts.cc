#include "graph/record_counts.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "graph/run_links.h"
#include "kgrca/graph/counts.h"
#include "kgrca/store/keys.h"

namespace kgrca::graph {
namespace {

void put(store::Batch& batch, std::string_view name, std::int64_t amount) {
  if (amount != 0) batch.add(store::keys::count(name), amount);
}

// The first types of a tenant are counted by name, later ones share "other".
bool has_own_count(core::StringSet& named, std::string_view type) {
  if (named.contains(type)) return true;
  if (named.size() >= counts::event_types_max) return false;
  named.emplace(type);
  return true;
}

}  // namespace

std::size_t decile_of(const model::Link& link) {
  const float share = stored_share(link.confidence);
  return share > 0 ? static_cast<std::size_t>(std::min(9, static_cast<int>(share * 10))) : 0;
}

core::StatusOr<core::StringSet> counted_types(const store::Snapshot& snapshot) {
  core::StringSet types;
  store::Scan scan = snapshot.scan(store::keys::counts(counts::events_type));
  for (; scan.valid(); scan.next()) types.emplace(store::keys::name_of_count(scan.key()).substr(counts::events_type.size()));
  KGRCA_RETURN_IF_ERROR(scan.status());
  return types;
}

void RecordCounts::change(const Counted& counted, std::int64_t amount) {
  events_ += amount;
  bytes_ += amount * static_cast<std::int64_t>(counted.bytes);
  if (counted.late) late_ += amount;
  severities_[static_cast<std::size_t>(counted.severity)] += amount;
  types_[counted.type] += amount;
}

void RecordCounts::change_links(const std::vector<model::Link>& links, std::int64_t amount) {
  bytes_ += amount * logical_bytes_per_link * static_cast<std::int64_t>(links.size());
  for (const model::Link& link : links) link_deciles_[decile_of(link)] += amount;
}

void RecordCounts::write(store::Batch& batch, core::StringSet& named) {
  put(batch, counts::events, events_);
  put(batch, counts::events_late, late_);
  put(batch, counts::bytes_events, bytes_);
  for (std::size_t i = 0; i < severities_.size(); ++i)
    put(batch, core::cat(counts::events_severity, model::name_of(static_cast<model::Severity>(i))), severities_[i]);
  std::int64_t other = 0;
  // In the order of names, so that which types get a count of their own does not depend on the hash.
  for (const auto& [type, amount] : std::map<std::string_view, std::int64_t>(types_.begin(), types_.end())) {
    if (amount == 0) continue;
    if (has_own_count(named, type)) put(batch, core::cat(counts::events_type, type), amount);
    else other += amount;
  }
  put(batch, counts::events_type_other, other);
  std::int64_t links = 0;
  for (std::size_t i = 0; i < link_deciles_.size(); ++i) {
    put(batch, core::cat(counts::links_confidence, i), link_deciles_[i]);
    links += link_deciles_[i];
  }
  put(batch, counts::links, links);
  *this = RecordCounts{};
}

}  // namespace kgrca::graph
