// A JsonValue is a pointer to simdjson's document and an index into its tape: one 64-bit word per scalar, bracket and
// string, two for numbers; word 1 is the root. Reading goes through simdjson's own tape_ref, so nothing is copied.
#include "kgrca/wire/json.h"

#include <charconv>
#include <cmath>

#include <simdjson.h>

#include "kgrca/core/strings.h"
#include "wire/json_scan.h"

namespace kgrca::wire {

namespace {

using simdjson::internal::tape_ref;
using simdjson::internal::tape_type;

constexpr std::size_t text_bytes_max = std::size_t{64} << 20;
constexpr std::size_t root_index = 1;
// A parser that once read a large text is replaced when the next is far smaller: its buffers are 12 times the text.
constexpr std::size_t kept_capacity_bytes = std::size_t{8} << 20;

tape_ref ref(const void* document, std::size_t index) {
  return {static_cast<const simdjson::dom::document*>(document), index};
}

// Items of an array lie one after the other; members are pairs of a key word and a value.
std::size_t body_end(const tape_ref& container) { return container.matching_brace_index() - 1; }

std::optional<std::int64_t> integral(double value) {
  constexpr double limit = 9223372036854775808.0;  // 2^63
  if (!(value >= -limit && value < limit) || value != std::trunc(value)) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

std::optional<std::int64_t> integer_of_text(std::string_view text) {
  if (const auto exact = core::parse_int(text)) return exact;
  const auto value = core::parse_double(text);
  return value ? integral(*value) : std::nullopt;
}

// Written so that it reads back as the same number: minus zero would become the integer 0, and a large whole number
// without an exponent an integer out of range.
void append_double(std::string& out, double value) {
  constexpr double plain_max = 1e15;
  char buffer[32];
  const auto [end, error] = std::abs(value) < plain_max
                                ? std::to_chars(buffer, buffer + sizeof buffer, value == 0 ? 0.0 : value)
                                : std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  out.append(buffer, end);
}

}  // namespace

struct JsonAccess {
  static JsonValue make(const void* document, std::size_t index) {
    JsonValue value;
    value.document_ = document;
    value.index_ = index;
    return value;
  }

  static tape_ref tape(const JsonValue& value) { return ref(value.document_, value.index_); }

