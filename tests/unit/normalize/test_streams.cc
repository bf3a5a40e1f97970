#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "kgrca/core/strings.h"
#include "kgrca/wire/compression.h"
#include "kgrca/wire/json.h"
#include "tests/unit/normalize/support.h"

using namespace kgrca;
using namespace kgrca::normalize;

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> streams() {
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(fs::path(KGRCA_SHARED_DIR) / "data" / "k8s-incidents", error)) {
    const auto path = entry.path() / "stream.jsonl.gz";
    if (fs::exists(path)) found.push_back(path);
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string read_stream(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string packed((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  auto text = wire::decode_content("gzip", packed, 64U << 20U);
  REQUIRE(text.ok());
  return *std::move(text);
}

Decoded decode(std::string_view source, const std::string& payload, std::string_view key, const Context& context) {
  if (source == "k8s.event") return decode_kubernetes_events(payload, context);
  if (source == "alertmanager") return decode_alertmanager(payload, context);
  if (source == "log") return decode_logs(payload, context);
  if (source == "prom.samples") return decode_metrics(payload, context);
  return decode_state(payload, context, key);
}

void check_event(const model::Event& event) {
  CHECK_FALSE(event.source_id.empty());
  CHECK_FALSE(event.type.empty());
  CHECK_FALSE(event.subject.kind.empty());
  CHECK_FALSE(event.subject.name.empty());
  CHECK(event.first != core::Time{});
  CHECK(event.last >= event.first);
  CHECK(event.onset <= event.first);
}

}  // namespace

TEST_CASE("normalize: every line of the recorded incidents decodes, twice to the same") {
  const auto paths = streams();
  if (paths.empty()) {
    WARN("skipped: no k8s-incidents under " KGRCA_SHARED_DIR "/data");
    return;
  }
  auto context = test::context();
  std::size_t lines = 0;
  for (const auto& path : paths) {
    const auto text = read_stream(path);
    wire::JsonDocument document;
    for (const auto line : core::split(text, '\n')) {
      if (line.empty()) continue;
      auto root = document.parse(line);
      REQUIRE(root.ok());
      context.received = test::at((*root)["arrive_at"].string_or());
      const auto payload = (*root)["payload"].to_json();
      const auto source = std::string((*root)["source"].string_or());
      const auto decoded = decode(source, payload, (*root)["key"].string_or(), context);
      ++lines;
      for (const auto& rejection : decoded.rejected) FAIL_CHECK(source << ": " << rejection.reason << " in " << payload.substr(0, 300));
      CHECK(decoded.clamped == 0);
      if (source != "alertmanager" && source != "prom.samples") CHECK(decoded.records.size() == 1);
      for (const auto& record : decoded.records) {
        if (const auto* event = std::get_if<model::Event>(&record)) check_event(*event);
      }
      if (lines % 16 != 0) continue;
      const auto again = decode(source, payload, (*root)["key"].string_or(), context);
      REQUIRE(again.records.size() == decoded.records.size());
      for (std::size_t i = 0; i < again.records.size(); ++i) {
        const auto* one = std::get_if<model::Event>(&decoded.records[i]);
        const auto* two = std::get_if<model::Event>(&again.records[i]);
        if (one != nullptr && two != nullptr) CHECK(one->observation == two->observation);
      }
    }
  }
  CHECK(lines > 1000);
}
