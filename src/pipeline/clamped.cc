#include "pipeline/clamped.h"

#include <algorithm>
#include <string>
#include <utility>

#include "kgrca/core/bytes.h"

namespace kgrca::pipeline {
namespace {

constexpr std::uint8_t clamped_dictionary = 0x70;  // name: identity 8, little-endian; value: time in µs, zigzag

store::Key key_of(std::uint64_t identity) {
  std::string name;
  core::BytesWriter(name).fixed64(identity);
  return store::keys::dictionary(clamped_dictionary, name);
}

}  // namespace

core::Status ClampedEvents::load(const store::Snapshot& snapshot) {
  const store::Key prefix = store::keys::dictionary(clamped_dictionary, {});
  store::Scan scan = snapshot.scan(prefix);
  for (; scan.valid() && identities_.size() < identities_max_; scan.next()) {
    core::BytesReader name(scan.key().substr(prefix.bytes().size()));
    remember(name.fixed64());
  }
  return scan.status();
}

void ClampedEvents::remember(std::uint64_t identity) {
  if (identities_.size() < identities_max_) identities_.insert(identity);
}

core::StatusOr<core::Time> ClampedEvents::first_of(std::uint64_t identity, core::Time now) {
  remember(identity);
  const auto [entry, added] = pending_.try_emplace(identity, now);
  if (!added) return entry->second;
  auto stored = view_.snapshot().get(key_of(identity));
  if (stored.ok() && !*stored) return now;
  pending_.erase(entry);
  if (!stored.ok()) return stored.status();
  core::BytesReader in(**stored);
  const core::Time first = core::from_micros(in.zigzag());
  if (!in.ok()) return core::data_loss("the time of an event that lay too far ahead cannot be read");
  return first;
}

void ClampedEvents::write(store::Batch& batch) {
  std::vector<std::pair<std::uint64_t, core::Time>> entries(pending_.begin(), pending_.end());
  std::sort(entries.begin(), entries.end());
  for (const auto& [identity, first] : entries) {
    std::string value;
    core::BytesWriter(value).zigzag(core::to_micros(first));
    batch.put(key_of(identity), value);
  }
  pending_.clear();
}

void ClampedEvents::forget(const std::vector<std::uint64_t>& identities) {
  for (const std::uint64_t identity : identities) identities_.erase(identity);
}

void erase_clamped(const std::vector<std::uint64_t>& identities, store::Batch& batch) {
  for (const std::uint64_t identity : identities) batch.erase(key_of(identity));
}

}  // namespace kgrca::pipeline
