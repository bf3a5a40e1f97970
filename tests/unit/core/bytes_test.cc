#include "kgrca/core/bytes.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <string>

using namespace kgrca::core;

TEST_CASE("bytes: everything written is read back") {
  std::string out;
  BytesWriter w(out);
  w.u8(200);
  w.varint(0);
  w.varint(127);
  w.varint(128);
  w.varint(std::numeric_limits<std::uint64_t>::max());
  w.zigzag(-1);
  w.zigzag(std::numeric_limits<std::int64_t>::min());
  w.zigzag(std::numeric_limits<std::int64_t>::max());
  w.fixed32(0x01020304);
  w.fixed64(0x0102030405060708);
  w.f32(1.5F);
  w.f64(-0.1);
  w.text("");
  w.text("käse");

  BytesReader r(out);
  CHECK(r.u8() == 200);
  CHECK(r.varint() == 0);
  CHECK(r.varint() == 127);
  CHECK(r.varint() == 128);
  CHECK(r.varint() == std::numeric_limits<std::uint64_t>::max());
  CHECK(r.zigzag() == -1);
  CHECK(r.zigzag() == std::numeric_limits<std::int64_t>::min());
  CHECK(r.zigzag() == std::numeric_limits<std::int64_t>::max());
  CHECK(r.fixed32() == 0x01020304);
  CHECK(r.fixed64() == 0x0102030405060708);
  CHECK(r.f32() == 1.5F);
  CHECK(r.f64() == -0.1);
  CHECK(r.text().empty());
  CHECK(r.text() == "käse");
  CHECK(r.ok());
  CHECK(r.at_end());
}

TEST_CASE("bytes: the stored form is fixed") {
  std::string out;
  BytesWriter w(out);
  w.varint(300);
  w.zigzag(-2);
  w.fixed32(1);
  w.text("a");
  CHECK(out == std::string("\xAC\x02\x03\x01\x00\x00\x00\x01" "a", 9));
}

TEST_CASE("bytes: no prefix of a value reads as whole") {
  std::string out;
  BytesWriter w(out);
  w.varint(1'000'000);
  w.f64(2.5);
  w.text("hello");
  for (std::size_t length = 0; length < out.size(); ++length) {
    BytesReader r(std::string_view(out).substr(0, length));
    r.varint();
    r.f64();
    r.text();
    CHECK_FALSE(r.ok());
  }
}

TEST_CASE("bytes: after a failure every read gives nothing") {
  BytesReader r(std::string_view("\x05" "ab", 3));
  CHECK(r.text().empty());
  CHECK_FALSE(r.ok());
  CHECK(r.u8() == 0);
  CHECK(r.fixed64() == 0);
  CHECK(r.count() == 0);
  CHECK(r.rest().empty());
}

TEST_CASE("bytes: an overlong varint fails") {
  BytesReader endless(std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11));
  CHECK(endless.varint() == 0);
  CHECK_FALSE(endless.ok());
  BytesReader past_64_bits(std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10));
  CHECK(past_64_bits.varint() == 0);
  CHECK_FALSE(past_64_bits.ok());
}

TEST_CASE("bytes: a hostile length cannot be larger than what is left") {
  std::string out;
  BytesWriter(out).varint(std::numeric_limits<std::uint64_t>::max());
  out.append("1234567890");
  BytesReader text(out);
  CHECK(text.text().empty());
  CHECK_FALSE(text.ok());
  BytesReader count(out);
  CHECK(count.count(8) == 0);
  CHECK_FALSE(count.ok());

  std::string fitting;
  BytesWriter(fitting).varint(2);
  fitting.append("12345678");
  BytesReader two(fitting);
  CHECK(two.count(4) == 2);
  BytesReader too_many(fitting);
  CHECK(too_many.count(5) == 0);
  CHECK_FALSE(too_many.ok());
}

TEST_CASE("bytes: big-endian numbers come back from any place, and their bytes sort as they do") {
  const std::uint64_t numbers[] = {0, 1, 0xff, 0x100, 0xffff, 0x12345678, 0x100000000, 0x0123456789abcdef, ~0ull};
  std::string before;
  for (const std::uint64_t number : numbers) {
    std::string bytes;
    append_big_endian(bytes, number);
    CHECK((before.empty() || before < bytes));
    CHECK(big_endian<std::uint64_t>(bytes) == number);
    CHECK(big_endian<std::uint32_t>("abc" + bytes, 7) == static_cast<std::uint32_t>(number));
    before = bytes;
  }
  std::string two;
  append_big_endian(two, std::uint16_t{0x0102});
  append_big_endian(two, std::uint8_t{3});
  CHECK(two == std::string("\1\2\3"));
}
