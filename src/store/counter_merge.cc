#include "store/counter_merge.h"

#include <string_view>

#include "kgrca/store/store.h"

namespace kgrca::store {
namespace {

class CounterMerge final : public rocksdb::AssociativeMergeOperator {
 public:
  const char* Name() const override { return "kgrca.CounterAdd"; }
  bool Merge(const rocksdb::Slice&, const rocksdb::Slice* existing, const rocksdb::Slice& operand,
             std::string* result, rocksdb::Logger*) const override {
    std::uint64_t sum = 0;
    for (const rocksdb::Slice* part : {existing, &operand}) {
      if (part == nullptr) continue;
      const auto amount = decode_counter({part->data(), part->size()});
      if (!amount.ok()) {
        result->assign(part->data(), part->size());
        return true;
      }
      sum += static_cast<std::uint64_t>(*amount);
    }
    *result = encode_counter(static_cast<std::int64_t>(sum));
    return true;
  }
};

}  // namespace

std::string encode_counter(std::int64_t value) {
  std::string bytes(8, '\0');
  const auto bits = static_cast<std::uint64_t>(value);
  for (unsigned i = 0; i < 8; ++i) bytes[i] = static_cast<char>((bits >> (8 * i)) & 0xff);
  return bytes;
}

core::StatusOr<std::int64_t> decode_counter(std::string_view value) {
  if (value.size() != 8) return core::data_loss("a counter is damaged");
  std::uint64_t bits = 0;
  for (unsigned i = 0; i < 8; ++i) bits |= static_cast<std::uint64_t>(static_cast<unsigned char>(value[i])) << (8 * i);
  return static_cast<std::int64_t>(bits);
}

std::shared_ptr<rocksdb::MergeOperator> counter_merge_operator() { return std::make_shared<CounterMerge>(); }

}  // namespace kgrca::store
