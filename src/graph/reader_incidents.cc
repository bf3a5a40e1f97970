#include "graph/read_bounds.h"
#include "graph/small_values.h"
#include "kgrca/core/strings.h"
#include "kgrca/graph/records.h"
#include "kgrca/store/keys.h"

namespace kgrca::graph {
namespace {

namespace keys = store::keys;

constexpr int alias_steps_max = 64;

struct Listing {
  core::Time opened{};
  core::IncidentId id;
};

Listing listing_of(std::string_view key) { return {keys::opened_of_listing(key), keys::incident_of_listing(key)}; }

store::Scan listing_scan(const store::Snapshot& snapshot, core::Time to, const std::optional<Listing>& after) {
  if (after && after->opened <= to) return snapshot.scan(keys::incidents_listed(), keys::incident_listed(after->opened, after->id));
  if (to == core::Time::max()) return snapshot.scan(keys::incidents_listed());
  return snapshot.scan(keys::incidents_listed(), keys::incident_listed(to, {}));
}

}  // namespace

core::StatusOr<model::Incident> GraphReader::incident(core::IncidentId id) const {
  core::IncidentId present = id;
  for (int step = 0; step < alias_steps_max; ++step) {
    KGRCA_ASSIGN_OR_RETURN(const std::optional<std::string> value, snapshot_.get(keys::incident(present)));
    if (!value) return core::not_found(core::cat("no incident ", core::to_string(id)));
    const std::optional<core::IncidentId> alias = decode_incident_alias(*value);
    if (!alias) return decode_incident(*value);
    present = *alias;
  }
  return core::data_loss(core::cat("aliases of incident ", core::to_string(id), " go round in a circle"));
}

core::StatusOr<Page<model::Incident>> GraphReader::incidents(const IncidentFilter& filter, std::size_t limit,
                                                             std::string_view position) const {
  std::optional<Listing> after;
  if (!position.empty()) {
    after = listing_of(position);
    if (!after->id) return core::invalid_argument("this is no position of a list of incidents");
  }
  Page<model::Incident> page;
  std::string last;
  store::Scan scan = listing_scan(snapshot_, filter.to, after);
  for (std::size_t examined = 0; scan.valid(); scan.next()) {
    if (scan.key() == position) continue;
    const Listing listing = listing_of(scan.key());
    if (listing.opened < filter.from) return page;
    if (page.items.size() == limit || examined == examined_max) {
      page.next = std::move(last);
      return page;
    }
    ++examined;
    last = scan.key();
    KGRCA_ASSIGN_OR_RETURN(const std::optional<std::string> value, snapshot_.get(keys::incident(listing.id)));
    if (!value || decode_incident_alias(*value)) continue;  // merged away: listed under its present id
    KGRCA_ASSIGN_OR_RETURN(model::Incident found, decode_incident(*value));
    if (found.opened != listing.opened) continue;           // listed again under its present time
    if (filter.status && found.status != *filter.status) continue;
    page.items.push_back(std::move(found));
  }
  KGRCA_RETURN_IF_ERROR(scan.status());
  return page;
}

core::StatusOr<std::optional<core::IncidentId>> GraphReader::incident_of(core::EventKey event) const {
  KGRCA_ASSIGN_OR_RETURN(const std::optional<std::string> value, snapshot_.get(keys::incident_of_event(event)));
  if (!value) return std::optional<core::IncidentId>();
  KGRCA_ASSIGN_OR_RETURN(const std::uint64_t id, decode_id(*value));
  core::IncidentId present{id};
  for (int step = 0; step < alias_steps_max; ++step) {
    KGRCA_ASSIGN_OR_RETURN(const std::optional<std::string> record, snapshot_.get(keys::incident(present)));
    if (!record) return std::optional<core::IncidentId>();
    const std::optional<core::IncidentId> alias = decode_incident_alias(*record);
    if (!alias) return std::optional(present);
    present = *alias;
  }
  return core::data_loss("former ids of an incident go round in a circle");
}

core::StatusOr<std::int64_t> GraphReader::count(std::string_view name) const { return snapshot_.counter(keys::count(name)); }

core::StatusOr<std::vector<std::pair<std::string, std::int64_t>>> GraphReader::counts(std::string_view name_prefix) const {
  std::vector<std::pair<std::string, std::int64_t>> out;
  store::Scan scan = snapshot_.scan(keys::counts(name_prefix));
  for (; scan.valid(); scan.next()) {
    const core::StatusOr<std::int64_t> value = store::decode_counter(scan.value());
    if (!value.ok()) return core::with_context(value.status(), keys::shown(store::Family::meta, scan.key()));
    out.emplace_back(std::string(keys::name_of_count(scan.key())), *value);
  }
  KGRCA_RETURN_IF_ERROR(scan.status());
  return out;
}

}  // namespace kgrca::graph
