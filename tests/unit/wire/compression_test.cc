#include "kgrca/wire/compression.h"

#include <catch2/catch.hpp>

#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

using namespace kgrca::wire;
using kgrca::core::StatusOr;

namespace {

constexpr std::size_t mib = 1 << 20;

std::string snappy_block(const std::string& text) {
  std::string out;
  snappy::Compress(text.data(), text.size(), &out);
  return out;
}

std::string zstd_frame(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

std::string zlib_stream(const std::string& text) {
  uLongf length = compressBound(text.size());
  std::string out(length, '\0');
  compress(reinterpret_cast<Bytef*>(out.data()), &length, reinterpret_cast<const Bytef*>(text.data()), text.size());
  out.resize(length);
  return out;
}

absl::StatusCode code(const StatusOr<std::string>& result) { return result.status().code(); }

// Text that compresses, but not past the ratio bound.
std::string sample(std::size_t bytes) {
  std::string out;
  for (std::size_t i = 0; out.size() < bytes; ++i) out += std::to_string(i * 2654435761U) + ",";
  out.resize(bytes);
  return out;
}

}  // namespace

TEST_CASE("compression: every encoding gives back what went in") {
  const std::string text = sample(300'000);
  CHECK(*decode_content("", text, mib) == text);
  CHECK(*decode_content("identity", text, mib) == text);
  CHECK(*decode_content("gzip", gzip(text), mib) == text);
  CHECK(*decode_content("X-GZIP", gzip(text), mib) == text);
  CHECK(*decode_content("deflate", zlib_stream(text), mib) == text);
  CHECK(*decode_content("zstd", zstd_frame(text), mib) == text);
  CHECK(*decode_content("snappy", snappy_block(text), mib) == text);
  CHECK(*decode_content("gzip", gzip(""), mib) == "");
  CHECK(*decode_content("zstd, gzip", gzip(zstd_frame(text)), mib) == text);
  CHECK(*decode_content("gzip", gzip("one") + gzip("two"), mib) == "onetwo");
  CHECK(*decode_content("zstd", zstd_frame("one") + zstd_frame("two"), mib) == "onetwo");
}

TEST_CASE("compression: bare deflate blocks are read as deflate") {
  const std::string wrapped = zlib_stream("hello hello hello");
  const std::string bare = wrapped.substr(2, wrapped.size() - 6);
  CHECK(*decode_content("deflate", bare, mib) == "hello hello hello");
}

TEST_CASE("compression: the bound is exact and holds for every encoding") {
  const std::string text = sample(10'000);
  for (const auto& [name, body] : {std::pair{"gzip", gzip(text)}, std::pair{"deflate", zlib_stream(text)},
                                   std::pair{"zstd", zstd_frame(text)}, std::pair{"snappy", snappy_block(text)},
                                   std::pair{"identity", text}}) {
    INFO(name);
    CHECK(decode_content(name, body, 10'000).ok());
    CHECK(code(decode_content(name, body, 9'999)) == absl::StatusCode::kOutOfRange);
  }
}

TEST_CASE("compression: bombs stop at the bound or the ratio") {
  const std::string zeros(64 * mib, '\0');
  CHECK(code(decode_content("gzip", gzip(zeros), 10 * mib)) == absl::StatusCode::kOutOfRange);
  CHECK(code(decode_content("gzip", gzip(zeros), 1024 * mib)) == absl::StatusCode::kOutOfRange);
  CHECK(code(decode_content("zstd", zstd_frame(zeros), 1024 * mib)) == absl::StatusCode::kOutOfRange);
  CHECK(code(decode_content("gzip, gzip", gzip(gzip(zeros)), 1024 * mib)) == absl::StatusCode::kOutOfRange);
  CHECK(decode_content("gzip", gzip(std::string(mib / 2, '\0')), mib).ok());
  const std::string claims_4_gib = "\xff\xff\xff\xff\x0f" "abc";
  CHECK(code(decode_content("snappy", claims_4_gib, 64 * mib)) == absl::StatusCode::kOutOfRange);
}

TEST_CASE("compression: a hostile zstd window is not allocated") {
  const std::string frame("\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00", 9);  // window of 2 GiB
  CHECK(code(decode_content("zstd", frame, mib)) == absl::StatusCode::kInvalidArgument);
}

TEST_CASE("compression: damaged and cut bodies are refused") {
  const std::string text = sample(5'000);
  for (const auto& [name, body] : {std::pair{"gzip", gzip(text)}, std::pair{"deflate", zlib_stream(text)},
                                   std::pair{"zstd", zstd_frame(text)}, std::pair{"snappy", snappy_block(text)}}) {
    INFO(name);
    CHECK(code(decode_content(name, "", mib)) == absl::StatusCode::kInvalidArgument);
    CHECK(code(decode_content(name, std::string_view(body).substr(0, body.size() / 2), mib)) ==
          absl::StatusCode::kInvalidArgument);
    CHECK(code(decode_content(name, body.substr(0, body.size() - 1), mib)) == absl::StatusCode::kInvalidArgument);
    CHECK_FALSE(decode_content(name, "plain text, not compressed", mib).ok());
  }
  CHECK(code(decode_content("gzip", gzip(text) + "junk", mib)) == absl::StatusCode::kInvalidArgument);
  std::string flipped = gzip(text);
  flipped[flipped.size() - 6] = static_cast<char>(~flipped[flipped.size() - 6]);
  CHECK(code(decode_content("gzip", flipped, mib)) == absl::StatusCode::kInvalidArgument);
}

TEST_CASE("compression: unknown and too many encodings are refused") {
  CHECK(code(decode_content("br", "x", mib)) == absl::StatusCode::kUnimplemented);
  CHECK(code(decode_content("gzip,gzip,gzip,gzip,gzip", "x", mib)) == absl::StatusCode::kInvalidArgument);
}
