// The records that make backups of several databases one set: `sets/<id>/set` and small files beside it.
#pragma once

#include <string>
#include <vector>

#include "kgrca/core/status.h"
#include "kgrca/store/backup.h"

namespace kgrca::store {

inline constexpr std::size_t set_file_bytes_max = 64 << 10;  // of a small file beside the record

std::string encode_set(const BackupSet& set);
// data_loss when it is damaged; failed_precondition when a newer kgrca wrote it.
core::StatusOr<BackupSet> decode_set(std::string_view text);

std::string sets_directory(const std::string& directory);
std::string set_directory(const std::string& directory, std::uint32_t id);

struct FoundSets {
  std::vector<BackupSet> whole;            // oldest first
  std::vector<std::string> unreadable;     // paths, with why
  std::uint32_t last_id = 0;               // of any, whole or not
};
core::StatusOr<FoundSets> find_sets(const std::string& directory);
// Durable and at once: the set is there with all its files, or not at all.
core::Status write_set(const std::string& directory, const BackupSet& set,
                       const std::vector<std::pair<std::string, std::string>>& contents);
core::Status remove_set(const std::string& directory, std::uint32_t id);
core::StatusOr<BackupSet> chosen_set(const std::string& directory, std::uint32_t id);

}  // namespace kgrca::store