  // Depth is bounded by the parser.
  static void append_json(std::string& out, const JsonValue& value);
};

JsonValue::Kind JsonValue::kind() const {
  if (document_ == nullptr) return Kind::absent;
  switch (JsonAccess::tape(*this).tape_ref_type()) {
    case tape_type::START_OBJECT: return Kind::object;
    case tape_type::START_ARRAY: return Kind::array;
    case tape_type::STRING: return Kind::string;
    case tape_type::INT64: return Kind::integer;
    case tape_type::UINT64:  // only beyond the int64 range
    case tape_type::DOUBLE: return Kind::number;
    case tape_type::TRUE_VALUE:
    case tape_type::FALSE_VALUE: return Kind::boolean;
    default: return Kind::null;
  }
}

JsonValue JsonValue::operator[](std::string_view key) const {
  if (!is_object()) return {};
  const std::size_t end = body_end(JsonAccess::tape(*this));
  for (std::size_t at = index_ + 1; at < end;) {
    if (ref(document_, at).get_string_view() == key) return JsonAccess::make(document_, at + 1);
    at = ref(document_, at + 1).after_element();
  }
  return {};
}

std::optional<std::string_view> JsonValue::string() const {
  if (kind() != Kind::string) return std::nullopt;
  return JsonAccess::tape(*this).get_string_view();
}

std::string_view JsonValue::string_or(std::string_view fallback) const { return string().value_or(fallback); }

std::optional<std::int64_t> JsonValue::integer() const {
  switch (kind()) {
    case Kind::integer: return JsonAccess::tape(*this).next_tape_value<std::int64_t>();
    case Kind::string: return integer_of_text(JsonAccess::tape(*this).get_string_view());
    case Kind::number: break;
    default: return std::nullopt;
  }
  const tape_ref tape = JsonAccess::tape(*this);
  return tape.is_double() ? integral(tape.next_tape_value<double>()) : std::nullopt;
}

std::optional<double> JsonValue::number() const {
  const Kind type = kind();
  if (type == Kind::string) return core::parse_double(JsonAccess::tape(*this).get_string_view());
  if (type != Kind::integer && type != Kind::number) return std::nullopt;
  const tape_ref tape = JsonAccess::tape(*this);
  if (tape.is_double()) return tape.next_tape_value<double>();
  if (tape.is_uint64()) return static_cast<double>(tape.next_tape_value<std::uint64_t>());
  return static_cast<double>(tape.next_tape_value<std::int64_t>());
}

std::optional<bool> JsonValue::boolean() const {
  if (kind() != Kind::boolean) return std::nullopt;
  return JsonAccess::tape(*this).is_true();
}

std::string JsonValue::scalar_text() const {
  switch (kind()) {
    case Kind::string: return std::string(JsonAccess::tape(*this).get_string_view());
    case Kind::boolean:
    case Kind::integer:
    case Kind::number: return to_json();
    default: return {};
  }
}

std::size_t JsonValue::size() const {
  if (!is_object() && !is_array()) return 0;
  constexpr std::uint32_t saturated = 0xffffff;  // the tape counts no further
  const std::uint32_t counted = JsonAccess::tape(*this).scope_count();
  if (counted < saturated) return counted;
  std::size_t count = 0;
  if (is_array()) {
    each_item([&count](JsonValue) { return ++count > 0; });
  } else {
    each_member([&count](std::string_view, JsonValue) { return ++count > 0; });
  }
  return count;
}

void JsonValue::each_item(const std::function<bool(JsonValue)>& fn) const {
  if (!is_array()) return;
  const std::size_t end = body_end(JsonAccess::tape(*this));
  for (std::size_t at = index_ + 1; at < end; at = ref(document_, at).after_element()) {
    if (!fn(JsonAccess::make(document_, at))) return;
  }
}

void JsonValue::each_member(const std::function<bool(std::string_view, JsonValue)>& fn) const {
  if (!is_object()) return;
  const std::size_t end = body_end(JsonAccess::tape(*this));
  for (std::size_t at = index_ + 1; at < end; at = ref(document_, at + 1).after_element()) {
    if (!fn(ref(document_, at).get_string_view(), JsonAccess::make(document_, at + 1))) return;
  }
}

void JsonAccess::append_json(std::string& out, const JsonValue& value) {
  const char* separator = "";
  switch (value.kind()) {
    case JsonValue::Kind::object:
      out.push_back('{');
      value.each_member([&](std::string_view key, JsonValue member) {
        out.append(std::exchange(separator, ","));
        core::append_json_string(out, key);
        out.push_back(':');
        append_json(out, member);
        return true;
      });
      return out.push_back('}');
    case JsonValue::Kind::array:
      out.push_back('[');
      value.each_item([&](JsonValue item) {
        out.append(std::exchange(separator, ","));
        append_json(out, item);
        return true;
      });
      return out.push_back(']');
    case JsonValue::Kind::string: return core::append_json_string(out, tape(value).get_string_view());
    case JsonValue::Kind::boolean: return core::append(out, tape(value).is_true() ? "true" : "false");
    case JsonValue::Kind::integer: return core::append(out, tape(value).next_tape_value<std::int64_t>());
    case JsonValue::Kind::number:
      if (tape(value).is_double()) return append_double(out, tape(value).next_tape_value<double>());
      return core::append(out, tape(value).next_tape_value<std::uint64_t>());
    default: return core::append(out, "null");
  }
}

std::string JsonValue::to_json() const {
  std::string out;
  if (kind() != Kind::absent) JsonAccess::append_json(out, *this);
  return out;
}

struct JsonDocument::Impl {
  simdjson::error_code parse(std::string_view text) {
    const std::size_t capacity = parser.capacity();
    if (capacity > kept_capacity_bytes && text.size() < capacity / 8) parser = simdjson::dom::parser(text_bytes_max);
    // simdjson counts the document itself as a level, and no empty object or array.
    if (parser.capacity() == 0 && parser.allocate(text.size() + 64, json_depth_max + 1) != 0) return simdjson::MEMALLOC;
    return parser.parse(text.data(), text.size()).error();
  }

  simdjson::dom::parser parser{text_bytes_max};
};

JsonDocument::JsonDocument() : impl_(std::make_unique<Impl>()) {}
JsonDocument::~JsonDocument() = default;
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;

core::StatusOr<JsonValue> JsonDocument::parse(std::string_view text) {
  if (text.size() > text_bytes_max) {
    return core::invalid_argument(core::cat("at byte ", text_bytes_max, ": text over 64 MiB"));
  }
  if (text.empty()) return core::invalid_argument("at byte 0: empty text, a JSON value is expected");
  const simdjson::error_code code = impl_->parse(text);
  if (code == simdjson::SUCCESS) return JsonAccess::make(&impl_->parser.doc, root_index);
  if (code == simdjson::MEMALLOC) return core::resource_exhausted("no memory to parse JSON");
  const JsonError error = locate_json_error(text);
  const std::string reason = error.reason.empty() ? simdjson::error_message(code) : error.reason;
  return core::invalid_argument(core::cat("at byte ", error.offset, ": ", reason));
}

std::optional<JsonValue> JsonDocument::try_parse(std::string_view text) {
  if (text.empty() || text.size() > text_bytes_max || impl_->parse(text) != simdjson::SUCCESS) return std::nullopt;
  return JsonAccess::make(&impl_->parser.doc, root_index);
}

}  // namespace kgrca::wire
