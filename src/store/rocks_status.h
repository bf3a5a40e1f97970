#pragma once

#include <string_view>

#include <rocksdb/status.h>

#include "kgrca/core/status.h"

namespace kgrca::store {

// RocksDB's verdict in our codes, with "context: " before its text.
core::Status to_status(const rocksdb::Status& status, std::string_view context);

}  // namespace kgrca::store
