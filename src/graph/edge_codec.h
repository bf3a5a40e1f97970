// Values of edge keys and of statements about edges.
#pragma once

#include <string>
#include <string_view>

#include "graph/live_impl.h"
#include "kgrca/core/status.h"

namespace kgrca::graph {

std::string encode_edge(model::Evidence evidence);
core::StatusOr<model::Evidence> decode_edge(std::string_view value);

std::string statement_name(const Triple& triple);
std::optional<Triple> triple_of(std::string_view name);
std::string encode_statement(const Statement& statement);
core::StatusOr<Statement> decode_statement(std::string_view value);

std::string encode_time(core::Time time);
core::StatusOr<core::Time> decode_time(std::string_view value);

}  // namespace kgrca::graph
