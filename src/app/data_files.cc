#include <filesystem>
#include <fstream>
#include <iterator>

#include "app/server_options.h"
#include "kgrca/core/hash.h"
#include "kgrca/core/strings.h"

namespace kgrca::app {
namespace {

constexpr std::uintmax_t file_bytes_max = 8 << 20;

// The file's value; the embedded one when the folder holds no such file.
template <typename T>
core::StatusOr<std::shared_ptr<const T>> load(const std::string& config_dir, const std::string& name, DataFiles& files) {
  const std::string path = core::cat(config_dir, "/", name);
  std::uint64_t& digest = files.digests[name];
  std::error_code error;
  if (config_dir.empty() || !std::filesystem::exists(path, error)) return T::embedded();
  if (std::filesystem::file_size(path, error) > file_bytes_max) return core::out_of_range(core::cat(path, ": over 8 MiB"));
  std::ifstream in(path);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in && text.empty()) return core::failed_precondition(core::cat(path, ": cannot be read"));
  digest = core::stable_hash64(text);
  auto parsed = T::parse(text);
  if (!parsed.ok()) return core::with_context(parsed.status(), path);
  return parsed;
}

}  // namespace

core::StatusOr<DataFiles> load_data_files(const std::string& config_dir) {
  DataFiles files;
  std::error_code error;
  // Else a mistyped or vanished folder would bring the built-in files back without a word.
  if (!config_dir.empty() && !std::filesystem::is_directory(config_dir, error)) {
    return core::failed_precondition(core::cat("setting 'config.dir': ", config_dir, " is no folder that can be read"));
  }
  KGRCA_ASSIGN_OR_RETURN(files.taxonomy, load<model::Taxonomy>(config_dir, "taxonomy.yaml", files));
  KGRCA_ASSIGN_OR_RETURN(files.rules, load<rca::Rules>(config_dir, "rules.yaml", files));
  KGRCA_ASSIGN_OR_RETURN(files.advice, load<api::Advice>(config_dir, "advice.yaml", files));
  return files;
}

}  // namespace kgrca::app
