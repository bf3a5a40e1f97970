#include "store/recovery.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "kgrca/core/bytes.h"
#include "kgrca/core/hash.h"
#include "kgrca/core/log.h"
#include "kgrca/core/strings.h"
#include "store/log_check.h"

namespace kgrca::store {
namespace {

constexpr std::uint8_t mark_format = 1;
constexpr std::size_t mark_bytes = 1 + 5 * 8 + 8;  // format, fields, checksum

std::string encode(const HighMark& mark) {
  std::string out;
  core::BytesWriter writer(out);
  writer.u8(mark_format);
  for (const std::uint64_t field : {mark.sequence, mark.manifest, mark.manifest_bytes, mark.log, mark.log_first}) writer.fixed64(field);
  writer.fixed64(core::stable_hash64(out));
  return out;
}

std::optional<HighMark> decode(std::string_view bytes) {
  if (bytes.size() != mark_bytes) return std::nullopt;
  core::BytesReader reader(bytes);
  const bool known = reader.u8() == mark_format;
  HighMark mark;
  for (std::uint64_t* field : {&mark.sequence, &mark.manifest, &mark.manifest_bytes, &mark.log, &mark.log_first}) *field = reader.fixed64();
  if (!known || reader.fixed64() != core::stable_hash64(bytes.substr(0, mark_bytes - 8))) return std::nullopt;
  return mark;
}

// The number of the MANIFEST that CURRENT names; nothing when that cannot be read: RocksDB then says why.
std::optional<std::uint64_t> current_manifest(const std::string& directory) {
  std::ifstream in(directory + "/CURRENT", std::ios::binary);
  std::string line;
  constexpr std::string_view prefix = "MANIFEST-";
  if (!std::getline(in, line) || !line.starts_with(prefix)) return std::nullopt;
  const auto number = core::parse_int(line.substr(prefix.size()));
  if (!number || *number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

// Empty, or what is wrong with the list of tables. A cut list would silently bring back an older database.
std::string manifest_loss(const std::string& directory, const HighMark& mark) {
  const auto number = current_manifest(directory);
  if (!number || mark.manifest == 0 || *number > mark.manifest) return "";
  if (*number < mark.manifest)
    return core::cat("CURRENT names MANIFEST ", *number, " although ", mark.manifest, " was in use");
  std::error_code error;
  std::filesystem::directory_iterator entry(directory, error);
  for (; !error && entry != std::filesystem::directory_iterator{}; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with("MANIFEST-") || core::parse_int(name.substr(9)) != static_cast<std::int64_t>(*number)) continue;
    const auto bytes = entry->file_size(error);
    if (!error && bytes < mark.manifest_bytes)
      return core::cat("the list of tables, ", name, ", is cut to ", bytes, " bytes of at least ", mark.manifest_bytes);
  }
  return "";
}

// The oldest log in use lost its beginning, or the whole log is gone. RocksDB removes a log once all of it lies in tables, which
// reach at least as far as anything that was acknowledged then, and may do so after the mark was written.
bool misses_beginning(const std::vector<LogSpan>& logs, const HighMark& mark, const RocksView& rocks) {
  if (mark.log_first == 0 || mark.log < rocks.oldest_log) return false;
  for (const LogSpan& log : logs)
    if (log.number == mark.log) return log.first != mark.log_first;
  return rocks.last_sequence < mark.sequence;
}

std::string where(const std::vector<LogSpan>& logs, const LogEnd& end) {
  if (end.file >= logs.size()) return "no log is left";
  const LogSpan& log = logs[end.file];
  return core::cat("the log ", log.path, " is whole up to byte ", log.good_bytes, " of ", log.bytes);
}

// Empty, or what acknowledged writes the logs have lost.
std::string log_loss(const std::vector<LogSpan>& logs, const LogEnd& end, const RocksView& rocks,
                     const std::optional<HighMark>& mark) {
  if (!mark) {
    if (!end.whole_after) return "";
    return core::cat(where(logs, end), ", with whole records behind it, and SYNCED does not say which writes were acknowledged");
  }
  if (misses_beginning(logs, *mark, rocks))
    return core::cat("log ", mark->log, " lost its beginning, which was write ", mark->log_first);
  const std::uint64_t reached = end.last == 0 ? rocks.last_sequence : end.last;
  if (reached >= mark->sequence) return "";
  return core::cat(where(logs, end), ": writes ", reached + 1, " to ", mark->sequence, " were acknowledged and are gone");
}

core::Status refuse(const RecoveryCheck& check, const std::string& loss) {
  return core::data_loss(core::cat("the database ", check.directory, " has lost acknowledged writes: ", loss,
                                   ". Restore a backup, or set storage.accept_loss to go on without them"));
}

std::optional<HighMark> read_mark(const std::string& directory) {
  auto mark = SyncedFile(directory).read();
  if (mark.ok()) return *mark;
  core::log(core::LogLevel::warning, "store_mark_damaged", {{"why", core::message_of(mark.status())}});
  return std::nullopt;
}

}  // namespace

SyncedFile::~SyncedFile() {
  if (fd_ >= 0) ::close(fd_);
}

std::string SyncedFile::path() const { return directory_ + "/SYNCED"; }

core::StatusOr<std::optional<HighMark>> SyncedFile::read() const {
  std::ifstream in(path(), std::ios::binary);
  if (!in) return std::optional<HighMark>{};
  std::string bytes(mark_bytes + 1, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  auto mark = decode(bytes);
  if (!mark) return core::data_loss(core::cat(path(), " is damaged: this start cannot tell whether acknowledged writes are missing"));
  return mark;
}

void SyncedFile::write(const HighMark& mark) {
  if (fd_ < 0 && !failed_) fd_ = ::open(path().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  const std::string bytes = encode(mark);
  if (fd_ >= 0 && ::pwrite(fd_, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size())) return;
  if (!failed_) core::log(core::LogLevel::warning, "store_mark_not_written", {{"file", path()}, {"why", std::strerror(errno)}});
  failed_ = true;
}

void SyncedFile::sync() {
  if (fd_ >= 0) ::fdatasync(fd_);
}

core::Status check_recovery(const RecoveryCheck& check, std::string& lost) {
  const std::optional<HighMark> mark = read_mark(check.directory);
  KGRCA_ASSIGN_OR_RETURN(const std::vector<LogSpan> logs, read_logs(check.directory));
  if (mark) lost = manifest_loss(check.directory, *mark);
  if (!lost.empty() && !check.accept_loss) return refuse(check, lost);
  LogEnd end = follow_logs(logs, 0);
  const bool odd = end.whole_after || end.torn || (mark && (end.last < mark->sequence || misses_beginning(logs, *mark, {})));
  if (!odd) return core::ok_status();
  const std::optional<RocksView> rocks = check.ask_rocks();
  if (!rocks) return core::ok_status();
  end = follow_logs(logs, rocks->oldest_log);
  if (lost.empty()) lost = log_loss(logs, end, *rocks, mark);
  if (!lost.empty() && !check.accept_loss) return refuse(check, lost);
  if (!end.whole_after) return core::ok_status();
  if (check.read_only)
    return core::failed_precondition(core::cat(where(logs, end), "; a start of the server cuts off what follows: start it once"));
  core::log(core::LogLevel::warning, "store_log_cut",
            {{"database", check.directory}, {"where", where(logs, end)}, {"acknowledged_lost", !lost.empty()}});
  return cut_logs(logs, end);
}

}  // namespace kgrca::store
