// What a store records of itself, in database 0 under the operator's tenant.
#pragma once

#include <string>
#include <string_view>

#include "kgrca/core/status.h"
#include "store/database.h"

namespace kgrca::store {

// OK for a store of this binary's format, and for one that was never finished; failed_precondition names the format and
// what to do; data_loss when the record is damaged.
core::Status check_format(Database& database);
core::StatusOr<int> recorded_databases(Database& database);  // 0: creation was never finished
core::Status write_identity(Database& database, int databases);

// Tells stores apart in a folder of backups: 32 hexadecimal digits, made and kept durably at the first call, restored with
// the store.
core::StatusOr<std::string> store_id(Database& database);

// A restore begins with this file in the store's directory and removes it last: whatever lies beside it is not whole.
inline constexpr std::string_view unfinished_name = "UNFINISHED";
// failed_precondition while there is one.
core::Status check_finished(const std::string& directory);

}  // namespace kgrca::store
