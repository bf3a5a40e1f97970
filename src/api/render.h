// An incident as text for people. Every figure comes from the view; nothing is read here.
#pragma once

#include <string>

#include "api/incident_view.h"

namespace kgrca::api {

// The tree for a terminal: at most 40 lines of 100 columns.
std::string render_text(const IncidentView& view);
// A report to paste into a ticket or chat.
std::string render_markdown(const IncidentView& view);

// Parts that both share.
std::string percent_text(double share);                        // "86 %", "<1 %", never "0 %" or "100 %"
std::string clock_text(core::Time t);                          // "10:02:11", UTC
std::string suspect_words(const model::Suspect& suspect);      // "Deployment shop/orders rolled out v2.3.1"
// The same with its time and what it changed: "… at 10:02:11 (DB_POOL_SIZE 50 → 5)".
std::string suspect_statement(const model::Suspect& suspect, const IncidentView& view);
// "DB_POOL_SIZE 50 → 5, image v2.3.0 → v2.3.1": at most `most` changes; empty when there are none.
std::string change_words(const std::vector<model::FieldChange>& changes, std::size_t most);
// "3 services, 14 pods"
std::string reach_words(const IncidentView& view);
std::string noise_words(const IncidentView& view);
std::string naming_words(const IncidentView& view);            // empty when no cause was named
// "orders" for the pod orders-7bzzrlmxq-ks5nn, else the resource's name.
std::string short_name(const model::ResourceRef& ref);
// What an event says, short: a log line in quotes, else the title of its type.
std::string event_words(const EventView& event);

}  // namespace kgrca::api
