#include "ingest/handler.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

#include "ingest/answers.h"
#include "kgrca/core/strings.h"
#include "kgrca/wire/compression.h"

namespace kgrca::ingest {
namespace {

struct Counters {
  Counters(core::Metrics& metrics, std::string_view protocol);
  core::Counter& accepted;
  core::Counter& duplicate;
  core::Counter& rejected;
  core::Counter& unused;
  core::Counter& refused;  // whole requests' records that the pipeline had no place for
  core::Counter& masked;
};

core::Counter& records_counter(core::Metrics& metrics, std::string_view protocol, std::string_view outcome) {
  return metrics.counter("kgrca_ingest_records_total", "Records that came in, by protocol and what became of them.",
                         {{"protocol", std::string(protocol)}, {"outcome", std::string(outcome)}});
}

Counters::Counters(core::Metrics& metrics, std::string_view protocol)
    : accepted(records_counter(metrics, protocol, "accepted")),
      duplicate(records_counter(metrics, protocol, "duplicate")),
      rejected(records_counter(metrics, protocol, "rejected")),
      unused(records_counter(metrics, protocol, "unused")),
      refused(records_counter(metrics, protocol, "refused")),
      masked(metrics.counter("kgrca_masked_total", "Secrets and personal data masked in texts.")) {}

// One route's fixed parts.
struct Route {
  const Protocol& protocol;
  IngestContext context;
  Counters counters;
};

core::Status check_tenant(const net::Request& request) {
  const std::string_view named = request.header("x-scope-orgid");
  if (named.empty() || named == request.principal.tenant_name) return core::ok_status();
  return core::permission_denied(core::cat("X-Scope-OrgID names '", core::clip_utf8(named, 64), "' but the key belongs to tenant '",
                                           request.principal.tenant_name, "': the key alone decides; leave the header out"));
}

core::Status check_content_type(const Protocol& protocol, const net::Request& request) {
  const std::string_view header = request.header("content-type");
  const std::string type = core::to_lower(core::trim(header.substr(0, header.find(';'))));
  if (type.empty()) return core::ok_status();
  const auto& known = protocol.content_types;
  if (std::find(known.begin(), known.end(), type) != known.end()) return core::ok_status();
  std::string allowed;
  for (const std::string_view one : known) core::append(allowed, allowed.empty() ? "" : ", ", one);
  if (protocol.form == AnswerForm::otlp && type == "application/x-protobuf") {
    return core::unimplemented("protobuf is not read yet: set the exporter's encoding to json (Content-Type: application/json)");
  }
  return core::unimplemented(core::cat("Content-Type '", core::clip_utf8(type, 100), "' is not read here: send ", allowed));
}

core::Status check_size(const Protocol& protocol, std::string_view body, std::size_t limit) {
  if (body.size() <= limit) return core::ok_status();
  return core::out_of_range(core::cat("the body of ", body.size(), " bytes is over the limit of ", limit, " bytes for ",
                                      protocol.name, ": send smaller batches"));
}

// The request's own, or what was packed in it, in `unpacked`.
core::StatusOr<std::string_view> plain_body(const Protocol& protocol, const net::Request& request, std::size_t limit,
                                            std::string& unpacked) {
  std::string_view body = request.body;
  const std::string_view encoding = core::trim(request.header("content-encoding"));
  if (encoding.empty() || encoding == "identity") {
    KGRCA_RETURN_IF_ERROR(check_size(protocol, body, limit));
  } else {
    KGRCA_ASSIGN_OR_RETURN(unpacked, wire::decode_content(encoding, body, limit));
    body = unpacked;
  }
  if (core::trim(body).empty()) return core::invalid_argument("the body is empty: send at least one record");
  return body;
}

// When the full list was made whose objects the body holds.
core::StatusOr<core::Time> listed_at(const Protocol& protocol, const net::Request& request) {
  const auto text = request.query_value(listed_at_parameter);
  if (!text || !protocol.lists) return core::Time{};
  const auto time = core::parse_rfc3339(*text);
  if (!time) {
    return core::invalid_argument(core::cat("listed_at is '", core::clip_utf8(*text, 64), "', expected an RFC 3339 time such as ",
                                            "2026-01-05T10:00:00Z"));
  }
  return *time;
}

core::StatusOr<normalize::Decoded> decode(const Route& route, const net::Request& request, std::size_t& bytes) {
  KGRCA_RETURN_IF_ERROR(check_tenant(request));
  KGRCA_RETURN_IF_ERROR(check_content_type(route.protocol, request));
  std::string unpacked;
  KGRCA_ASSIGN_OR_RETURN(const std::string_view body,
                         plain_body(route.protocol, request, body_limit(route.protocol, route.context), unpacked));
  normalize::Context context;
  context.taxonomy = route.context.taxonomy;
  context.masker = route.context.pipeline->masker_of(request.principal.tenant);
  context.received = route.context.clock->now();
  context.cluster = request.principal.cluster;
  KGRCA_ASSIGN_OR_RETURN(context.listed, listed_at(route.protocol, request));
  bytes = body.size();
  return route.protocol.decode(body, context);
}

void count_decoded(const Route& route, const normalize::Decoded& decoded) {
  route.counters.rejected.add(static_cast<double>(decoded.rejections));
  route.counters.masked.add(static_cast<double>(decoded.masked));
}

// The tenant's view of its sources: what was taken for good, and what was not for its content.
void count_source(const Route& route, const net::Request& request, std::size_t good, std::size_t rejected) {
  route.context.pipeline->count_source(request.principal.tenant, std::string(route.protocol.name), good, rejected);
}

std::size_t good_items(const Taken& taken) { return taken.items - std::min(taken.items, taken.rejections); }

void count_outcome(const Route& route, const pipeline::Outcome& outcome) {
  const std::size_t used = outcome.accepted - std::min(outcome.accepted, outcome.duplicates + outcome.unused);
  route.counters.accepted.add(static_cast<double>(used));
  route.counters.duplicate.add(static_cast<double>(outcome.duplicates));
  route.counters.unused.add(static_cast<double>(outcome.unused));
}

void submit(const std::shared_ptr<const Route>& route, const std::shared_ptr<net::Request>& request, normalize::Decoded decoded,
            std::size_t bytes, const net::Reply& reply) {
  pipeline::Submission submission;
  submission.records = std::move(decoded.records);
  submission.bytes = bytes;
  submission.priority = route->protocol.priority;
  submission.wait = route->protocol.wait;
  const std::size_t records = submission.records.size();
  auto taken = std::make_shared<Taken>(Taken{decoded.items, std::move(decoded.rejected), decoded.rejections, {}});
  route->context.pipeline->submit(
      request->principal, std::move(submission), [route, request, taken, records, reply](core::StatusOr<pipeline::Outcome> outcome) {
        if (!outcome.ok()) {
          route->counters.refused.add(static_cast<double>(records));
          count_source(*route, *request, 0, taken->rejections);
          return reply(failure(route->protocol, outcome.status(), *request));
        }
        taken->outcome = *outcome;
        count_outcome(*route, *outcome);
        count_source(*route, *request, good_items(*taken), taken->rejections);
        reply(success(route->protocol, *taken));
      });
}

void handle(const std::shared_ptr<const Route>& route, const std::shared_ptr<net::Request>& request, const net::Reply& reply) {
  std::size_t bytes = 0;
  auto decoded = decode(*route, *request, bytes);
  if (!decoded.ok()) {
    route->counters.rejected.add();  // how many records it held is not known
    count_source(*route, *request, 0, 1);
    return reply(failure(route->protocol, decoded.status(), *request));
  }
  request->body = {};
  count_decoded(*route, *decoded);
  if (!decoded->records.empty()) return submit(route, request, *std::move(decoded), bytes, reply);
  // Items that say nothing (a watch bookmark, an empty list) are fine and leave nothing to store.
  const Taken taken{decoded->items, std::move(decoded->rejected), decoded->rejections, {}};
  count_source(*route, *request, good_items(taken), taken.rejections);
  if (taken.rejections > 0 && good_items(taken) == 0) return reply(nothing_valid(route->protocol, taken, *request));
  reply(success(route->protocol, taken));
}

}  // namespace

std::size_t body_limit(const Protocol& protocol, const IngestContext& context) {
  return protocol.form == AnswerForm::otlp ? context.otlp_body_bytes : context.native_body_bytes;
}

net::Handler make_handler(const Protocol& protocol, const IngestContext& context) {
  const std::shared_ptr<const Route> route(new Route{protocol, context, Counters(*context.metrics, protocol.name)});
  return [route](const std::shared_ptr<net::Request>& request, const net::Reply& reply) { handle(route, request, reply); };
}

}  // namespace kgrca::ingest
