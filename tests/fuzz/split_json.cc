#include "kgrca/wire/json.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace kgrca;

void split(std::string_view body, bool open_arrays) {
  std::size_t pieces = 0;
  const auto inside = [&](std::string_view piece) {
    return piece.data() >= body.data() && piece.data() + piece.size() <= body.data() + body.size();
  };
  wire::split_json(
      body, open_arrays,
      [&](std::size_t index, std::string_view piece) {
        fuzz::require(index == pieces++, "pieces are counted from 0");
        fuzz::require(!piece.empty() && inside(piece), "a piece lies in the body");
      },
      [&](std::size_t index, std::size_t offset, std::string_view reason) {
        fuzz::require(index == pieces++, "bad pieces are counted too");
        fuzz::require(offset <= body.size() && !reason.empty(), "a complaint says where and why");
      });
  fuzz::require(pieces <= body.size() + 1, "no more pieces than bytes");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  split(fuzz::text_of(data, size), true);
  split(fuzz::text_of(data, size), false);
  return 0;
}
