#include "api/names.h"

namespace kgrca::api {

const model::ResourceRef& ResourceNames::ref(core::ResourceId id) {
  auto found = known_.find(id);
  if (found != known_.end()) return found->second;
  model::ResourceRef ref;
  if (id) {
    auto resource = reader_->resource(id);
    if (resource.ok()) ref = resource->state.ref;
    else if (status_.ok() && !absl::IsNotFound(resource.status())) status_ = resource.status();
  }
  return known_.emplace(id, std::move(ref)).first->second;
}

wire::JsonOut ResourceNames::json(core::ResourceId id) { return resource_ref_json(ref(id)); }

wire::JsonOut resource_ref_json(const model::ResourceRef& ref) {
  if (ref.name.empty()) return nullptr;
  wire::JsonObject out;
  out["id"] = model::text_id(ref);
  out["kind"] = model::display_kind(ref.kind);
  out["namespace"] = ref.ns;
  out["name"] = ref.name;
  out["cluster"] = ref.cluster;
  out["display"] = model::display_name(ref);
  if (!ref.uid.empty()) out["uid"] = ref.uid;
  return out;
}

}  // namespace kgrca::api
