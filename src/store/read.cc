#include <algorithm>

#include "kgrca/store/store.h"
#include "store/rocks_status.h"
#include "store/snapshot_impl.h"

namespace kgrca::store {
namespace {

constexpr std::size_t keys_between_looks = 256;

enum class Direction { forward, backward };

// The tables that a forward scan came to since the last look: it may have missed their beginnings, see table_check.h.
struct EnteredTables {
  // REQUIRES: this outlives the iterator. Counts from `moving` on: the tables that RocksDB opens before are its own to read.
  void watch(rocksdb::ReadOptions& options) {
    options.table_filter = [this](const rocksdb::TableProperties& table) {
      if (moving) names.push_back(name_of(table));
      return true;
    };
  }
  // data_loss when one was missed by a scan that began at `first`.
  core::Status check(Database& database, Family family, const rocksdb::Slice& first) {
    core::Status status;
    for (const TableName& table : names)
      if (status.ok()) status = database.check_table(family, table, first);
    names.clear();
    if (!status.ok()) database.count_damaged_read();
    return status;
  }

  bool moving = false;
  std::vector<TableName> names;
};

}  // namespace

// A RocksDB iterator between two absolute keys of one tenant. The bounds live here because RocksDB keeps pointers to them.
struct Scan::Impl {
  // [from, end); an empty `end` has nothing after it. `one_prefix`: the range lies within one extractor prefix.
  Impl(std::shared_ptr<Snapshot::Impl> on, Family of, std::string from, std::string end, Direction way, bool one_prefix)
      : snapshot(std::move(on)), family(of), first(std::move(from)), last(std::move(end)), direction(way), refused(snapshot->in_time()) {
    if (!refused.ok()) return;
    first_slice = first;
    last_slice = last;
    rocksdb::ReadOptions options;
    options.snapshot = snapshot->snapshot;
    options.iterate_lower_bound = &first_slice;
    if (!last.empty()) options.iterate_upper_bound = &last_slice;
    // Without total order RocksDB may skip every key outside the extractor prefix of the seek key.
    options.total_order_seek = !one_prefix;
    options.prefix_same_as_start = one_prefix;
    if (direction == Direction::forward) entered.watch(options);
    iterator.reset(snapshot->database.db().NewIterator(options, snapshot->database.family(family)));
    entered.moving = true;
    if (direction == Direction::forward) iterator->Seek(first_slice);
    else iterator->SeekToLast();
    check_entered();
  }
  explicit Impl(core::Status why) : refused(std::move(why)) {}

  void check_entered() {
    if (entered.names.empty()) return;
    refused = entered.check(snapshot->database, family, first_slice);
    if (!refused.ok()) iterator.reset();
  }

