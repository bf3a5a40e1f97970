// YAML as a plain value tree; the library behind it stays in core.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kgrca/core/status.h"

namespace kgrca::core {

// A scalar, a list or a map that keeps its order. Scalars keep their text; typed reads convert on demand.
class Yaml {
 public:
  enum class Kind : std::uint8_t { null, scalar, list, map };

  // Error message: "line L, column C: what". Duplicate keys in one map are an error.
  static StatusOr<Yaml> parse(std::string_view text);
  static StatusOr<Yaml> parse_file(const std::string& path);

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::null; }
  int line() const { return line_; }  // 1-based

  const std::string& text() const { return text_; }  // scalar text, else empty
  std::optional<std::int64_t> integer() const;
  std::optional<double> number() const;
  std::optional<bool> boolean() const;  // true/false/yes/no/on/off

  const std::vector<Yaml>& items() const { return items_; }                            // list
  const std::vector<std::pair<std::string, Yaml>>& entries() const { return entries_; }  // map, in file order
  const Yaml* find(std::string_view key) const;  // nullptr when absent or not a map

  // Member shortcuts with a fallback for absent members.
  std::string text_or(std::string_view key, std::string_view fallback) const;
  double number_or(std::string_view key, double fallback) const;
  std::int64_t integer_or(std::string_view key, std::int64_t fallback) const;
  bool boolean_or(std::string_view key, bool fallback) const;

 private:
  friend class YamlBuilder;
  Kind kind_ = Kind::null;
  int line_ = 0;
  std::string text_;
  std::vector<Yaml> items_;
  std::vector<std::pair<std::string, Yaml>> entries_;
};

}  // namespace kgrca::core
