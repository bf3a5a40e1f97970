#include "net/service.h"

namespace kgrca::net {

ServiceMeters::ServiceMeters(core::Metrics& registry)
    : metrics(registry), connections(registry.gauge("kgrca_http_connections", "Open HTTP connections.")),
      unmatched(registry, "unmatched", "any") {}

core::Counter& ServiceMeters::rejected(const std::string& reason) {
  return metrics.counter("kgrca_http_rejected_total", "Requests and connections refused before a handler ran.", {{"reason", reason}});
}

}  // namespace kgrca::net
