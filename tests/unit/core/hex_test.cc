#include "kgrca/core/hex.h"

#include <catch2/catch.hpp>

using namespace kgrca::core;

TEST_CASE("hex: every byte is two digits in lower case, and comes back") {
  CHECK(hex("").empty());
  CHECK(hex("kg\x0f") == "6b670f");
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  CHECK(hex(bytes).substr(0, 8) == "00010203");
  CHECK(hex(bytes).substr(504) == "fcfdfeff");
  CHECK(from_hex(hex(bytes)) == bytes);
  CHECK(from_hex("") == "");
}

TEST_CASE("hex: what hex does not write is no text of bytes") {
  for (const std::string_view text : {"0", "abc", "0g", "g0", "AB", "0x", " 1", "+1", "-1", "1 "}) {
    INFO(text);
    CHECK_FALSE(from_hex(text).has_value());
  }
  CHECK_FALSE(from_hex(std::string_view("0\0", 2)).has_value());
}
