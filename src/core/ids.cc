#include "kgrca/core/ids.h"

#include "kgrca/core/bytes.h"

namespace kgrca::core {

namespace {

constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::string_view event_prefix = "ev";
constexpr std::string_view incident_prefix = "inc";

// -1 for characters outside the alphabet. Upper case is refused, so that an id has exactly one public form.
int digit_of(char c) {
  if (c >= 'a' && c <= 'z') return c - 'a';
  if (c >= '2' && c <= '7') return c - '2' + 26;
  return -1;
}

void append_base32(std::string& out, std::string_view bytes) {
  unsigned buffer = 0;
  unsigned bits = 0;
  for (char c : bytes) {
    buffer = (buffer << 8) | static_cast<unsigned char>(c);
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out.push_back(alphabet[(buffer >> bits) & 31]);
    }
  }
  if (bits > 0) out.push_back(alphabet[(buffer << (5 - bits)) & 31]);
}

// Nothing for a wrong length, a foreign character, or bits set beyond the last byte.
std::optional<std::string> decode_base32(std::string_view text, std::size_t byte_count) {
  if (text.size() != (byte_count * 8 + 4) / 5) return std::nullopt;
  std::string out;
  unsigned buffer = 0;
  unsigned bits = 0;
  for (char c : text) {
    const int digit = digit_of(c);
    if (digit < 0) return std::nullopt;
    buffer = (buffer << 5) | static_cast<unsigned>(digit);
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    out.push_back(static_cast<char>((buffer >> bits) & 0xff));
  }
  if ((buffer & ((1U << bits) - 1)) != 0) return std::nullopt;
  return out;
}

std::optional<std::string> decode_prefixed(std::string_view text, std::string_view prefix, std::size_t byte_count) {
  if (!text.starts_with(prefix)) return std::nullopt;
  return decode_base32(text.substr(prefix.size()), byte_count);
}

}  // namespace

std::string to_string(EventKey key) {
  std::string bytes;
  append_big_endian(bytes, key.time_us);
  append_big_endian(bytes, key.hash);
  std::string out(event_prefix);
  append_base32(out, bytes);
  return out;
}

std::string to_string(IncidentId id) {
  std::string bytes;
  append_big_endian(bytes, id.value);
  std::string out(incident_prefix);
  append_base32(out, bytes);
  return out;
}

std::optional<EventKey> parse_event_key(std::string_view text) {
  const auto bytes = decode_prefixed(text, event_prefix, 16);
  if (!bytes) return std::nullopt;
  const std::string_view all = *bytes;
  return EventKey{big_endian<std::uint64_t>(all), big_endian<std::uint64_t>(all, 8)};
}

std::optional<IncidentId> parse_incident_id(std::string_view text) {
  const auto bytes = decode_prefixed(text, incident_prefix, 8);
  if (!bytes) return std::nullopt;
  return IncidentId{big_endian<std::uint64_t>(*bytes)};
}

}  // namespace kgrca::core
