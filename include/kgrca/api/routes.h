// Where answers go out.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kgrca/core/metrics.h"
#include "kgrca/core/time.h"
#include "kgrca/model/taxonomy.h"
#include "kgrca/net/http.h"
#include "kgrca/pipeline/pipeline.h"
#include "kgrca/tenancy/tenancy.h"

namespace kgrca::api {

struct ApiContext {
  tenancy::Tenancy* tenancy = nullptr;
  pipeline::Pipeline* pipeline = nullptr;
  const core::Clock* clock = nullptr;
  core::Metrics* metrics = nullptr;
  std::shared_ptr<const model::Taxonomy> taxonomy;
  std::function<core::Status()> ready;              // OK when the server may take traffic
  std::function<core::Status()> reload;             // POST /-/reload
  std::string version;
};

// Routes of the answering endpoints; the context's pointers must outlive them.
std::vector<net::Route> routes(const ApiContext& context);
// OpenAPI 3.1 of a list of routes, as served at /openapi.json.
std::string openapi_json(const std::vector<net::Route>& routes, const std::string& version);

}  // namespace kgrca::api
