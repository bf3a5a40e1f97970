#include "kgrca/graph/gone_resources.h"

#include <algorithm>

#include "graph/resource_record.h"
#include "graph/small_values.h"
#include "kgrca/store/keys.h"

namespace kgrca::graph {
namespace {

namespace keys = store::keys;

// Of a resource named by events only the last time is stored to the hour.
constexpr core::Duration last_seen_step = std::chrono::hours(1);

core::Status forget(const store::Snapshot& snapshot, core::ResourceId id, const ResourceRecord& record, store::Batch& batch) {
  batch.erase(keys::resource_away(id));
  batch.erase(keys::resource_by_name(record.ref.kind, record.ref.ns, record.ref.name, id));
  for (const core::ResourceId former : record.aliases) batch.erase(keys::resource_away(former));
  for (const std::string& uid : record.uids) {
    KGRCA_ASSIGN_OR_RETURN(const std::optional<std::string> holder, snapshot.get(keys::resource_by_uid(uid)));
    if (holder && *holder == encode_id(id.value)) batch.erase(keys::resource_by_uid(uid));
  }
  for (store::Scan scan = snapshot.scan(keys::resource_states(id)); scan.valid(); scan.next())
    batch.erase(keys::resource_state(id, keys::time_of_state_key(scan.key())));
  return core::ok_status();
}

}  // namespace

core::StatusOr<GoneStep> forget_gone(const store::Snapshot& snapshot, const Cutoffs& cutoffs, core::ResourceId from,
                                     std::size_t examined_max, store::Batch& batch) {
  const core::Time before = std::min({cutoffs.normal, cutoffs.warning, cutoffs.incidents, cutoffs.history});
  GoneStep step;
  if (before <= core::Time{} + last_seen_step) return step;
  std::size_t examined = 0;
  store::Scan scan = snapshot.scan(keys::resources_away(), keys::resource_away(from));
  for (; scan.valid(); scan.next(), ++examined) {
    const core::ResourceId id = keys::resource_of_key(scan.key());
    if (examined == examined_max) {
      step.next = id;
      break;
    }
    KGRCA_ASSIGN_OR_RETURN(const ResourceRecord record, decode_resource(scan.value()));
    if (record.alias_of || std::max(record.last_seen, record.deleted_at) >= before - last_seen_step) continue;
    KGRCA_ASSIGN_OR_RETURN(const std::optional<std::string> present, snapshot.get(keys::resource(id)));
    if (present) {
      batch.erase(keys::resource_away(id));  // it came back: nobody reads this one
      continue;
    }
    KGRCA_RETURN_IF_ERROR(forget(snapshot, id, record, batch));
    ++step.forgotten;
  }
  KGRCA_RETURN_IF_ERROR(scan.status());
  return step;
}

}  // namespace kgrca::graph
