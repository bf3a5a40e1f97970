#include "app/incident_table.h"

#include <vector>

#include "app/table.h"
#include "kgrca/core/strings.h"

namespace kgrca::app {
namespace {

constexpr std::string_view cause_mark = "  └ ";
constexpr std::size_t cause_mark_columns = 4;

std::string cause_of(wire::JsonValue incident) {
  const wire::JsonValue root = incident["root"];
  if (!root.is_object()) return "no cause found";
  const double percent = root["confidence"].number().value_or(0) * 100;
  return core::cat(core::format_fixed(percent, 0), " %  ", root["resource_name"].string_or(), " ", root["title"].string_or(),
                   incident["abstained"].boolean().value_or(false) ? " (not certain)" : "");
}

// "2025-04-09 10:00:01": the first symptom, as `explain` counts; its cause began earlier.
std::string since(wire::JsonValue incident) {
  std::string out(incident["first_symptom"].string_or(incident["started"].string_or()).substr(0, 19));
  if (out.size() > 10) out[10] = ' ';
  return out;
}

std::vector<std::string> cells_of(wire::JsonValue incident) {
  return {std::string(incident["id"].string_or()), std::string(incident["status"].string_or()),
          std::string(incident["severity"].string_or()), since(incident), std::string(incident["title"].string_or())};
}

}  // namespace

std::string narrow_incidents(wire::JsonValue page, std::size_t width) {
  Table table({"ID", "STATUS", "SEVERITY", "SINCE (UTC)", "TITLE AND CAUSE"});
  std::vector<std::string> causes;
  page["items"].each_item([&](wire::JsonValue incident) {
    table.add(cells_of(incident));
    causes.push_back(clip_line(cause_of(incident), width > cause_mark_columns ? width - cause_mark_columns : 1));
    return true;
  });
  const std::string text = table.text(width);
  const std::vector<std::string_view> lines = core::split(text, '\n');
  std::string out = core::cat(lines.front(), "\n");
  for (std::size_t i = 0; i < causes.size(); ++i) core::append(out, lines[i + 1], "\n", cause_mark, causes[i], "\n");
  return out;
}

std::string wide_incidents(wire::JsonValue page) {
  Table table({"ID", "STATUS", "SEVERITY", "SINCE (UTC)", "TITLE", "CAUSE"});
  page["items"].each_item([&](wire::JsonValue incident) {
    std::vector<std::string> cells = cells_of(incident);
    cells.push_back(cause_of(incident));
    table.add(std::move(cells));
    return true;
  });
  return table.text();
}

}  // namespace kgrca::app
