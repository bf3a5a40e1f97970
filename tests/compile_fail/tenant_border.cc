// Ways around the tenant's border that must not compile. Case 0 is the right way and does; CMakeLists.txt names what the
// compiler has to say of each of the others.
#include <memory>
#include <string>

#include "kgrca/store/store.h"

using namespace kgrca;

void the_way(store::TenantView view) {
  store::Batch batch = view.batch();
  batch.put(store::keys::event({1, 2}), "value");
  const store::Snapshot snapshot = view.snapshot();
  store::Scan scan = snapshot.scan(store::keys::events());
#if CASE == 1
  const store::Key key(store::Family::events, std::string(16, 'x'));  // bytes of one's own
#elif CASE == 2
  const store::Key key;
#elif CASE == 3
  batch.put(std::string("T and all"), "value");  // raw bytes for a key
#elif CASE == 4
  const store::TenantView other(nullptr, core::TenantNumber{2}, 0);
#elif CASE == 5
  const store::Batch loose(nullptr);
#elif CASE == 6
  const store::Snapshot loose(nullptr);
#elif CASE == 7
  const store::Scan loose(nullptr);
#elif CASE == 8
  store::Key key = store::keys::events();
  key.bytes_ = "anything";
#endif
}
