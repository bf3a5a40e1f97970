#include "store/log_check.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "kgrca/core/strings.h"
#include "store/crc32c.h"

namespace kgrca::store {
namespace {

constexpr std::size_t block_bytes = 32 * 1024;
constexpr std::size_t chunk_bytes = 32 * block_bytes;
constexpr std::size_t fragment_head = 7;   // checksum 4, length 2, type 1
constexpr std::size_t batch_head = 12;     // sequence number 8, count 4
enum FragmentType : unsigned char { whole = 1, begin = 2, middle = 3, end = 4 };

std::uint64_t little_endian(const char* bytes, int count) {
  std::uint64_t value = 0;
  for (int i = count; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::uint32_t unmasked(std::uint32_t stored) {
  const std::uint32_t rotated = stored - 0xa282ead8u;
  return rotated >> 17 | rotated << 15;
}

// Follows the records of one file, block by block.
class LogReader {
 public:
  explicit LogReader(LogSpan& span) : span_(span) {}

  // Whether the rest is wanted: after damage only until a whole record shows.
  bool take_block(std::string_view block, std::uint64_t offset) {
    std::size_t at = 0;
    while (block.size() - at >= fragment_head) {
      const std::size_t taken = take_fragment(block.substr(at), offset + at);
      if (taken == 0) {
        damage();
        break;  // the next block begins with a fragment
      }
      at += taken;
      if (span_.whole_after) return false;
    }
    const std::string_view rest = at < block.size() ? block.substr(at) : std::string_view();
    if (block.size() == block_bytes && rest.size() < fragment_head && rest.find_first_not_of('\0') != rest.npos) damage();
    if (!damaged_ && !open_ && block.size() == block_bytes) span_.good_bytes = offset + block_bytes;
    return true;
  }

 private:
  // Bytes of the fragment at the front; 0 when there is none that is whole.
  std::size_t take_fragment(std::string_view bytes, std::uint64_t offset) {
    const std::size_t length = little_endian(bytes.data() + 4, 2);
    const auto type = static_cast<unsigned char>(bytes[6]);
    if (type < whole || type > end || fragment_head + length > bytes.size()) return 0;
    const auto stored = static_cast<std::uint32_t>(little_endian(bytes.data(), 4));
    if (crc32c(bytes.substr(6, 1 + length)) != unmasked(stored)) return 0;
    take_payload(type, bytes.substr(fragment_head, length), offset + fragment_head + length);
    return fragment_head + length;
  }

  void take_payload(unsigned char type, std::string_view payload, std::uint64_t end_offset) {
    const bool starts = type == whole || type == begin;
    if (starts == open_) return resync(starts, type, payload);
    if (starts) head_.clear();
    head_.append(payload.substr(0, batch_head - std::min(batch_head, head_.size())));
    open_ = type == begin || type == middle;
    if (!open_) take_record(end_offset);
  }

  // A fragment that does not fit to what came before.
  void resync(bool starts, unsigned char type, std::string_view payload) {
    damage();
    if (!starts) return;
    open_ = false;
    take_payload(type, payload, 0);
  }

  void take_record(std::uint64_t end_offset) {
    if (head_.size() < batch_head) return damage();
    const std::uint64_t sequence = little_endian(head_.data(), 8);
    const std::uint64_t count = little_endian(head_.data() + 8, 4);
    if (!damaged_ && span_.last != 0 && sequence != span_.last + 1) damage();  // RocksDB skips a zeroed stretch
    if (damaged_) {
      span_.whole_after = true;
      return;
    }
    if (span_.first == 0) span_.first = sequence;
    span_.last = sequence + count - 1;
    span_.good_bytes = end_offset;
  }

  void damage() {
    damaged_ = true;
    open_ = false;
  }

  LogSpan& span_;
  std::string head_;
  bool open_ = false;     // between the first and the last fragment of a record
  bool damaged_ = false;
};

core::Status read_log(LogSpan& span) {
  const int fd = ::open(span.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return core::unavailable(core::cat("cannot read ", span.path, ": ", std::strerror(errno)));
  LogReader reader(span);
  std::string chunk(chunk_bytes, '\0');
  core::Status status;
  for (bool wanted = true; wanted;) {
    std::size_t filled = 0;
    ssize_t got = 0;
    while (filled < chunk.size() && (got = ::pread(fd, chunk.data() + filled, chunk.size() - filled,
                                                   static_cast<off_t>(span.bytes + filled))) > 0)
      filled += static_cast<std::size_t>(got);
    if (got < 0) {
      status = core::unavailable(core::cat("cannot read ", span.path, ": ", std::strerror(errno)));
      break;
    }
    for (std::size_t at = 0; at < filled && wanted; at += block_bytes)
      wanted = reader.take_block(std::string_view(chunk).substr(at, std::min(block_bytes, filled - at)), span.bytes + at);
    span.bytes += filled;
    if (filled < chunk.size()) break;
  }
  ::close(fd);
  std::error_code unknown;
  if (const auto size = std::filesystem::file_size(span.path, unknown); !unknown) span.bytes = size;
  return status;
}

core::Status cut_file(const std::string& path, std::uint64_t bytes) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  const bool done = fd >= 0 && ::ftruncate(fd, static_cast<off_t>(bytes)) == 0 && ::fsync(fd) == 0;
  const std::string reason = std::strerror(errno);
  if (fd >= 0) ::close(fd);
  if (!done) return core::unavailable(core::cat("cannot cut ", path, ": ", reason));
  return core::ok_status();
}

}  // namespace

core::StatusOr<std::vector<LogSpan>> read_logs(const std::string& directory) {
  std::vector<LogSpan> logs;
  std::error_code error;
  for (auto it = std::filesystem::directory_iterator(directory, error); !error && it != std::filesystem::directory_iterator();
       it.increment(error)) {
    const auto number = core::parse_int(it->path().stem().string());
    if (it->path().extension() != ".log" || !number || *number < 0) continue;
    LogSpan& span = logs.emplace_back();
    span.number = static_cast<std::uint64_t>(*number);
    span.path = it->path().string();
  }
  if (error && error != std::errc::no_such_file_or_directory)
    return core::unavailable(core::cat("cannot list ", directory, ": ", error.message()));
  std::sort(logs.begin(), logs.end(), [](const LogSpan& a, const LogSpan& b) { return a.number < b.number; });
  for (LogSpan& span : logs) KGRCA_RETURN_IF_ERROR(read_log(span));
  return logs;
}

LogEnd follow_logs(const std::vector<LogSpan>& logs, std::uint64_t oldest) {
  LogEnd end;
  bool broken = false;  // what comes must connect with the sequence number
  for (std::size_t i = 0; i < logs.size(); ++i) {
    const LogSpan& log = logs[i];
    if (log.number < oldest) continue;
    const bool connects = end.last == 0 ? !broken : log.first == end.last + 1;
    if (log.first != 0 && !connects) {
      end.whole_after = true;
      return end;
    }
    if (log.first != 0 || !broken) {
      end.file = i;
      if (log.first != 0) end.last = log.last;
      end.whole_after = log.whole_after;
      end.torn = log.good_bytes < log.bytes;
      broken = end.torn;
    }
  }
  return end;
}

core::Status cut_logs(const std::vector<LogSpan>& logs, const LogEnd& end) {
  for (std::size_t i = logs.size(); i-- > end.file;)
    KGRCA_RETURN_IF_ERROR(cut_file(logs[i].path, i == end.file ? logs[i].good_bytes : 0));
  return core::ok_status();
}

}  // namespace kgrca::store
