// The push protocols as a table: everything in which they differ. The handler is the same for all.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kgrca/core/time.h"
#include "kgrca/net/http.h"
#include "kgrca/normalize/decode.h"
#include "kgrca/pipeline/pipeline.h"

namespace kgrca::ingest {

using Decoder = normalize::Decoded (*)(std::string_view body, const normalize::Context& context);

// How success and errors are worded, and which statuses the senders of this protocol act on.
enum class AnswerForm : std::uint8_t {
  native,        // accepted/rejected; problem+json
  alertmanager,  // the same, but never 429: its sender retries 5xx only and drops the notification otherwise
  otlp,          // {} or partialSuccess; google.rpc.Status; overload is 503, since a plain 500 is not retried
};

struct Protocol {
  std::string_view name;                       // label of the metrics and of the stats
  std::vector<std::string_view> paths;
  Decoder decode = nullptr;
  pipeline::Priority priority = pipeline::Priority::events;
  core::Duration wait = std::chrono::seconds(5);  // for a place in the queue
  AnswerForm form = AnswerForm::native;
  int success = 200;
  std::vector<std::string_view> content_types; // lower case; a request without one is read as the first
  std::string_view summary;
  bool lists = false;                          // reads the query parameter below
};

// When the full list was made that the body is a part of.
inline constexpr std::string_view listed_at_parameter = "listed_at";

const std::vector<Protocol>& protocols();

}  // namespace kgrca::ingest
