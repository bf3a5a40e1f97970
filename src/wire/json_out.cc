#include "kgrca/wire/json_out.h"

#include <charconv>
#include <cmath>
#include <utility>

#include "kgrca/core/strings.h"

namespace kgrca::wire {

namespace {

// Past these a plain decimal would be mostly zeros; the same borders as JavaScript's.
constexpr double plain_least = 1e-7;
constexpr double plain_most = 1e21;

// The shortest decimal that reads back as the same value; JSON has no word for infinity and NaN.
void append_double(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out.append("null");
    return;
  }
  const double size = std::abs(value);
  const bool plain = value == 0 || (size >= plain_least && size < plain_most);
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value, plain ? std::chars_format::fixed : std::chars_format::scientific);
  out.append(text, end.ptr);
}

// Boost's view of a text is not std::string_view.
void append_string(std::string& out, boost::json::string_view text) {
  core::append_json_string(out, std::string_view(text.data(), text.size()));
}

void append_scalar(std::string& out, const JsonOut& value) {
  switch (value.kind()) {
    case boost::json::kind::bool_: out.append(value.get_bool() ? "true" : "false"); return;
    case boost::json::kind::int64: core::append(out, value.get_int64()); return;
    case boost::json::kind::uint64: core::append(out, value.get_uint64()); return;
    case boost::json::kind::double_: append_double(out, value.get_double()); return;
    case boost::json::kind::string: append_string(out, value.get_string()); return;
    default: out.append("null"); return;
  }
}

// Documents are our own, so the recursion is as deep as our code nests them. `indent`: line breaks and two blanks a level.
class Writer {
 public:
  explicit Writer(bool indent) : indent_(indent) {}

  void append(const JsonOut& value) {
    if (value.is_object()) return append_object(value.get_object());
    if (value.is_array()) return append_array(value.get_array());
    append_scalar(out_, value);
  }
  std::string take() { return std::move(out_); }

 private:
  void append_object(const JsonObject& object) {
    out_.push_back('{');
    bool first = true;
    for (const auto& member : object) {
      begin_item(std::exchange(first, false));
      append_string(out_, member.key());
      out_.append(indent_ ? ": " : ":");
      append(member.value());
      --depth_;
    }
    end_items(first);
    out_.push_back('}');
  }

  void append_array(const JsonArray& array) {
    out_.push_back('[');
    bool first = true;
    for (const JsonOut& item : array) {
      begin_item(std::exchange(first, false));
      append(item);
      --depth_;
    }
    end_items(first);
    out_.push_back(']');
  }

  void begin_item(bool first) {
    if (!first) out_.push_back(',');
    ++depth_;
    break_line();
  }

  void end_items(bool none) {
    if (!none) break_line();
  }

  void break_line() {
    if (!indent_) return;
    out_.push_back('\n');
    out_.append(2 * depth_, ' ');
  }

  const bool indent_;
  std::size_t depth_ = 0;
  std::string out_;
};

std::string written(const JsonOut& value, bool indent) {
  Writer writer(indent);
  writer.append(value);
  return writer.take();
}

}  // namespace

std::string to_json(const JsonOut& value) { return written(value, false); }

std::string to_pretty_json(const JsonOut& value) { return written(value, true) + "\n"; }

}  // namespace kgrca::wire
