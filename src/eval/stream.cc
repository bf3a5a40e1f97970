#include <fstream>
#include <sstream>

#include "kgrca/core/strings.h"
#include "kgrca/eval/eval.h"
#include "kgrca/wire/compression.h"
#include "kgrca/wire/json.h"

namespace kgrca::eval {
namespace {

constexpr std::size_t stream_bytes_max = 2ull << 30;

core::StatusOr<std::string> read_file(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return core::not_found(core::cat("cannot open ", file));
  std::ostringstream out;
  out << in.rdbuf();
  std::string bytes = std::move(out).str();
  if (!file.ends_with(".gz")) return bytes;
  auto plain = wire::decode_content("gzip", bytes, stream_bytes_max);
  if (!plain.ok()) return core::with_context(plain.status(), file);
  return plain;
}

core::StatusOr<StreamRecord> read_record(wire::JsonDocument& document, std::string_view line) {
  KGRCA_ASSIGN_OR_RETURN(wire::JsonValue value, document.parse(line));
  StreamRecord record;
  auto at = core::parse_rfc3339(value["arrive_at"].string_or());
  if (!at) return core::invalid_argument("`arrive_at` is missing or no RFC 3339 time");
  record.arrive_at = *at;
  record.source = value["source"].string_or();
  record.topic = value["topic"].string_or();
  record.key = value["key"].string_or();
  if (!value["payload"].is_null_or_absent()) record.payload = value["payload"].to_json();
  return record;
}

}  // namespace

std::string tenant_of_key(std::string_view key) {
  std::size_t end = key.find("::");
  if (end == std::string_view::npos) end = key.find('|');
  return std::string(end == std::string_view::npos ? key : key.substr(0, end));
}

core::StatusOr<std::vector<StreamRecord>> read_stream(const std::string& file) {
  KGRCA_ASSIGN_OR_RETURN(std::string text, read_file(file));
  std::vector<StreamRecord> out;
  wire::JsonDocument document;
  std::size_t number = 0;
  for (std::string_view line : core::split(text, '\n')) {
    ++number;
    if (core::trim(line).empty()) continue;
    auto record = read_record(document, line);
    if (!record.ok()) return core::with_context(record.status(), core::cat(file, " line ", number));
    out.push_back(*std::move(record));
  }
  return out;
}

}  // namespace kgrca::eval