  std::shared_ptr<Snapshot::Impl> snapshot;
  Family family = Family::meta;
  std::string first;
  std::string last;
  rocksdb::Slice first_slice;
  rocksdb::Slice last_slice;
  Direction direction = Direction::forward;
  EnteredTables entered;
  std::unique_ptr<rocksdb::Iterator> iterator;  // null: nothing to read, or no longer
  core::Status refused;
  std::size_t steps = 0;
};

Scan::Scan(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Scan::Scan(Scan&&) noexcept = default;
Scan::~Scan() = default;

bool Scan::valid() const { return impl_->iterator != nullptr && impl_->iterator->Valid(); }

void Scan::next() {
  if (++impl_->steps % keys_between_looks == 0) {
    impl_->refused = impl_->snapshot->in_time();
    if (!impl_->refused.ok()) return impl_->iterator.reset();
  }
  if (impl_->direction == Direction::backward) return impl_->iterator->Prev();
  impl_->iterator->Next();
  impl_->check_entered();
}

std::string_view Scan::key() const {
  const auto key = impl_->iterator->key();
  return {key.data() + tenant_prefix_bytes, key.size() - tenant_prefix_bytes};
}

std::string_view Scan::value() const {
  const auto value = impl_->iterator->value();
  return {value.data(), value.size()};
}

core::Status Scan::status() const {
  if (impl_->iterator == nullptr) return impl_->refused;
  const auto status = impl_->iterator->status();
  if (status.IsCorruption()) impl_->snapshot->database.count_damaged_read();
  return to_status(status, "store scan");
}

// Bounded by the tenant only; that the key still begins with the prefix is looked at here.
struct Seeker::Impl {
  Impl(std::shared_ptr<Snapshot::Impl> on, Family of)
      : snapshot(std::move(on)), family(of), tenant(snapshot->prefix), end(end_of_prefix(tenant)), extractor(extractor_bytes(of)),
        first_slice(tenant), end_slice(end), state(snapshot->in_time()) {
    if (!state.ok()) return;
    rocksdb::ReadOptions options;
    options.snapshot = snapshot->snapshot;
    options.iterate_lower_bound = &first_slice;
    if (!end.empty()) options.iterate_upper_bound = &end_slice;
    options.total_order_seek = extractor == 0;
    options.prefix_same_as_start = extractor != 0;
    entered.watch(options);
    iterator.reset(snapshot->database.db().NewIterator(options, snapshot->database.family(family)));
    entered.moving = true;
  }

  // Now and then a look at the clock; false once the time is over.
  bool in_time() {
    if (++steps % keys_between_looks == 0) state = snapshot->in_time();
    return state.ok();
  }
  void look() {
    if (!entered.names.empty()) state = entered.check(snapshot->database, family, target);
    found = state.ok() && iterator->Valid() && iterator->key().starts_with(prefix);
  }

  std::shared_ptr<Snapshot::Impl> snapshot;
  const Family family;
  const std::string tenant;
  const std::string end;
  const std::size_t extractor;
  rocksdb::Slice first_slice;  // RocksDB keeps pointers to the two slices
  rocksdb::Slice end_slice;
  EnteredTables entered;
  std::unique_ptr<rocksdb::Iterator> iterator;
  std::string prefix;
  std::string target;
  bool found = false;
  core::Status state;
  std::size_t steps = 0;
};

Seeker::Seeker(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Seeker::Seeker(Seeker&&) noexcept = default;
Seeker::~Seeker() = default;

void Seeker::seek(const Key& prefix, const Key& from) {
  impl_->found = false;
  if (!impl_->in_time()) return;
  impl_->prefix.assign(impl_->tenant).append(prefix.bytes());
  // Within an extractor's family RocksDB stays in the extractor prefix of the seek key.
  if (prefix.family() != impl_->family || from.family() != impl_->family || impl_->prefix.size() < impl_->extractor) {
    impl_->state = core::internal_error("a seeker was sent to another family, or with too short a prefix");
    return;
  }
  impl_->target.assign(impl_->tenant).append(std::max(prefix.bytes(), from.bytes()));
  impl_->iterator->Seek(impl_->target);
  impl_->look();
}

bool Seeker::valid() const { return impl_->found; }

void Seeker::next() {
  impl_->found = false;
  if (!impl_->in_time()) return;
  impl_->iterator->Next();
  impl_->look();
}

std::string_view Seeker::key() const {
  const auto key = impl_->iterator->key();
  return {key.data() + tenant_prefix_bytes, key.size() - tenant_prefix_bytes};
}

std::string_view Seeker::value() const {
  const auto value = impl_->iterator->value();
  return {value.data(), value.size()};
}

core::Status Seeker::status() const {
  if (!impl_->state.ok()) return impl_->state;
  const auto status = impl_->iterator->status();
  if (status.IsCorruption()) impl_->snapshot->database.count_damaged_read();
  return to_status(status, "store scan");
}

Snapshot::Snapshot(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Snapshot::Snapshot(Snapshot&&) noexcept = default;
Snapshot& Snapshot::operator=(Snapshot&&) noexcept = default;
Snapshot::~Snapshot() = default;

core::StatusOr<std::optional<std::string>> Snapshot::Impl::read(const Key& key) const {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  std::string value;
  const auto status = database.db().Get(options, database.family(key.family()), prefix + key.bytes(), &value);
  if (status.IsNotFound()) return std::optional<std::string>{};
  if (status.IsCorruption()) database.count_damaged_read();
  KGRCA_RETURN_IF_ERROR(to_status(status, "store read"));
  return std::optional<std::string>(std::move(value));
}

core::StatusOr<std::optional<std::string>> Snapshot::get(const Key& key) const {
  KGRCA_RETURN_IF_ERROR(impl_->in_time());
  return impl_->read(key);
}

core::StatusOr<std::vector<std::optional<std::string>>> Snapshot::get_all(const std::vector<Key>& keys) const {
  KGRCA_RETURN_IF_ERROR(impl_->in_time());
  std::vector<std::optional<std::string>> out(keys.size());
  if (keys.empty()) return out;
  const Family family = keys.front().family();
  std::vector<std::string> whole(keys.size());
  std::vector<rocksdb::Slice> slices(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].family() != family) return core::internal_error("keys of several families are read at once");
    slices[i] = whole[i] = impl_->prefix + keys[i].bytes();
  }
  rocksdb::ReadOptions options;
  options.snapshot = impl_->snapshot;
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  Database& database = impl_->database;
  database.db().MultiGet(options, database.family(family), keys.size(), slices.data(), values.data(), statuses.data());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i].IsNotFound()) continue;
    if (statuses[i].IsCorruption()) database.count_damaged_read();
    KGRCA_RETURN_IF_ERROR(to_status(statuses[i], "store read"));
    out[i].emplace(values[i].data(), values[i].size());
  }
  return out;
}

