#include "graph/event_records.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "kgrca/store/keys.h"

namespace kgrca::graph {
namespace {

namespace keys = store::keys;

constexpr std::size_t read_together_max = 128;

class ScannedRecords final : public EventRecords {
 public:
  explicit ScannedRecords(store::Scan scan) : scan_(std::move(scan)) {}

  std::optional<core::EventKey> next() override {
    if (begun_ && scan_.valid()) scan_.next();
    begun_ = true;
    return scan_.valid() ? std::optional(keys::event_of(scan_.key())) : std::nullopt;
  }
  core::StatusOr<std::optional<std::string_view>> value() override { return std::optional(scan_.value()); }
  core::Status status() const override { return scan_.status(); }

 private:
  store::Scan scan_;
  bool begun_ = false;
};

class ListedRecords final : public EventRecords {
 public:
  ListedRecords(const store::Snapshot& snapshot, std::unique_ptr<EventStream> stream, core::Time earliest, std::size_t wanted)
      : snapshot_(snapshot), stream_(std::move(stream)), earliest_(earliest), wanted_(wanted) {}

  std::optional<core::EventKey> next() override {
    if (place_ + 1 < keys_.size()) return keys_[++place_];
    keys_.clear();
    values_.clear();
    place_ = 0;
    if (const auto key = stream_->next()) keys_.push_back(*key);
    return keys_.empty() ? std::nullopt : std::optional(keys_.front());
  }
  core::StatusOr<std::optional<std::string_view>> value() override {
    if (values_.size() <= place_) KGRCA_RETURN_IF_ERROR(read_ahead());
    const std::optional<std::string>& value = values_[place_];
    return value ? std::optional<std::string_view>(*value) : std::nullopt;
  }
  core::Status status() const override { return stream_->status(); }

 private:
  core::Status read_ahead() {
    const std::size_t together = std::clamp<std::size_t>(wanted_, 1, read_together_max);
    while (keys_.size() < together && keys_.back().time() >= earliest_) {
      const auto key = stream_->next();
      if (!key) break;
      keys_.push_back(*key);
    }
    wanted_ -= std::min(wanted_, keys_.size());
    std::vector<store::Key> named;
    named.reserve(keys_.size());
    for (const core::EventKey key : keys_) named.push_back(keys::event(key));
    KGRCA_ASSIGN_OR_RETURN(values_, snapshot_.get_all(named));
    return core::ok_status();
  }

  const store::Snapshot& snapshot_;
  const std::unique_ptr<EventStream> stream_;
  const core::Time earliest_;
  std::size_t wanted_;
  std::vector<core::EventKey> keys_;  // read together
  std::vector<std::optional<std::string>> values_;
  std::size_t place_ = 0;  // of the present key
};

}  // namespace

std::unique_ptr<EventRecords> scanned_records(const store::Snapshot& snapshot, core::EventKey before) {
  return std::make_unique<ScannedRecords>(snapshot.scan_backwards(keys::events(), keys::event(before)));
}

std::unique_ptr<EventRecords> listed_records(const store::Snapshot& snapshot, std::unique_ptr<EventStream> stream,
                                             core::Time earliest, std::size_t wanted) {
  return std::make_unique<ListedRecords>(snapshot, std::move(stream), earliest, wanted);
}

}  // namespace kgrca::graph
