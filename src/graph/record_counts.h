// What a batch adds to the stored counts of events and links (kgrca/graph/counts.h).
#pragma once

#include <array>
#include <cstdint>

#include "kgrca/core/status.h"
#include "kgrca/core/strings.h"
#include "kgrca/graph/records.h"
#include "kgrca/store/store.h"

namespace kgrca::graph {

// The tenth that the confidence of a stored link lies in, 0..9.
std::size_t decile_of(const model::Link& link);

// The types of a tenant that have a count of their own.
core::StatusOr<core::StringSet> counted_types(const store::Snapshot& snapshot);

class RecordCounts {
 public:
  void add(const Counted& counted) { change(counted, 1); }
  void remove(const Counted& counted) { change(counted, -1); }
  void add_links(const std::vector<model::Link>& links) { change_links(links, 1); }
  void remove_links(const std::vector<model::Link>& links) { change_links(links, -1); }
  // Puts the sums and forgets them. `named`: types with a count of their own; grows up to event_types_max.
  void write(store::Batch& batch, core::StringSet& named);

 private:
  void change(const Counted& counted, std::int64_t amount);
  void change_links(const std::vector<model::Link>& links, std::int64_t amount);

  std::int64_t events_ = 0;
  std::int64_t late_ = 0;
  std::int64_t bytes_ = 0;
  std::array<std::int64_t, 5> severities_{};
  std::array<std::int64_t, 10> link_deciles_{};
  core::StringMap<std::int64_t> types_;
};

}  // namespace kgrca::graph
