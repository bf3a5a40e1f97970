#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <rocksdb/merge_operator.h>

namespace kgrca::store {

std::string encode_counter(std::int64_t value);  // 8 bytes, little-endian

// Adds counters modulo 2^64. What is added to bytes that are no counter leaves them as they are: whoever reads them is told, and
// a merge that failed instead would keep RocksDB from compacting the tenant's other keys.
std::shared_ptr<rocksdb::MergeOperator> counter_merge_operator();

}  // namespace kgrca::store
