// Stored values as JSON. Times are RFC 3339 UTC, milliseconds, with microseconds where the value has them.
#pragma once

#include "api/names.h"
#include "kgrca/graph/records.h"
#include "kgrca/model/taxonomy.h"
#include "kgrca/wire/json_out.h"

namespace kgrca::api {

std::string time_text(core::Time t);
wire::JsonOut time_json(core::Time t);        // null for the zero time and for "for ever"
double rounded(double value, int digits);     // for figures people read

// Links below it are stored and counted but not shown as causes.
inline constexpr float shown_confidence = 0.30F;

wire::JsonObject terms_json(const model::LinkTerms& terms);
// {cause, effect, confidence, raw, terms, hops, lag_seconds, path, rule, provisional, inferred_topology}
wire::JsonObject link_json(const model::Link& link);
wire::JsonArray changes_json(const std::vector<model::FieldChange>& changes);
// The event without its links.
wire::JsonObject event_json(const graph::StoredEvent& stored, ResourceNames& names, const model::Taxonomy& taxonomy);
// The short form used in lists inside other answers.
wire::JsonObject event_brief_json(const graph::StoredEvent& stored, ResourceNames& names, const model::Taxonomy& taxonomy);
wire::JsonObject edge_json(const graph::EdgeAt& edge, ResourceNames& names);
wire::JsonArray edges_json(const std::vector<graph::EdgeAt>& edges, ResourceNames& names);
wire::JsonObject resource_json(const graph::StoredResource& resource);

// Title of the event's type as people say it; the reason when the taxonomy has none.
std::string event_title(const model::Event& event, const model::Taxonomy& taxonomy);
// One sentence of the link's stored terms and nothing else.
std::string explain_link(const model::Link& link, std::string_view cause, std::string_view effect);
// "41 s", "3 min 5 s", "2 h 10 min".
std::string span_text(double seconds);

}  // namespace kgrca::api
