#include "kgrca/core/strings.h"
#include "kgrca/wire/json.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace kgrca;

// Gives the pieces one after the other: whether lines are taken whole must not show.
std::string split(std::string_view body, bool open_arrays, bool take_lines) {
  std::size_t pieces = 0;
  std::string out;
  wire::JsonDocument document;
  const auto inside = [&](std::string_view piece) {
    return piece.data() >= body.data() && piece.data() + piece.size() <= body.data() + body.size();
  };
  const auto add = [&](std::size_t index, std::string_view piece) {
    fuzz::require(index == pieces++, "pieces are counted from 0");
    fuzz::require(!piece.empty() && inside(piece), "a piece lies in the body");
    core::append(out, piece, '\n');
  };
  wire::split_json(
      body, open_arrays,
      [&](std::size_t index, std::string_view line) {
        if (!take_lines || !document.try_parse(line)) return false;
        add(index, line);
        return true;
      },
      add,
      [&](std::size_t index, std::size_t offset, std::string_view reason) {
        fuzz::require(index == pieces++, "bad pieces are counted too");
        fuzz::require(offset <= body.size() && !reason.empty(), "a complaint says where and why");
        core::append(out, offset, '!', reason, '\n');
      });
  fuzz::require(pieces <= body.size() + 1, "no more pieces than bytes");
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body = fuzz::text_of(data, size);
  for (const bool open_arrays : {true, false})
    fuzz::require(split(body, open_arrays, true) == split(body, open_arrays, false), "lines taken whole make no difference");
  return 0;
}
