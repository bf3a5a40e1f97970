#include "graph/event_records.h"

#include "kgrca/graph/records.h"
#include "tests/unit/graph/graph_support.h"

using namespace kgrca;
using namespace kgrca::graph;
using namespace kgrca::graph::testing;

namespace {

constexpr int stored = 300;

// One event a second, all of one resource, every seventh gone again with its listing left behind.
struct Listed {
  Listed() {
    RecordWriter writer;
    for (int i = 0; i < stored; ++i) writer.put_event(event(i), true);
    store::Batch batch = disk.view(1).batch();
    REQUIRE(writer.write(batch, 1, disk.view(1)).ok());
    for (int i = 0; i < stored; i += 7) batch.erase(store::keys::event(event(i).key));
    REQUIRE(disk.view(1).commit_durably(std::move(batch)).ok());
  }
  static StoredEvent event(int second) {
    StoredEvent out;
    out.event.source_id = std::to_string(second);
    out.event.severity = model::Severity::info;
    out.event.first = out.event.last = out.event.onset = at(std::chrono::seconds(second));
    out.key = model::event_key(out.event);
    out.resource = model::resource_id(pod("a"));
    return out;
  }

  // Seconds of the events found, page by page.
  std::vector<int> pages(const EventFilter& filter, std::size_t limit) {
    const GraphReader reader(disk.view(1).snapshot());
    std::vector<int> out;
    std::string position;
    do {
      const auto page = reader.events(filter, limit, position);
      REQUIRE(page.ok());
      CHECK(page->items.size() <= limit);
      for (const StoredEvent& found : page->items) out.push_back(std::stoi(found.event.source_id));
      position = page->next;
    } while (!position.empty());
    return out;
  }

  store::testing::TempStore disk;
};

std::vector<int> seconds_kept(int from, int to) {
  std::vector<int> out;
  for (int i = to; i >= from; --i)
    if (i % 7 != 0) out.push_back(i);
  return out;
}

}  // namespace

TEST_CASE("event records: events are found whole and in order by listing and by time, whatever the size of a page") {
  Listed listed;
  EventFilter of_resource;
  of_resource.resource = model::resource_id(pod("a"));
  for (EventFilter filter : {EventFilter{}, of_resource}) {
    for (const std::size_t limit : {1, 2, 100, 129, 1000}) {
      INFO(limit << (filter.resource ? " of the resource" : " of all"));
      CHECK(listed.pages(filter, limit) == seconds_kept(0, stored - 1));
      filter.from = at(std::chrono::seconds(50));
      filter.to = at(std::chrono::seconds(211));
      CHECK(listed.pages(filter, limit) == seconds_kept(50, 211));
      filter.from = {};
      filter.to = core::Time::max();
    }
  }
}

TEST_CASE("event records: what is read together ends where nobody asks on") {
  Listed listed;
  const store::Snapshot snapshot = listed.disk.view(1).snapshot();
  const core::EventKey newest = Listed::event(299).key;
  struct Counting final : EventStream {
    explicit Counting(int& on) : given(on) {}
    std::optional<core::EventKey> next() override {
      return given < stored ? std::optional(Listed::event(299 - given++).key) : std::nullopt;
    }
    core::Status status() const override { return core::ok_status(); }
    int& given;
  };
  int given = 0;
  const auto few = listed_records(snapshot, std::make_unique<Counting>(given), core::Time{}, 10);
  CHECK(few->next() == newest);
  CHECK(given == 1);
  CHECK(few->value()->has_value());
  CHECK(given == 10);
  given = 0;
  const auto late = listed_records(snapshot, std::make_unique<Counting>(given), newest.time(), 100);
  CHECK(late->next() == newest);
  CHECK(late->value()->has_value());
  CHECK(given == 2);  // one that is too early was met
}
