#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <rocksdb/merge_operator.h>

namespace kgrca::store {

std::string encode_counter(std::int64_t value);  // 8 bytes, little-endian

// Adds counters modulo 2^64. A value or operand that is no counter counts as 0: a damaged counter must not make the
// tenant's other keys unreadable.
std::shared_ptr<rocksdb::MergeOperator> counter_merge_operator();

}  // namespace kgrca::store
