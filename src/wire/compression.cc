#include "kgrca/wire/compression.h"

#include <array>
#include <limits>
#include <memory>
#include <new>
#include <vector>

#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include "kgrca/core/strings.h"

namespace kgrca::wire {

namespace {

constexpr std::size_t chunk_bytes = 64 << 10;
constexpr std::size_t ratio_max = 1000;
constexpr std::size_t ratio_free_bytes = 1 << 20;
constexpr std::size_t encodings_max = 4;
// RFC 9659: HTTP's zstd needs no window over 8 MiB; larger ones only make us allocate.
constexpr int zstd_window_log_max = 23;

core::Status damaged(std::string_view what) { return core::invalid_argument(what); }

core::Status too_large(std::string_view what) {
  return core::out_of_range(core::cat("decompressed body ", what, "; send smaller batches"));
}

// Collects output piece by piece and stops it at the bounds, so a bomb costs at most the bound and one chunk.
class Bounded {
 public:
  Bounded(std::size_t in_bytes, std::size_t out_bytes_max) : in_bytes_(in_bytes), out_bytes_max_(out_bytes_max) {}

  core::Status add(const char* data, std::size_t count) {
    if (count > out_bytes_max_ - out_.size()) return too_large(core::cat("is over ", out_bytes_max_, " bytes"));
    out_.append(data, count);
    return check_ratio(out_.size(), in_bytes_);
  }

  static core::Status check_ratio(std::size_t out_bytes, std::size_t in_bytes) {
    if (out_bytes <= ratio_free_bytes || out_bytes / ratio_max <= in_bytes) return core::ok_status();
    return too_large("is over 1,000 times its compressed size");
  }

  std::string take() { return std::move(out_); }

