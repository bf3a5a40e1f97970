#include "store/backup_sets.h"

#include <algorithm>
#include <filesystem>

#include "kgrca/core/hash.h"
#include "kgrca/core/strings.h"
#include "store/files.h"
#include "store/impl.h"

namespace kgrca::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view head = "kgrca backup set 1";
constexpr std::string_view any_head = "kgrca backup set ";
constexpr std::size_t set_bytes_max = 64 << 10;
constexpr std::string_view record_name = "set";

std::string digest_of(std::string_view text) { return core::cat(core::stable_hash64(text)); }

// The lines between head and digest, as names and values.
void take_line(std::string_view line, BackupSet& set, bool& good) {
  const std::size_t at = line.find(' ');
  const std::string_view name = line.substr(0, at);
  const std::string_view value = at == std::string_view::npos ? std::string_view() : line.substr(at + 1);
  const auto number = core::parse_int(value).value_or(-1);
  if (name == "store") set.store = value;
  else if (name == "file") set.files.emplace_back(value);
  else if (number < 0) good = false;
  else if (name == "id") set.id = static_cast<std::uint32_t>(number);
  else if (name == "at") set.at = core::from_micros(number);
  else if (name == "format") set.format = static_cast<int>(number);
  else if (name == "bytes") set.bytes = static_cast<std::uint64_t>(number);
  else if (name == "database") set.databases.push_back(static_cast<std::uint32_t>(number));
  else good = false;
}

std::optional<std::uint32_t> id_of(const fs::path& path) {
  const auto number = core::parse_int(path.filename().string());
  if (!number || *number < 1 || *number > 0xffffffffLL) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

}  // namespace

std::string encode_set(const BackupSet& set) {
  std::string text = core::cat(head, "\nid ", set.id, "\nat ", core::to_micros(set.at), "\nstore ", set.store, "\nformat ", set.format,
                               "\nbytes ", set.bytes, "\n");
  for (const std::uint32_t database : set.databases) core::append(text, "database ", database, "\n");
  for (const std::string& file : set.files) core::append(text, "file ", file, "\n");
  core::append(text, "digest ", digest_of(text), "\n");
  return text;
}

core::StatusOr<BackupSet> decode_set(std::string_view text) {
  if (text.starts_with(any_head) && !text.starts_with(core::cat(head, "\n")))
    return core::failed_precondition("a newer kgrca wrote this backup: restore it with that one");
  const std::size_t digest = text.rfind("digest ");
  const bool whole = text.starts_with(head) && digest != std::string_view::npos && digest > 0 &&
                     text.substr(digest) == core::cat("digest ", digest_of(text.substr(0, digest)), "\n");
  if (!whole) return core::data_loss("the record of the backup is damaged");
  BackupSet set;
  bool good = true;
  const std::vector<std::string_view> lines = core::split(text.substr(0, digest - 1), '\n');
  for (std::size_t i = 1; i < lines.size(); ++i) take_line(lines[i], set, good);
  if (!good || set.id == 0 || set.databases.empty() || set.databases.size() > static_cast<std::size_t>(databases_max))
    return core::data_loss("the record of the backup is damaged");
  return set;
}

std::string sets_directory(const std::string& directory) { return core::cat(directory, "/sets"); }
std::string set_directory(const std::string& directory, std::uint32_t id) { return core::cat(sets_directory(directory), '/', id); }

