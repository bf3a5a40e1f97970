// Goes along the resources of a snapshot beside something else that is ordered by resource id.
#pragma once

#include <string_view>

#include "kgrca/core/ids.h"
#include "kgrca/store/keys.h"
#include "kgrca/store/store.h"

namespace kgrca::graph {

class ResourceCursor {
 public:
  struct Place {
    bool living = false;       // the record that a start reads
    bool away = false;         // a former id, or out of memory
    std::string_view record;   // of the living one; until the next call
    bool exists() const { return living || away; }
  };

  explicit ResourceCursor(const store::Snapshot& snapshot)
      : living_(snapshot.scan(store::keys::resources())), away_(snapshot.scan(store::keys::resources_away())) {}

  // REQUIRES: not less than the id asked for before.
  Place at(core::ResourceId id) {
    Place place;
    place.living = reach(living_, store::keys::resource(id).bytes());
    place.away = reach(away_, store::keys::resource_away(id).bytes());
    if (place.living) place.record = living_.value();
    return place;
  }

 private:
  static bool reach(store::Scan& scan, std::string_view key) {
    while (scan.valid() && scan.key() < key) scan.next();
    return scan.valid() && scan.key() == key;
  }

  store::Scan living_;
  store::Scan away_;
};

}  // namespace kgrca::graph
