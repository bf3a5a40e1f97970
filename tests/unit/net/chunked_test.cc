#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "net/chunked.h"

namespace kgrca::net {
namespace {

using State = ChunkDecoder::State;

struct Decoded {
  State state = State::more;
  std::string body;
  std::size_t consumed = 0;
};

Decoded decode(const std::string& input, std::size_t piece_bytes, std::size_t limit = 1000) {
  ChunkDecoder decoder(limit);
  Decoded result;
  while (result.state == State::more && result.consumed < input.size()) {
    std::size_t consumed = 0;
    result.state = decoder.feed(std::string_view(input).substr(result.consumed, piece_bytes), result.body, consumed);
    result.consumed += consumed;
  }
  return result;
}

}  // namespace

TEST_CASE("net: chunks, extensions and trailers decode in pieces of any size") {
  const std::string input = "5;name=\"va lue\"\r\nhello\r\n0A\r\n wide worl\r\n1 ;x\r\nd\r\n0\r\nExpires: never\r\nX:\r\n\r\n";
  const std::string good = "5;name=\"va lue\"\r\nhello\r\n0A\r\n wide worl\r\n1;x\r\nd\r\n0\r\nExpires: never\r\nX:\r\n\r\n";
  for (std::size_t piece = 1; piece <= good.size(); ++piece) {
    const Decoded result = decode(good + "GET", piece);
    CHECK(result.state == State::done);
    CHECK(result.body == "hello wide world");
    CHECK(result.consumed == good.size());
    CHECK(decode(input, piece).state == State::malformed);  // a blank after the size
  }
}

TEST_CASE("net: malformed chunks are refused") {
  const std::vector<std::string> bad = {
      "\r\n", "g\r\n", "-1\r\n", "+1\r\na\r\n", "0x1\r\na\r\n", " 1\r\na\r\n", "1\na\r\n0\r\n\r\n", "1\r\nab\r\n", "1\r\na\n0\r\n\r\n",
      "1\r\na\rx", "1;a\nb\r\n", "1;\x01\r\n", "1 \r\na\r\n", "1\t\r\n", "10000000000000000\r\n", "0\r\nno colon\r\n\r\n", "0\r\n folded: x\r\n\r\n",
      "0\r\nA : b\r\n\r\n", "0\r\nA: b\n\r\n", "0\n\n", "1\r\r\na\r\n", std::string(2000, '0'), "1;" + std::string(2000, 'x') + "\r\n",
      "0\r\nA: " + std::string(2000, 'x') + "\r\n\r\n"};
  for (const std::string& input : bad) {
    CAPTURE(input);
    CHECK(decode(input, input.size()).state == State::malformed);
    CHECK(decode(input, 1).state == State::malformed);
  }
}

TEST_CASE("net: a chunk past the limit is refused before its data") {
  CHECK(decode("5\r\nhello\r\n0\r\n\r\n", 100, 5).state == State::done);
  CHECK(decode("5\r\nhello\r\n1\r\n", 100, 5).state == State::too_large);
  CHECK(decode("6\r\n", 100, 5).state == State::too_large);
  CHECK(decode("fffffffffffffff\r\n", 100, 5).state == State::too_large);
}

TEST_CASE("net: endless extensions and trailers are refused") {
  std::string extensions;
  for (int i = 0; i < 20; ++i) extensions += "1;" + std::string(1000, 'x') + "\r\na\r\n";
  CHECK(decode(extensions, 100).state == State::malformed);
  std::string trailers = "0\r\n";
  for (int i = 0; i < 20; ++i) trailers += "A: " + std::string(1000, 'x') + "\r\n";
  CHECK(decode(trailers, 100).state == State::malformed);
}

}  // namespace kgrca::net