 private:
  std::string out_;
  std::size_t in_bytes_;
  std::size_t out_bytes_max_;
};

Bytef* zlib_bytes(const char* data) { return reinterpret_cast<Bytef*>(const_cast<char*>(data)); }

struct Inflate {
  explicit Inflate(int window_bits) : ready(inflateInit2(&stream, window_bits) == Z_OK) {}
  ~Inflate() { inflateEnd(&stream); }
  Inflate(const Inflate&) = delete;
  Inflate& operator=(const Inflate&) = delete;
  z_stream stream{};
  bool ready;
};

// Several gzip members may stand one after the other.
core::StatusOr<std::string> inflate_all(std::string_view body, int window_bits, std::size_t max_bytes) {
  if (body.size() > std::numeric_limits<uInt>::max()) return too_large("is over 4 GiB before it is opened");
  Inflate state(window_bits);
  if (!state.ready) return core::resource_exhausted("no memory to decompress");
  Bounded out(body.size(), max_bytes);
  std::vector<char> chunk(chunk_bytes);
  state.stream.next_in = zlib_bytes(body.data());
  state.stream.avail_in = static_cast<uInt>(body.size());
  while (true) {
    state.stream.next_out = zlib_bytes(chunk.data());
    state.stream.avail_out = static_cast<uInt>(chunk.size());
    const int result = inflate(&state.stream, Z_NO_FLUSH);
    KGRCA_RETURN_IF_ERROR(out.add(chunk.data(), chunk.size() - state.stream.avail_out));
    if (result == Z_STREAM_END) {
      if (state.stream.avail_in == 0) return out.take();
      inflateReset(&state.stream);
    } else if (result == Z_MEM_ERROR) {
      return core::resource_exhausted("no memory to decompress");
    } else if (result != Z_OK) {
      return damaged(result == Z_BUF_ERROR ? "compressed body is cut short" : "compressed body is damaged");
    }
  }
}

core::StatusOr<std::string> gunzip(std::string_view body, std::size_t max_bytes) {
  return inflate_all(body, MAX_WBITS + 16, max_bytes);
}

// HTTP's "deflate" is the zlib format, but some clients send bare deflate blocks.
core::StatusOr<std::string> undeflate(std::string_view body, std::size_t max_bytes) {
  const auto byte = [body](std::size_t at) { return at < body.size() ? static_cast<unsigned char>(body[at]) : 0U; };
  const bool zlib_header = (byte(0) & 0x0f) == Z_DEFLATED && (byte(0) * 256 + byte(1)) % 31 == 0;
  return inflate_all(body, zlib_header ? MAX_WBITS : -MAX_WBITS, max_bytes);
}

struct FreeZstd {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

core::StatusOr<std::string> unzstd(std::string_view body, std::size_t max_bytes) {
  const std::unique_ptr<ZSTD_DCtx, FreeZstd> context(ZSTD_createDCtx());
  if (!context) return core::resource_exhausted("no memory to decompress");
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, zstd_window_log_max);
  Bounded out(body.size(), max_bytes);
  std::vector<char> chunk(chunk_bytes);
  ZSTD_inBuffer in{body.data(), body.size(), 0};
  while (true) {
    ZSTD_outBuffer piece{chunk.data(), chunk.size(), 0};
    const std::size_t read_before = in.pos;
    const std::size_t left = ZSTD_decompressStream(context.get(), &piece, &in);
    if (ZSTD_isError(left)) return damaged(core::cat("compressed body is damaged: ", ZSTD_getErrorName(left)));
    KGRCA_RETURN_IF_ERROR(out.add(chunk.data(), piece.pos));
    if (left == 0 && in.pos == in.size) return out.take();
    if (piece.pos == 0 && in.pos == read_before) return damaged("compressed body is cut short");
  }
}

core::StatusOr<std::string> unsnappy(std::string_view body, std::size_t max_bytes) {
  std::size_t length = 0;
  if (!snappy::GetUncompressedLength(body.data(), body.size(), &length)) return damaged("snappy body is damaged");
  if (length > max_bytes) return too_large(core::cat("is over ", max_bytes, " bytes"));
  KGRCA_RETURN_IF_ERROR(Bounded::check_ratio(length, body.size()));
  std::string out(length, '\0');
  if (!snappy::RawUncompress(body.data(), body.size(), out.data())) return damaged("snappy body is damaged");
  return out;
}

struct Codec {
  std::string_view name;
  core::StatusOr<std::string> (*decode)(std::string_view, std::size_t);
};
constexpr std::array<Codec, 5> codecs{
    {{"gzip", gunzip}, {"x-gzip", gunzip}, {"deflate", undeflate}, {"zstd", unzstd}, {"snappy", unsnappy}}};

core::StatusOr<std::string> decode_one(std::string_view encoding, std::string_view body, std::size_t max_bytes) {
  for (const Codec& codec : codecs) {
    if (core::equals_ignore_case(encoding, codec.name)) return codec.decode(body, max_bytes);
  }
  return core::unimplemented(core::cat("Content-Encoding '", core::clip_utf8(encoding, 40),
                                       "' is not known; use identity, gzip, deflate, zstd or snappy"));
}

}  // namespace

core::StatusOr<std::string> decode_content(std::string_view encoding, std::string_view body, std::size_t max_bytes) {
  std::vector<std::string_view> encodings;
  for (std::string_view name : core::split(encoding, ',')) {
    const std::string_view trimmed = core::trim(name);
    if (trimmed.empty() || core::equals_ignore_case(trimmed, "identity")) continue;
    if (encodings.size() == encodings_max) return core::invalid_argument("more than 4 Content-Encodings");
    encodings.push_back(trimmed);
  }
  if (body.size() > max_bytes) return core::out_of_range(core::cat("body is over ", max_bytes, " bytes"));
  std::string text(encodings.empty() ? body : std::string_view{});
  std::string_view current = body;
  while (!encodings.empty()) {
    KGRCA_ASSIGN_OR_RETURN(std::string decoded, decode_one(encodings.back(), current, max_bytes));
    text = std::move(decoded);
    current = text;
    encodings.pop_back();
  }
  return text;
}

std::string gzip(std::string_view body) {
  z_stream stream{};
  constexpr int memory_level = 8;  // zlib's own default
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, memory_level, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  std::string out(deflateBound(&stream, body.size()), '\0');
  stream.next_out = zlib_bytes(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  stream.next_in = zlib_bytes(body.data());
  stream.avail_in = static_cast<uInt>(body.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace kgrca::wire
