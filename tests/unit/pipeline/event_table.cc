#include "pipeline/event_table.h"

#include "kgrca/graph/counts.h"
#include "tests/unit/pipeline/support.h"

namespace kgrca::pipeline {
namespace {

using testing::again;
using testing::at;
using testing::event;
using testing::TempTenants;

graph::StoredEvent stored(const model::Event& event) {
  graph::StoredEvent made;
  made.key = model::event_key(event);
  made.resource = model::resource_id(event.subject);
  made.event = event;
  return made;
}

void flush(EventTable& table, store::TenantView view, std::uint64_t sequence) {
  graph::RecordWriter writer;
  table.flush(writer, sequence);
  store::Batch batch = view.batch();
  REQUIRE(writer.write(batch, static_cast<std::uint32_t>(sequence), view).ok());
  REQUIRE(view.commit_durably(std::move(batch)).ok());
}

TableEntry* known(EventTable& table, const model::Event& event) {
  auto entry = table.known(model::event_key(event), event);
  REQUIRE(entry.ok());
  return *entry;
}

}  // namespace

TEST_CASE("event table: an event of the running batch is known, one never seen is not") {
  TempTenants tenants;
  EventTable table(tenants.view(), {});
  const auto first = event("a", "Pulled", "p", 1);
  CHECK(known(table, first) == nullptr);
  table.insert(stored(first), 0);
  REQUIRE(known(table, again(first, 2, 5)) != nullptr);
  CHECK(known(table, event("b", "Pulled", "p", 1)) == nullptr);
}

TEST_CASE("event table: benign events leave memory with their batch and are found in the store again") {
  TempTenants tenants;
  EventTable table(tenants.view(), {});
  const auto first = event("a", "Pulled", "p", 1);
  known(table, first);
  table.insert(stored(first), 0);
  flush(table, tenants.view(), 3);
  CHECK(table.size() == 0);
  TableEntry* entry = known(table, again(first, 2, 5));
  REQUIRE(entry != nullptr);
  CHECK(entry->stored.event.source_id == "a");
  CHECK(entry->stored.sequence == 3);
  CHECK_FALSE(entry->is_new);
}

TEST_CASE("event table: a first observation that arrives after a later one finds the event") {
  TempTenants tenants;
  EventTable table(tenants.view(), {});
  const auto first = event("a", "Pulled", "p", 1);
  const auto later = again(first, 5, 60);
  known(table, later);
  table.insert(stored(later), 0);
  flush(table, tenants.view(), 1);
  CHECK(known(table, first) != nullptr);
  EventTable restarted(tenants.view(), later.last);
  CHECK(known(restarted, first) != nullptr);
}

TEST_CASE("event table: memory stays within its capacity") {
  TempTenants tenants;
  EventTable table(tenants.view(), {}, 10);
  for (int i = 0; i < 50; ++i) {
    table.insert(stored(event(core::cat("e", i), "OOMKilled", "p", i)), 0);
    if (i % 25 == 24) flush(table, tenants.view(), static_cast<std::uint64_t>(i));
  }
  CHECK(table.size() == 10);
  const auto loaded = table.load(model::event_key(event("e0", "OOMKilled", "p", 0)));
  REQUIRE(loaded.ok());
  CHECK(*loaded != nullptr);
}

TEST_CASE("event table: an event passed on is written from where it lies") {
  TempTenants tenants;
  EventTable table(tenants.view(), {});
  const auto first = event("a", "Pulled", "p", 1);
  known(table, first);
  table.pass(stored(first), first, 0);
  CHECK(table.size() == 0);
  flush(table, tenants.view(), 3);
  TableEntry* entry = known(table, again(first, 2, 5));
  REQUIRE(entry != nullptr);
  CHECK(entry->stored.event.source_id == "a");
  CHECK(entry->stored.event.message == first.message);
  CHECK(entry->stored.sequence == 3);
}

TEST_CASE("event table: an event passed on and asked for in its own batch is written once, as it became") {
  TempTenants tenants;
  EventTable table(tenants.view(), {});
  const auto first = event("a", "Pulled", "p", 1);
  const auto other = event("b", "Pulled", "p", 1);
  for (const model::Event* each : {&first, &other}) {
    known(table, *each);
    table.pass(stored(*each), *each, 7);
  }
  TableEntry* entry = known(table, again(first, 2, 5));
  REQUIRE(entry != nullptr);
  CHECK(entry->is_new);
  CHECK(entry->submission == 7);
  entry->stored.event.count = 2;
  CHECK(known(table, again(first, 3, 6)) == entry);
  flush(table, tenants.view(), 3);
  const graph::GraphReader reader(tenants.view().snapshot());
  CHECK(reader.count(graph::counts::events).value() == 2);
  CHECK(reader.event(model::event_key(first))->event.count == 2);
  CHECK(reader.event(model::event_key(other))->event.count == 1);
}

}  // namespace kgrca::pipeline
