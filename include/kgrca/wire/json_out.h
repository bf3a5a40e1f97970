// Writing JSON: Boost.JSON values under our names.
#pragma once

#include <string>

#include <boost/json.hpp>

namespace kgrca::wire {

using JsonOut = boost::json::value;
using JsonObject = boost::json::object;
using JsonArray = boost::json::array;

inline std::string to_json(const JsonOut& value) { return boost::json::serialize(value); }
// Two-space indentation, members in insertion order, newline at the end: for people.
std::string to_pretty_json(const JsonOut& value);

}  // namespace kgrca::wire
