// What the senders read: one success and one error form for each kind of protocol.
#pragma once

#include <cstddef>
#include <vector>

#include "ingest/protocol.h"
#include "kgrca/core/status.h"
#include "kgrca/net/http.h"
#include "kgrca/normalize/decode.h"
#include "kgrca/pipeline/lane.h"

namespace kgrca::ingest {

// What became of a request whose items were not all bad.
struct Taken {
  std::size_t items = 0;
  std::vector<normalize::Rejection> rejected;  // the first
  std::size_t rejections = 0;                  // all
  pipeline::Outcome outcome;
};

net::Response success(const Protocol& protocol, const Taken& taken);
net::Response failure(const Protocol& protocol, const core::Status& status, const net::Request& request);
// Nothing in the body was valid: 400 with the first reasons.
net::Response nothing_valid(const Protocol& protocol, const Taken& taken, const net::Request& request);

}  // namespace kgrca::ingest
