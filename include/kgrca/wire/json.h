// Reading JSON. Parsed with simdjson; the parser's types stay inside wire.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "kgrca/core/status.h"

namespace kgrca::wire {

// A value inside a JsonDocument: a cheap handle (two words), valid until the document parses again or dies.
// Reads of the wrong type give nothing, never an error: outside input decides.
class JsonValue {
 public:
  JsonValue() = default;
  enum class Kind : std::uint8_t { absent, null, boolean, integer, number, string, array, object };

  Kind kind() const;
  bool is_object() const { return kind() == Kind::object; }
  bool is_array() const { return kind() == Kind::array; }
  bool is_null_or_absent() const { return kind() <= Kind::null; }

  JsonValue operator[](std::string_view key) const;          // first member of that name; absent otherwise
  std::optional<std::string_view> string() const;
  std::string_view string_or(std::string_view fallback = {}) const;
  std::optional<std::int64_t> integer() const;   // integers, and numbers or decimal strings that are integral
  std::optional<double> number() const;          // finite numbers and numeric strings
  std::optional<bool> boolean() const;
  // Scalar as text ("" for null, objects and arrays).
  std::string scalar_text() const;
  std::size_t size() const;                      // members or items; 0 for scalars

  // Calls until the function returns false.
  void each_item(const std::function<bool(JsonValue)>& fn) const;
  void each_member(const std::function<bool(std::string_view, JsonValue)>& fn) const;

  // Compact JSON of this value.
  std::string to_json() const;

 private:
  friend class JsonDocument;
  friend struct JsonAccess;
  const void* document_ = nullptr;
  std::size_t index_ = 0;
};

struct JsonError {
  std::size_t offset = 0;  // byte in the text, best known
  std::string reason;      // "unclosed string", "depth over 64", …
};

// One parser and its current document; reuse it. Not thread-safe. Depth at most 64, text at most 64 MiB.
// Invalid UTF-8, NaN, trailing text and numbers out of range are errors.
class JsonDocument {
 public:
  JsonDocument();
  ~JsonDocument();
  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;

  // Error code invalid_argument, message "at byte N: reason".
  core::StatusOr<JsonValue> parse(std::string_view text);
  // The same without a word about what is wrong, which takes longer to find than to parse.
  std::optional<JsonValue> try_parse(std::string_view text);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Splits a body into top-level values: one document, an array (its items when `open_arrays`), NDJSON, or values put one
// after the other as `kubectl --watch -o json` prints them. Calls `fn(index, text)` for each and `bad(index, offset,
// reason)` for a piece that is no value; goes on after it at the next line that starts a value. Most values are a line each,
// and to parse one costs less than to look for its end first: what looks so is offered to `line(index, text)`, each line once,
// which says whether it was one value and then has taken it.
void split_json(std::string_view body, bool open_arrays, const std::function<bool(std::size_t index, std::string_view text)>& line,
                const std::function<void(std::size_t index, std::string_view text)>& fn,
                const std::function<void(std::size_t index, std::size_t offset, std::string_view reason)>& bad);

}  // namespace kgrca::wire
