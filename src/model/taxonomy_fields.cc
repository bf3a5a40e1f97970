#include "model/taxonomy_fields.h"

#include <algorithm>
#include <utility>

#include "kgrca/core/strings.h"

namespace kgrca::model {
namespace {

using core::Yaml;

core::StatusOr<Texts> scalars_of(const Yaml& value, std::string_view key) {
  Texts texts;
  if (value.kind() == Yaml::Kind::scalar) {
    texts.push_back(value.text());
    return texts;
  }
  if (value.kind() != Yaml::Kind::list) return row_error(value, core::cat(key, " must be a text or a list of texts"));
  for (const Yaml& item : value.items()) {
    if (item.kind() != Yaml::Kind::scalar) return row_error(item, core::cat(key, " must hold texts only"));
    texts.push_back(item.text());
  }
  if (texts.empty()) return row_error(value, core::cat(key, " is empty: leave it out or name something"));
  return texts;
}

}  // namespace

core::Status row_error(const Yaml& at, std::string_view what) {
  return core::invalid_argument(core::cat("taxonomy line ", at.line(), ": ", what));
}

core::Status check_keys(const Yaml& row, std::initializer_list<std::string_view> allowed) {
  if (row.kind() != Yaml::Kind::map) return row_error(row, "expected a map such as {id: …, group: …}");
  for (const auto& [key, value] : row.entries()) {
    if (std::find(allowed.begin(), allowed.end(), key) != allowed.end()) continue;
    std::string names;
    for (const std::string_view name : allowed) core::append(names, names.empty() ? "" : ", ", name);
    return row_error(row, core::cat("unknown key \"", key, "\", allowed are ", names));
  }
  return core::ok_status();
}

core::StatusOr<std::string> required_text(const Yaml& row, std::string_view key) {
  const Yaml* value = row.find(key);
  if (value == nullptr) return row_error(row, core::cat("\"", key, "\" is missing"));
  if (value->kind() != Yaml::Kind::scalar || value->text().empty()) {
    return row_error(*value, core::cat("\"", key, "\" must be a text"));
  }
  return value->text();
}

core::StatusOr<Texts> text_list(const Yaml& row, std::string_view key) {
  const Yaml* value = row.find(key);
  if (value == nullptr) return Texts{};
  return scalars_of(*value, key);
}

core::StatusOr<std::vector<Texts>> text_groups(const Yaml& row, std::string_view key) {
  std::vector<Texts> groups;
  const Yaml* value = row.find(key);
  if (value == nullptr) return groups;
  if (value->kind() != Yaml::Kind::list) return row_error(*value, core::cat(key, " must be a list of lists of texts"));
  for (const Yaml& item : value->items()) {
    KGRCA_ASSIGN_OR_RETURN(Texts group, scalars_of(item, key));
    groups.push_back(std::move(group));
  }
  return groups;
}

core::StatusOr<std::optional<Severity>> optional_severity(const Yaml& row, std::string_view key) {
  const Yaml* value = row.find(key);
  if (value == nullptr) return std::optional<Severity>{};
  const auto severity = parse_severity(value->text());
  if (!severity) {
    return row_error(*value, core::cat(key, " is \"", value->text(), "\", expected DEBUG, INFO, WARNING, ERROR or FATAL"));
  }
  return severity;
}

core::StatusOr<core::Duration> required_duration(const Yaml& scalar) {
  const auto duration = core::parse_duration(scalar.text());
  if (!duration) return row_error(scalar, core::cat("\"", scalar.text(), "\" is no duration such as 90s, 15m or 1h"));
  return *duration;
}

core::StatusOr<Role> parse_role(const Yaml& scalar) {
  if (scalar.text() == "benign") return Role::benign;
  if (scalar.text() == "change") return Role::change;
  if (scalar.text() == "fault") return Role::fault;
  if (scalar.text() == "symptom") return Role::symptom;
  if (scalar.text() == "recovery") return Role::recovery;
  return row_error(scalar, core::cat("role is \"", scalar.text(), "\", expected benign, change, fault, symptom or recovery"));
}

}  // namespace kgrca::model
