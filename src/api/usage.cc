#include "api/usage.h"

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

wire::JsonObject logical_bytes_json(const graph::GraphReader& reader) {
  const std::int64_t events = reader.count(counts::bytes_events);
  const std::int64_t resources = reader.count(counts::bytes_resources);
  const std::int64_t edges = reader.count(counts::edges) * counts::bytes_per_edge;
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

wire::JsonObject usage_json(const graph::GraphReader& reader, const store::TenantView& view, const tenancy::Retention& kept) {
  wire::JsonObject out;
  out["resources"] = reader.count(counts::resources);
  out["edges"] = reader.count(counts::edges);
  out["events"] = reader.count(counts::events);
  out["links"] = reader.count(counts::links);
  out["logical_bytes"] = logical_bytes_json(reader);
  out["disk_bytes_estimate"] = view.disk_estimate();
  out["retention"] = retention_json(kept);
  return out;
}

}  // namespace kgrca::api
