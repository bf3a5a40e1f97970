#include "net/chunked.h"

#include <algorithm>
#include <charconv>

#include "net/framing.h"

namespace kgrca::net {
namespace {
constexpr std::size_t line_limit_bytes = 1024;
constexpr std::size_t overhead_limit_bytes = 16 << 10;
constexpr std::size_t trailer_limit_bytes = 8 << 10;
constexpr std::size_t size_digits_limit = 15;

bool is_extension_text(std::string_view s) {
  return std::all_of(s.begin(), s.end(), [](char c) { return c == '\t' || (c >= ' ' && c < 0x7f); });
}
}  // namespace

ChunkDecoder::State ChunkDecoder::malformed(const char* complaint) {
  complaint_ = complaint;
  return State::malformed;
}

ChunkDecoder::State ChunkDecoder::feed(std::string_view input, std::string& body, std::size_t& consumed) {
  const std::size_t size = input.size();
  State state = State::more;
  while (state == State::more && !input.empty()) state = step(input, body);
  consumed = size - input.size();
  return state;
}

ChunkDecoder::State ChunkDecoder::step(std::string_view& input, std::string& body) {
  if (part_ == Part::data) {
    const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
    body.append(input.substr(0, count));
    input.remove_prefix(count);
    left_ -= count;
    if (left_ == 0) part_ = Part::data_end;
    return State::more;
  }
  if (part_ == Part::data_end) return data_end(input);
  bool complete = false;
  const State state = take_line(input, complete);
  if (state != State::more || !complete) return state;
  const State result = part_ == Part::size_line ? size_line(body) : trailer_line();
  line_.clear();
  return result;
}

ChunkDecoder::State ChunkDecoder::take_line(std::string_view& input, bool& complete) {
  const std::size_t feed = input.find('\n');
  const std::string_view piece = input.substr(0, feed == std::string_view::npos ? input.size() : feed + 1);
  if (line_.size() + piece.size() > line_limit_bytes) return malformed("a chunk or trailer line is longer than 1 KiB");
  line_.append(piece);
  input.remove_prefix(piece.size());
  if (feed == std::string_view::npos) return State::more;
  if (!line_.ends_with("\r\n")) return malformed("a chunk or trailer line does not end with CR LF");
  line_.resize(line_.size() - 2);
  complete = true;
  return State::more;
}

ChunkDecoder::State ChunkDecoder::size_line(const std::string& body) {
  const std::size_t digits = std::min(line_.find(';'), line_.size());
  if (digits == 0 || digits > size_digits_limit) return malformed("a chunk size is missing or too long");
  const char* first = line_.data();
  const auto [end, error] = std::from_chars(first, first + digits, left_, 16);
  if (error != std::errc() || end != first + digits) return malformed("a chunk size is not a plain hexadecimal number");
  const std::string_view extension = std::string_view(line_).substr(digits);
  overhead_bytes_ += extension.size();
  if (!is_extension_text(extension)) return malformed("a chunk extension holds control bytes");
  if (overhead_bytes_ > overhead_limit_bytes) return malformed("chunk extensions take more than 16 KiB");
  if (left_ > body_limit_ - body.size()) return State::too_large;
  part_ = left_ == 0 ? Part::trailer : Part::data;
  return State::more;
}

ChunkDecoder::State ChunkDecoder::trailer_line() {
  if (line_.empty()) {
    part_ = Part::done;
    return State::done;
  }
  trailer_bytes_ += line_.size();
  if (trailer_bytes_ > trailer_limit_bytes) return malformed("the trailer is longer than 8 KiB");
  std::string_view name;
  std::string_view value;
  if (!split_field(line_, name, value)) return malformed("a trailer line is not \"Name: value\"");
  return State::more;
}

ChunkDecoder::State ChunkDecoder::data_end(std::string_view& input) {
  const char expected = carriage_return_ ? '\n' : '\r';
  if (input.front() != expected) return malformed("a chunk's data is not followed by CR LF");
  input.remove_prefix(1);
  if (carriage_return_) part_ = Part::size_line;
  carriage_return_ = !carriage_return_;
  return State::more;
}

}  // namespace kgrca::net
