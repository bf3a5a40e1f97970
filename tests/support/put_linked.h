// An event and the links of the run that it begins, written as the lane does.
#pragma once

#include "kgrca/graph/records.h"

namespace kgrca::graph::testing {

// With links it begins a run, whatever `stored.run` says.
inline Counted put_linked(RecordWriter& writer, StoredEvent stored, bool is_new) {
  if (!stored.links.empty()) stored.run = stored.key;
  Counted counted = writer.put_event(stored, is_new);
  if (stored.run == stored.key) writer.put_links(stored.key, stored.links, is_new);
  return counted;
}

}  // namespace kgrca::graph::testing
