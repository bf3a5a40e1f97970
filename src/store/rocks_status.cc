#include "store/rocks_status.h"

#include "kgrca/core/strings.h"

namespace kgrca::store {

core::Status to_status(const rocksdb::Status& status, std::string_view context) {
  if (status.ok()) return core::ok_status();
  const std::string message = core::cat(context, ": ", status.ToString());
  if (status.IsCorruption()) return core::data_loss(message);
  if (status.IsNoSpace()) return core::unavailable(core::cat("disk full: ", message));
  if (status.IsNotFound()) return core::not_found(message);
  if (status.IsBusy() || status.IsTimedOut() || status.IsIncomplete() || status.IsShutdownInProgress())
    return core::unavailable(message);
  return core::internal_error(message);
}

}  // namespace kgrca::store
