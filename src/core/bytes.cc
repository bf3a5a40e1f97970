#include "kgrca/core/bytes.h"

namespace kgrca::core {

namespace {

template <typename T>
T read_little_endian(std::string_view bytes) {
  T value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    value |= static_cast<T>(static_cast<T>(static_cast<unsigned char>(bytes[i])) << (8 * i));
  }
  return value;
}

}  // namespace

void BytesReader::fail() {
  ok_ = false;
  in_ = {};
}

std::string_view BytesReader::take(std::size_t count) {
  if (count > in_.size()) {
    fail();
    return {};
  }
  const std::string_view taken = in_.substr(0, count);
  in_.remove_prefix(count);
  return taken;
}

std::uint8_t BytesReader::u8() {
  const std::string_view byte = take(1);
  return byte.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(byte[0]);
}

std::uint64_t BytesReader::varint() {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < in_.size() && i < 10; ++i) {
    const auto byte = static_cast<unsigned char>(in_[i]);
    if (i == 9 && byte > 1) break;  // more than 64 bits
    value |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if (byte >= 0x80) continue;
    in_.remove_prefix(i + 1);
    return value;
  }
  fail();
  return 0;
}

std::int64_t BytesReader::zigzag() {
  const std::uint64_t raw = varint();
  return static_cast<std::int64_t>((raw >> 1) ^ (~(raw & 1) + 1));
}

std::uint32_t BytesReader::fixed32() { return read_little_endian<std::uint32_t>(take(4)); }
std::uint64_t BytesReader::fixed64() { return read_little_endian<std::uint64_t>(take(8)); }
float BytesReader::f32() { return std::bit_cast<float>(fixed32()); }
double BytesReader::f64() { return std::bit_cast<double>(fixed64()); }
std::string_view BytesReader::text() { return take(varint()); }

std::size_t BytesReader::count(std::size_t min_item_bytes) {
  const std::uint64_t items = varint();
  const std::size_t fitting = in_.size() / (min_item_bytes == 0 ? 1 : min_item_bytes);
  if (items <= fitting) return items;
  fail();
  return 0;
}

}  // namespace kgrca::core
