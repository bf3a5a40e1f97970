// Reading typed members of a taxonomy row, with errors that name the line.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kgrca/core/status.h"
#include "kgrca/core/time.h"
#include "kgrca/core/yaml.h"
#include "kgrca/model/severity.h"
#include "kgrca/model/taxonomy.h"

namespace kgrca::model {

using Texts = std::vector<std::string>;

core::Status row_error(const core::Yaml& at, std::string_view what);
// Every key of the row is one of `allowed`, and the row is a map.
core::Status check_keys(const core::Yaml& row, std::initializer_list<std::string_view> allowed);
core::StatusOr<std::string> required_text(const core::Yaml& row, std::string_view key);
// A scalar or a list of scalars; empty when absent.
core::StatusOr<Texts> text_list(const core::Yaml& row, std::string_view key);
// Lists of lists of scalars.
core::StatusOr<std::vector<Texts>> text_groups(const core::Yaml& row, std::string_view key);
core::StatusOr<std::optional<Severity>> optional_severity(const core::Yaml& row, std::string_view key);
core::StatusOr<core::Duration> required_duration(const core::Yaml& scalar);
core::StatusOr<Role> parse_role(const core::Yaml& scalar);

}  // namespace kgrca::model
