#include <filesystem>

#include "kgrca/core/strings.h"
#include "store/identity.h"
#include "store/impl.h"

namespace kgrca::store {

core::StatusOr<std::unique_ptr<Store>> Store::Impl::open_places(const StoreOptions& options, core::Metrics& metrics,
                                                                std::vector<DatabasePlace> places, std::optional<DirectoryLock> lock) {
  auto impl = std::make_unique<Impl>(options, std::move(lock), metrics);
  const int count = static_cast<int>(places.size());
  impl->memory = make_shared_memory(options, count);
  for (DatabasePlace& place : places) {
    place.databases = count;
    place.read_only = true;
    KGRCA_RETURN_IF_ERROR(impl->open_database(place));
  }
  KGRCA_RETURN_IF_ERROR(check_format(*impl->databases.front()));
  KGRCA_ASSIGN_OR_RETURN(const int recorded, recorded_databases(*impl->databases.front()));
  if (recorded != count)
    return core::data_loss(core::cat("the store ", options.directory, " should have ", recorded, " databases, there are ", count,
                                     ": restore a backup"));
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

core::StatusOr<std::unique_ptr<Store>> Store::open_read_only(const StoreOptions& options, core::Metrics& metrics) {
  KGRCA_RETURN_IF_ERROR(check_finished(options.directory));
  std::vector<DatabasePlace> places;
  std::error_code error;
  for (int i = 0; i < databases_max && std::filesystem::is_directory(database_path(options.directory, i), error); ++i) {
    DatabasePlace place;
    place.path = database_path(options.directory, i);
    place.number = i;
    places.push_back(std::move(place));
  }
  if (places.empty()) return core::not_found(core::cat("there is no store in ", options.directory));
  KGRCA_ASSIGN_OR_RETURN(auto lock, DirectoryLock::take(options.directory));
  return Impl::open_places(options, metrics, std::move(places), std::move(lock));
}

}  // namespace kgrca::store
