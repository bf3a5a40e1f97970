// Names of resources within one request: each id is read once.
#pragma once

#include <map>
#include <string>

#include "kgrca/core/status.h"
#include "kgrca/graph/records.h"
#include "kgrca/wire/json_out.h"

namespace kgrca::api {

class ResourceNames {
 public:
  explicit ResourceNames(const graph::GraphReader& reader) : reader_(&reader) {}
  // An id that the store does not know gives a reference without a name.
  const model::ResourceRef& ref(core::ResourceId id);
  // {id, kind, namespace, name, cluster, display}; null for the zero id and unknown ids.
  wire::JsonOut json(core::ResourceId id);
  // The first read that failed, for another reason than that there is no such resource: check it once, at the end.
  const core::Status& status() const { return status_; }

 private:
  const graph::GraphReader* reader_;
  core::Status status_;
  std::map<core::ResourceId, model::ResourceRef> known_;
};

wire::JsonOut resource_ref_json(const model::ResourceRef& ref);

}  // namespace kgrca::api
