// Writing JSON: Boost.JSON values under our names.
#pragma once

#include <string>

#include <boost/json.hpp>

namespace kgrca::wire {

using JsonOut = boost::json::value;
using JsonObject = boost::json::object;
using JsonArray = boost::json::array;

// Numbers are the shortest plain decimals that read back as the same value (0.86, not 8.6E-1), scientific only below 1e-7 and
// from 1e21; a number that is not finite is null. Bytes that are no UTF-8 become U+FFFD, so that every answer can be read.
std::string to_json(const JsonOut& value);
// Two-space indentation, members in insertion order, newline at the end: for people.
std::string to_pretty_json(const JsonOut& value);

}  // namespace kgrca::wire
