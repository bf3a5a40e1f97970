#include "api/usage.h"

#include "api/read_counts.h"
#include "kgrca/core/strings.h"
#include "kgrca/graph/counts.h"

namespace kgrca::api {
namespace {

namespace counts = graph::counts;

// "30d", "36h".
std::string duration_text(core::Duration duration) {
  const auto hours = std::chrono::duration_cast<std::chrono::hours>(duration).count();
  return hours % 24 == 0 ? core::cat(hours / 24, "d") : core::cat(hours, "h");
}

wire::JsonObject logical_bytes_json(ReadCounts& read) {
  const std::int64_t events = read.of(counts::bytes_events);
  const std::int64_t resources = read.of(counts::bytes_resources);
  const std::int64_t edges = read.of(counts::edges) * counts::bytes_per_edge;
  wire::JsonObject out;
  out["events"] = events;
  out["resources"] = resources;
  out["edges"] = edges;
  out["total"] = events + resources + edges;
  return out;
}

}  // namespace

wire::JsonObject retention_json(const tenancy::Retention& kept) {
  wire::JsonObject out;
  out["normal"] = duration_text(kept.normal);
  out["warning"] = duration_text(kept.warning);
  out["incidents"] = duration_text(kept.incidents);
  out["history"] = duration_text(kept.history);
  return out;
}

core::StatusOr<wire::JsonObject> usage_json(const graph::GraphReader& reader, const store::TenantView& view,
                                            const tenancy::Retention& kept) {
  ReadCounts read(reader);
  wire::JsonObject out;
  out["resources"] = read.of(counts::resources);
  out["edges"] = read.of(counts::edges);
  out["events"] = read.of(counts::events);
  out["links"] = read.of(counts::links);
  out["logical_bytes"] = logical_bytes_json(read);
  KGRCA_RETURN_IF_ERROR(read.status());
  out["disk_bytes_estimate"] = view.disk_estimate();
  out["retention"] = retention_json(kept);
  return out;
}

}  // namespace kgrca::api
