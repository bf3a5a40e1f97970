// The checksum of RocksDB's logs. Its own function is not among its public headers, and Debian 12's Abseil has none yet.
#pragma once

#include <cstdint>
#include <string_view>

namespace kgrca::store {

std::uint32_t crc32c(std::string_view text);
// The same without the processor's instruction for it.
std::uint32_t crc32c_by_tables(std::string_view text);

}  // namespace kgrca::store
