// Where bytes come in by HTTP.
#pragma once

#include <memory>
#include <vector>

#include "kgrca/core/metrics.h"
#include "kgrca/core/time.h"
#include "kgrca/model/taxonomy.h"
#include "kgrca/net/http.h"
#include "kgrca/pipeline/pipeline.h"

namespace kgrca::ingest {

struct IngestContext {
  pipeline::Pipeline* pipeline = nullptr;
  const core::Clock* clock = nullptr;
  core::Metrics* metrics = nullptr;
  std::shared_ptr<const model::Taxonomy> taxonomy;
  std::size_t native_body_bytes = 5ull << 20;   // after decompression
  std::size_t otlp_body_bytes = 64ull << 20;
};

// Routes of the push endpoints; the context's pointers must outlive them.
std::vector<net::Route> routes(const IngestContext& context);

}  // namespace kgrca::ingest
