// What a tenant takes: exact counts, and the disk by estimate.
#pragma once

#include "kgrca/graph/records.h"
#include "kgrca/store/store.h"
#include "kgrca/tenancy/tenancy.h"
#include "kgrca/wire/json_out.h"

namespace kgrca::api {

wire::JsonObject retention_json(const tenancy::Retention& kept);
// {resources, edges, events, links, logical_bytes, disk_bytes_estimate, retention}
core::StatusOr<wire::JsonObject> usage_json(const graph::GraphReader& reader, const store::TenantView& view,
                                            const tenancy::Retention& kept);

}  // namespace kgrca::api
