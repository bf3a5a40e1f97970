#include "graph/small_values.h"

#include "kgrca/core/bytes.h"

namespace kgrca::graph {
namespace {

constexpr std::uint8_t alias_format = 0x80;  // an incident's own record begins with record_format

}  // namespace

std::string encode_incident_alias(core::IncidentId id) {
  std::string bytes;
  core::BytesWriter out(bytes);
  out.u8(alias_format);
  out.fixed64(id.value);
  return bytes;
}

std::optional<core::IncidentId> decode_incident_alias(std::string_view value) {
  core::BytesReader in(value);
  if (in.u8() != alias_format) return std::nullopt;
  const core::IncidentId id{in.fixed64()};
  return in.ok() && in.at_end() ? std::optional(id) : std::nullopt;
}

std::string encode_id(std::uint64_t id) {
  std::string bytes;
  core::BytesWriter(bytes).fixed64(id);
  return bytes;
}

core::StatusOr<std::uint64_t> decode_id(std::string_view value) {
  core::BytesReader in(value);
  const std::uint64_t id = in.fixed64();
  if (!in.ok() || !in.at_end()) return core::data_loss("a stored id is damaged");
  return id;
}

}  // namespace kgrca::graph
