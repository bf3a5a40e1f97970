#include <catch2/catch.hpp>

#include "app/incident_table.h"
#include "app/output.h"
#include "kgrca/core/strings.h"

using namespace kgrca;

namespace {

const std::string long_cause(300, 'c');

std::string page() {
  return core::cat(R"({"items":[{"id":"incaaaaaaaaaaaaa","status":"open","severity":"ERROR","started":"2025-04-09T10:00:01.250Z","first_symptom":"2025-04-09T10:02:03.250Z",)",
                   R"("title":"Service shop/gateway: high error rate and a title that goes on and on and on and on","abstained":true,)",
                   R"("root":{"confidence":0.914,"resource_name":"Deployment shop/orders","title":"rolled out\n)", long_cause, R"("}},)",
                   R"({"id":"incbbbbbbbbbbbbb","status":"resolved","severity":"WARNING","started":"2025-04-09T09:00:01Z","title":"T","root":null}]})");
}

std::size_t columns(std::string_view line) {
  std::size_t out = 0;
  for (const char c : line) out += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  return out;
}

}  // namespace

TEST_CASE("incidents: no line is wider than the terminal, and the cause stands below its incident") {
  wire::JsonDocument document;
  const std::string text = page();
  const auto root = document.parse(text);
  REQUIRE(root.ok());
  for (const std::size_t width : {80U, 100U, 160U}) {
    const std::string shown = app::narrow_incidents(*root, width);
    const auto lines = core::split(shown, '\n');
    REQUIRE(lines.size() == 6);  // heading, two each, the end
    for (const std::string_view line : lines) CHECK(columns(line) <= width);
    CHECK(lines[1].starts_with("incaaaaaaaaaaaaa  open"));
    CHECK(lines[1].find("2025-04-09 10:02:03") != std::string_view::npos);
    CHECK(lines[3].find("2025-04-09 09:00:01") != std::string_view::npos);
    CHECK(lines[2].starts_with("  └ 91 %  Deployment shop/orders rolled out ccc"));
    CHECK(lines[4] == "  └ no cause found");
  }
}

TEST_CASE("incidents: wide lines hold everything") {
  wire::JsonDocument document;
  const std::string text = page();
  const auto root = document.parse(text);
  REQUIRE(root.ok());
  const std::string shown = app::wide_incidents(*root);
  CHECK(core::split(shown, '\n').size() == 4);
  CHECK(shown.find(core::cat(long_cause, " (not certain)")) != std::string::npos);
  CHECK(shown.find("goes on and on and on and on  91 %") != std::string::npos);
}

TEST_CASE("output: sizes are told in the unit that shows them") {
  CHECK(app::size_text(0) == "0.0 KiB");
  CHECK(app::size_text(12'410) == "12.1 KiB");
  CHECK(app::size_text((1 << 20) - 1) == "1024.0 KiB");
  CHECK(app::size_text(std::uint64_t{3} << 20U) == "3.0 MiB");
}
