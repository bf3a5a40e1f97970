#include "kgrca/wire/json_out.h"

#include <utility>

namespace kgrca::wire {

namespace {

void append_line(std::string& out, std::size_t depth) {
  out.push_back('\n');
  out.append(2 * depth, ' ');
}

// Documents are our own, so the recursion is as deep as our code nests them.
void append_pretty(std::string& out, const JsonOut& value, std::size_t depth);

void append_object(std::string& out, const JsonObject& object, std::size_t depth) {
  if (object.empty()) {
    out.append("{}");
    return;
  }
  out.push_back('{');
  bool first = true;
  for (const auto& member : object) {
    if (!std::exchange(first, false)) out.push_back(',');
    append_line(out, depth + 1);
    out.append(boost::json::serialize(member.key()));
    out.append(": ");
    append_pretty(out, member.value(), depth + 1);
  }
  append_line(out, depth);
  out.push_back('}');
}

void append_array(std::string& out, const JsonArray& array, std::size_t depth) {
  if (array.empty()) {
    out.append("[]");
    return;
  }
  out.push_back('[');
  bool first = true;
  for (const JsonOut& item : array) {
    if (!std::exchange(first, false)) out.push_back(',');
    append_line(out, depth + 1);
    append_pretty(out, item, depth + 1);
  }
  append_line(out, depth);
  out.push_back(']');
}

void append_pretty(std::string& out, const JsonOut& value, std::size_t depth) {
  if (value.is_object()) return append_object(out, value.get_object(), depth);
  if (value.is_array()) return append_array(out, value.get_array(), depth);
  out.append(boost::json::serialize(value));
}

}  // namespace

std::string to_pretty_json(const JsonOut& value) {
  std::string out;
  append_pretty(out, value, 0);
  out.push_back('\n');
  return out;
}

}  // namespace kgrca::wire
