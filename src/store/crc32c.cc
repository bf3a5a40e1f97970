#include "store/crc32c.h"

#include <array>
#include <cstddef>
#include <cstring>

namespace kgrca::store {
namespace {

#if defined(__x86_64__)
// The processor's own instruction: ten times as fast as tables.
__attribute__((target("sse4.2"))) std::uint32_t crc32c_by_processor(const char* bytes, std::size_t size) {
  std::uint64_t crc = ~0u;
  for (; size >= 8; bytes += 8, size -= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    crc = __builtin_ia32_crc32di(crc, word);
  }
  auto rest = static_cast<std::uint32_t>(crc);
  for (; size > 0; ++bytes, --size) rest = __builtin_ia32_crc32qi(rest, static_cast<unsigned char>(*bytes));
  return ~rest;
}
#endif

std::uint64_t eight_bytes(const char* bytes) {
  std::uint64_t value = 0;
  for (int i = 8; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

}  // namespace

std::uint32_t crc32c(std::string_view text) {
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  if (has_instruction) return crc32c_by_processor(text.data(), text.size());
#endif
  return crc32c_by_tables(text);
}

// Eight bytes at a time: table[k][b] is the checksum of byte b followed by k zero bytes.
std::uint32_t crc32c_by_tables(std::string_view text) {
  static const auto table = [] {
    std::array<std::array<std::uint32_t, 256>, 8> made{};
    for (std::uint32_t b = 0; b < 256; ++b) {
      std::uint32_t crc = b;
      for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
      made[0][b] = crc;
    }
    for (std::size_t k = 1; k < 8; ++k)
      for (std::size_t b = 0; b < 256; ++b) made[k][b] = made[k - 1][b] >> 8 ^ made[0][made[k - 1][b] & 0xff];
    return made;
  }();
  const char* bytes = text.data();
  std::size_t size = text.size();
  std::uint32_t crc = ~0u;
  for (; size >= 8; bytes += 8, size -= 8) {
    const std::uint64_t word = eight_bytes(bytes) ^ crc;
    crc = 0;
    for (std::size_t k = 0; k < 8; ++k) crc ^= table[7 - k][word >> (8 * k) & 0xff];
  }
  for (; size > 0; ++bytes, --size) crc = crc >> 8 ^ table[0][(crc ^ static_cast<unsigned char>(*bytes)) & 0xff];
  return ~crc;
}

}  // namespace kgrca::store
