// The text of an API key: kg_live_<id 12>_<secret 43>_<crc 8>. The id is base32 (a-z2-7), the secret base64url of 32 random
// bytes, the CRC-32 (hex) of all before it tells a mistyped key from a wrong one without any look-up.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kgrca::tenancy {

struct KeyText {
  std::string_view id;
  std::string_view secret;
};

std::uint32_t crc32(std::string_view bytes);  // IEEE 802.3
std::string new_key_id();                     // 60 random bits
std::string new_secret();
std::string key_text(std::string_view id, std::string_view secret);
// Nothing unless every part has its length and alphabet and the CRC fits.
std::optional<KeyText> parse_key_text(std::string_view text);

}  // namespace kgrca::tenancy
