// The one handler of all push routes.
#pragma once

#include <memory>

#include "ingest/protocol.h"
#include "kgrca/ingest/routes.h"
#include "kgrca/net/http.h"

namespace kgrca::ingest {

// Bytes of a decoded body of this protocol, at most.
std::size_t body_limit(const Protocol& protocol, const IngestContext& context);

// Checks, decompresses and decodes on the calling thread (the work pool), submits, and replies when everything accepted is
// durable. `protocol` lives for ever (it is a row of the table).
net::Handler make_handler(const Protocol& protocol, const IngestContext& context);

}  // namespace kgrca::ingest
