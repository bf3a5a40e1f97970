#include "kgrca/core/bytes.h"

#include <bit>

namespace kgrca::core {

namespace {

template <typename T>
void append_little_endian(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) out.push_back(static_cast<char>((value >> (8 * i)) & 0xff));
}

template <typename T>
T read_little_endian(std::string_view bytes) {
  T value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    value |= static_cast<T>(static_cast<T>(static_cast<unsigned char>(bytes[i])) << (8 * i));
  }
  return value;
}

}  // namespace

void BytesWriter::varint(std::uint64_t v) {
  while (v >= 0x80) {
    out_.push_back(static_cast<char>((v & 0x7f) | 0x80));
    v >>= 7;
  }
  out_.push_back(static_cast<char>(v));
}

void BytesWriter::zigzag(std::int64_t v) {
  varint((static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63));
}

void BytesWriter::fixed32(std::uint32_t v) { append_little_endian(out_, v); }
void BytesWriter::fixed64(std::uint64_t v) { append_little_endian(out_, v); }
void BytesWriter::f32(float v) { fixed32(std::bit_cast<std::uint32_t>(v)); }
void BytesWriter::f64(double v) { fixed64(std::bit_cast<std::uint64_t>(v)); }

void BytesWriter::text(std::string_view v) {
  varint(v.size());
  out_.append(v);
}

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
