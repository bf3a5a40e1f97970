#include <algorithm>
#include <string>

#include "net/chunked.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace kgrca;
using State = net::ChunkDecoder::State;
constexpr std::size_t body_limit = 4096;

struct Result {
  State state = State::more;
  std::string body;
  std::size_t consumed = 0;
};

Result decode(std::string_view text, std::size_t step) {
  net::ChunkDecoder decoder(body_limit);
  Result result;
  while (result.state == State::more && result.consumed < text.size()) {
    std::size_t used = 0;
    const std::string_view piece = text.substr(result.consumed, step);
    result.state = decoder.feed(piece, result.body, used);
    fuzz::require(used <= piece.size(), "no more is consumed than was fed");
    fuzz::require(result.state != State::more || used == piece.size(), "an unfinished body consumes what it is fed");
    result.consumed += used;
  }
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const Result whole = decode(text, std::max<std::size_t>(1, text.size()));
  const Result bytewise = decode(text, 1);
  fuzz::require(whole.body.size() <= body_limit, "a body stays under its limit");
  fuzz::require((whole.state == State::done) == (bytewise.state == State::done), "being done does not depend on the split");
  if (whole.state != State::done) return 0;
  fuzz::require(whole.body == bytewise.body && whole.consumed == bytewise.consumed, "a body does not depend on the split");
  return 0;
}
