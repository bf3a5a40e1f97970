#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kgrca::wire {

std::string hmac_sha256(std::string_view key, std::string_view bytes);    // 32 bytes
bool equal_constant_time(std::string_view a, std::string_view b);
std::string random_bytes(std::size_t count);                              // from the operating system; aborts without
std::string base64url(std::string_view bytes);                            // without padding
std::string base64_decode(std::string_view text);                         // both alphabets; empty when damaged

}  // namespace kgrca::wire