core::StatusOr<FoundSets> find_sets(const std::string& directory) {
  FoundSets found;
  std::error_code error;
  if (!fs::exists(sets_directory(directory), error)) return found;
  fs::directory_iterator entry(sets_directory(directory), error);
  for (; !error && entry != fs::directory_iterator{}; entry.increment(error)) {
    const std::optional<std::uint32_t> id = id_of(entry->path());
    if (!id) continue;
    found.last_id = std::max(found.last_id, *id);
    const std::string path = core::cat(entry->path().string(), '/', record_name);
    const core::StatusOr<std::string> text = read_file(path, set_bytes_max);
    core::StatusOr<BackupSet> set = text.ok() ? decode_set(*text) : core::StatusOr<BackupSet>(text.status());
    if (set.ok() && set->id != *id) set = core::data_loss(core::cat("the record says that it is set ", set->id));
    if (set.ok()) found.whole.push_back(*std::move(set));
    else found.unreadable.push_back(core::cat(path, ": ", core::message_of(set.status())));
  }
  if (error) return core::failed_precondition(core::cat("cannot list ", sets_directory(directory), ": ", error.message()));
  std::sort(found.whole.begin(), found.whole.end(), [](const BackupSet& a, const BackupSet& b) { return a.id < b.id; });
  return found;
}

core::Status write_set(const std::string& directory, const BackupSet& set,
                       const std::vector<std::pair<std::string, std::string>>& contents) {
  const std::string place = set_directory(directory, set.id);
  const std::string unfinished = core::cat(place, ".new");
  std::error_code error;
  fs::remove_all(unfinished, error);
  KGRCA_RETURN_IF_ERROR(make_directory(sets_directory(directory)));
  KGRCA_RETURN_IF_ERROR(make_directory(unfinished));
  for (const auto& [name, bytes] : contents) KGRCA_RETURN_IF_ERROR(write_file(core::cat(unfinished, "/file-", name), bytes, 0600));
  KGRCA_RETURN_IF_ERROR(write_file(core::cat(unfinished, '/', record_name), encode_set(set), 0644));
  fs::rename(unfinished, place, error);
  if (error) return core::unavailable(core::cat("cannot name the backup ", place, ": ", error.message()));
  return sync_directory(sets_directory(directory));
}

// The record goes first: what is left of the folder then is no set.
core::Status remove_set(const std::string& directory, std::uint32_t id) {
  const std::string place = set_directory(directory, id);
  std::error_code error;
  fs::remove(core::cat(place, '/', record_name), error);
  if (!error) KGRCA_RETURN_IF_ERROR(sync_directory(place));
  if (!error) fs::remove_all(place, error);
  if (error) return core::failed_precondition(core::cat("cannot remove the backup ", place, ": ", error.message()));
  return sync_directory(sets_directory(directory));
}

core::StatusOr<BackupSet> chosen_set(const std::string& directory, std::uint32_t id) {
  KGRCA_ASSIGN_OR_RETURN(const FoundSets found, find_sets(directory));
  const auto set = std::find_if(found.whole.rbegin(), found.whole.rend(), [&](const BackupSet& s) { return id == 0 || s.id == id; });
  if (set != found.whole.rend()) return *set;
  if (!found.unreadable.empty())
    return core::data_loss(core::cat("there is no whole backup", id == 0 ? std::string() : core::cat(' ', id), " in ", directory, "; ",
                                     found.unreadable.front()));
  std::string present;
  for (const BackupSet& whole : found.whole)
    core::append(present, present.empty() ? "; there are " : ", ", whole.id, " (", core::format_rfc3339(whole.at, 0), ")");
  return core::not_found(core::cat("there is no backup", id == 0 ? std::string() : core::cat(' ', id), " in ", directory, present));
}

core::StatusOr<std::vector<BackupSet>> list_backups(const std::string& directory) {
  KGRCA_ASSIGN_OR_RETURN(FoundSets found, find_sets(directory));
  return std::move(found.whole);
}

core::StatusOr<std::string> backup_file(const std::string& directory, const BackupSet& set, const std::string& name) {
  if (std::find(set.files.begin(), set.files.end(), name) == set.files.end())
    return core::not_found(core::cat("backup ", set.id, " holds no file ", name));
  return read_file(core::cat(set_directory(directory, set.id), "/file-", name), set_file_bytes_max);
}

}  // namespace kgrca::store