core::StatusOr<std::int64_t> Snapshot::counter(const Key& key) const {
  KGRCA_ASSIGN_OR_RETURN(const auto value, get(key));
  if (!value) return std::int64_t{0};
  core::StatusOr<std::int64_t> count = decode_counter(*value);
  if (!count.ok()) return core::with_context(count.status(), keys::shown(key));
  return count;
}

Scan Snapshot::scan(const Key& prefix) const { return scan(prefix, prefix); }

Scan Snapshot::scan(const Key& prefix, const Key& from) const {
  if (prefix.family() != from.family())
    return Scan(std::make_unique<Scan::Impl>(core::internal_error("a scan starts in another family than its prefix")));
  const std::string whole = impl_->prefix + prefix.bytes();
  std::string first = std::max(whole, impl_->prefix + from.bytes());
  std::string last = end_of_prefix(whole);
  if (!last.empty() && first >= last) return Scan(std::make_unique<Scan::Impl>(core::ok_status()));
  const std::size_t extractor = extractor_bytes(prefix.family());
  const bool one_prefix = extractor != 0 && whole.size() >= extractor;
  return Scan(std::make_unique<Scan::Impl>(impl_, prefix.family(), std::move(first), std::move(last), Direction::forward,
                                           one_prefix));
}

// Backwards scans always ask for total order: their seek key lies behind the prefix.
Scan Snapshot::scan_backwards(const Key& prefix, const Key& before) const {
  if (prefix.family() != before.family())
    return Scan(std::make_unique<Scan::Impl>(core::internal_error("a scan starts in another family than its prefix")));
  std::string first = impl_->prefix + prefix.bytes();
  std::string end = end_of_prefix(first);
  std::string last = impl_->prefix + before.bytes();
  if (!end.empty() && end < last) last = std::move(end);
  if (last <= first) return Scan(std::make_unique<Scan::Impl>(core::ok_status()));
  return Scan(std::make_unique<Scan::Impl>(impl_, prefix.family(), std::move(first), std::move(last), Direction::backward, false));
}

Scan Snapshot::scan_backwards(const Key& prefix) const {
  std::string first = impl_->prefix + prefix.bytes();
  std::string last = end_of_prefix(first);
  return Scan(std::make_unique<Scan::Impl>(impl_, prefix.family(), std::move(first), std::move(last), Direction::backward, false));
}

Seeker Snapshot::seeker(Family family) const { return Seeker(std::make_unique<Seeker::Impl>(impl_, family)); }

}  // namespace kgrca::store
