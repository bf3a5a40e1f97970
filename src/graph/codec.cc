#include "graph/codec.h"

#include <array>

#include "kgrca/core/strings.h"

namespace kgrca::graph {
namespace {

constexpr std::size_t uuid_chars = 36;
constexpr bool is_dash(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

constexpr std::array<signed char, 256> make_hex_digits() {
  std::array<signed char, 256> table{};
  table.fill(-1);
  for (int i = 0; i < 10; ++i) table[static_cast<std::size_t>('0' + i)] = static_cast<signed char>(i);
  for (int i = 0; i < 6; ++i) table[static_cast<std::size_t>('a' + i)] = static_cast<signed char>(10 + i);
  return table;
}
constexpr auto hex_digits = make_hex_digits();

int hex_digit(char c) { return hex_digits[static_cast<unsigned char>(c)]; }

bool is_uuid(std::string_view text) {
  if (text.size() != uuid_chars) return false;
  for (std::size_t i = 0; i < uuid_chars; ++i) {
    if (is_dash(i) ? text[i] != '-' : hex_digit(text[i]) < 0) return false;
  }
  return true;
}

}  // namespace

void Encoder::word(std::string_view text) {
  if (!is_uuid(text)) {
    varint(text.size() + 1);
    bytes(text);
    return;
  }
  char packed[17] = {0};
  std::size_t nibbles = 2;
  for (std::size_t i = 0; i < uuid_chars; ++i) {
    if (is_dash(i)) continue;
    char& byte = packed[nibbles / 2];
    byte = static_cast<char>(byte << 4 | hex_digit(text[i]));
    ++nibbles;
  }
  bytes({packed, sizeof packed});
}

std::string Decoder::word() {
  constexpr std::string_view digits = "0123456789abcdef";
  const std::uint64_t size = varint();
  if (size > rest().size() + 1) {
    reject();
    return {};
  }
  if (size > 0) return std::string(bytes(size - 1));
  const std::string_view packed = bytes(16);
  std::string out;
  out.reserve(uuid_chars);
  for (const char byte : packed) {
    if (is_dash(out.size())) out.push_back('-');
    out.push_back(digits[static_cast<unsigned char>(byte) >> 4]);
    out.push_back(digits[static_cast<unsigned char>(byte) & 15]);
  }
  return out;
}

void Encoder::ref(const model::ResourceRef& ref) {
  text(ref.cluster);
  text(ref.kind);
  text(ref.ns);
  text(ref.name);
  word(ref.uid);
}

model::ResourceRef Decoder::ref() {
  model::ResourceRef out;
  out.cluster = string();
  out.kind = string();
  out.ns = string();
  out.name = string();
  out.uid = word();
  return out;
}

void Encoder::pairs(const std::vector<std::pair<std::string, std::string>>& pairs) {
  varint(pairs.size());
  for (const auto& [key, value] : pairs) {
    text(key);
    text(value);
  }
}

std::vector<std::pair<std::string, std::string>> Decoder::pairs() {
  std::vector<std::pair<std::string, std::string>> out;
  const std::size_t size = count(2);
  out.reserve(size);
  for (std::size_t i = 0; i < size; ++i) {
    std::string key = string();
    std::string value = string();
    out.emplace_back(std::move(key), std::move(value));
  }
  return out;
}

void Encoder::event_key(core::EventKey key) {
  fixed64(key.time_us);
  fixed64(key.hash);
}

core::EventKey Decoder::event_key() {
  core::EventKey key;
  key.time_us = fixed64();
  key.hash = fixed64();
  return key;
}

void Encoder::ids(const std::vector<core::ResourceId>& ids) {
  varint(ids.size());
  for (const core::ResourceId id : ids) fixed64(id.value);
}

std::vector<core::ResourceId> Decoder::ids() {
  std::vector<core::ResourceId> out(count(8));
  for (core::ResourceId& id : out) id.value = fixed64();
  return out;
}

core::Status Decoder::finish(std::string_view what) const {
  if (version_ != record_format) {
    return core::data_loss(core::cat(what, " has format ", static_cast<int>(version_), ", this binary reads ",
                                     static_cast<int>(record_format)));
  }
  if (!good() || !at_end()) return core::data_loss(core::cat(what, " is damaged"));
  return core::ok_status();
}

}  // namespace kgrca::graph
