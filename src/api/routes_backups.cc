// Backups of the whole store: the operator's, through the platform key. Where they go is a setting, never a request's.
#include "api/admin.h"
#include "api/json_values.h"
#include "api/route_groups.h"

namespace kgrca::api {
namespace {

core::StatusOr<wire::JsonObject> state_json(const ApiContext& context) {
  KGRCA_ASSIGN_OR_RETURN(const BackupState state, context.backups());
  wire::JsonArray items;
  for (const store::BackupSet& set : state.sets) {
    wire::JsonObject item;
    item["id"] = set.id;
    item["at"] = time_json(set.at);
    item["bytes"] = set.bytes;
    item["databases"] = static_cast<std::uint64_t>(set.databases.size());
    item["format"] = set.format;
    items.push_back(std::move(item));
  }
  wire::JsonObject out;
  out["running"] = state.running;
  out["begun"] = time_json(state.begun);
  out["copied_bytes"] = state.copied_bytes;
  out["error"] = state.error;
  out["items"] = std::move(items);
  return out;
}

core::StatusOr<net::Response> list_backups(const ApiContext& context, const net::Request&) {
  KGRCA_ASSIGN_OR_RETURN(const wire::JsonObject state, state_json(context));
  return json_response(state);
}

core::StatusOr<net::Response> begin_backup(const ApiContext& context, const net::Request&) {
  KGRCA_RETURN_IF_ERROR(context.begin_backup());
  KGRCA_ASSIGN_OR_RETURN(const wire::JsonObject state, state_json(context));
  return json_response(state, 202);
}

}  // namespace

void add_backup_routes(const SharedContext& context, std::vector<net::Route>& out) {
  out.push_back(make_route(context, net::Method::get, "/api/v1/admin/backups", core::Scope::platform,
                           admin_doc("Backups of the store, oldest first, and whether one is running", "BackupState", {{200, "items"}}),
                           list_backups));
  out.push_back(make_route(context, net::Method::post, "/api/v1/admin/backups", core::Scope::platform,
                           admin_doc("Begin a backup into the folder of the setting storage.backup_dir", "BackupState",
                                     {{202, "it has begun"}, {409, "one is running, or no folder is set"}}),
                           begin_backup));
}

}  // namespace kgrca::api
