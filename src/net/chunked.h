// Chunked transfer coding, read strictly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kgrca::net {

// Feeds on any split of the input. Sizes are hexadecimal digits only, lines end with CRLF only; extensions (1 KiB per
// chunk, 16 KiB in all) and trailers (8 KiB) are checked and dropped.
class ChunkDecoder {
 public:
  enum class State : std::uint8_t { more, done, malformed, too_large };

  explicit ChunkDecoder(std::size_t body_limit) : body_limit_(body_limit) {}

  // Appends decoded bytes to `body` and sets `consumed` to the bytes of `input` used; after done the rest belongs to the
  // next request.
  State feed(std::string_view input, std::string& body, std::size_t& consumed);
  const char* complaint() const { return complaint_; }  // what was malformed

 private:
  enum class Part : std::uint8_t { size_line, data, data_end, trailer, done };

  State step(std::string_view& input, std::string& body);
  State take_line(std::string_view& input, bool& complete);
  State size_line(const std::string& body);
  State trailer_line();
  State data_end(std::string_view& input);
  State malformed(const char* complaint);

  std::size_t body_limit_;
  Part part_ = Part::size_line;
  std::uint64_t left_ = 0;         // of the present chunk
  std::string line_;               // part of a line seen so far
  std::size_t overhead_bytes_ = 0; // extensions so far
  std::size_t trailer_bytes_ = 0;
  bool carriage_return_ = false;   // seen the CR after a chunk's data
  const char* complaint_ = "";
};

}  // namespace kgrca::net
