#include "tenancy/key_text.h"

#include <algorithm>
#include <array>

#include "kgrca/core/bytes.h"
#include "kgrca/core/hex.h"
#include "kgrca/core/strings.h"
#include "kgrca/wire/digest.h"

namespace kgrca::tenancy {
namespace {

constexpr std::string_view head = "kg_live_";
constexpr std::string_view base32 = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::size_t id_size = 12;
constexpr std::size_t secret_size = 43;
constexpr std::size_t crc_size = 8;
constexpr std::size_t text_size = head.size() + id_size + 1 + secret_size + 1 + crc_size;

std::string crc_text(std::string_view bytes) {
  std::string crc;
  core::append_big_endian(crc, crc32(bytes));
  return core::hex(crc);
}

bool is_base64url(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

}  // namespace

std::uint32_t crc32(std::string_view bytes) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> values{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0xedb88320u : 0u);
      values[i] = value;
    }
    return values;
  }();
  std::uint32_t crc = ~0u;
  for (char c : bytes) crc = (crc >> 8) ^ table[(crc ^ static_cast<unsigned char>(c)) & 0xff];
  return ~crc;
}

std::string new_key_id() {
  std::string id = wire::random_bytes(id_size);
  for (char& c : id) c = base32[static_cast<unsigned char>(c) % base32.size()];
  return id;
}

std::string new_secret() { return wire::base64url(wire::random_bytes(32)); }

std::string key_text(std::string_view id, std::string_view secret) {
  const std::string body = core::cat(head, id, '_', secret);
  return core::cat(body, '_', crc_text(body));
}

std::optional<KeyText> parse_key_text(std::string_view text) {
  if (text.size() != text_size || !text.starts_with(head)) return std::nullopt;
  const std::string_view id = text.substr(head.size(), id_size);
  const std::string_view secret = text.substr(head.size() + id_size + 1, secret_size);
  const std::string_view body = text.substr(0, text_size - crc_size - 1);
  if (text[head.size() + id_size] != '_' || text[body.size()] != '_') return std::nullopt;
  if (id.find_first_not_of(base32) != std::string_view::npos) return std::nullopt;
  if (!std::all_of(secret.begin(), secret.end(), is_base64url)) return std::nullopt;
  if (text.substr(body.size() + 1) != crc_text(body)) return std::nullopt;
  return KeyText{id, secret};
}

}  // namespace kgrca::tenancy
