// The table of resource kinds the product knows by name.
#pragma once

#include <span>
#include <string_view>

namespace kgrca::model {

struct KindRow {
  std::string_view canonical;  // lower case, singular
  std::string_view display;    // as the API spells it
  std::string_view plural;
  std::string_view brief;      // comma-separated short names as `kubectl api-resources` prints them; may be empty
  bool cluster_scoped;
};

std::span<const KindRow> kind_table();
// The row of a canonical kind; nullptr when unknown. Cost: one hash look-up.
const KindRow* find_kind(std::string_view canonical);

}  // namespace kgrca::model
