#include "tests/model/world.h"

#include <algorithm>
#include <array>

#include "kgrca/graph/counts.h"

namespace kgrca::model_test {

using namespace std::chrono_literals;
using graph::GraphReader;
using graph::testing::start;

namespace {

constexpr std::array<const char*, 5> reasons{"OOMKilled", "BackOff", "Unhealthy", "Killing", "Scheduled"};
constexpr std::array<model::Severity, 5> severities{model::Severity::debug, model::Severity::info, model::Severity::warning,
                                                    model::Severity::error, model::Severity::fatal};

// An element of a map at random; REQUIRES: not empty.
template <typename Map>
typename Map::const_iterator any_of(const Map& map, Random& random) {
  return std::next(map.begin(), random.below(static_cast<int>(map.size())));
}

}  // namespace

World::World(store::testing::TempStore& disk, std::uint32_t tenant, std::uint64_t seed, bool doubtful)
    : disk_(disk), tenant_(tenant), random_(seed), spelling_(~seed), make_(random_, plain_), live_(graph::testing::loaded(disk.view(tenant))) {
  if (doubtful) doubtful_.emplace(seed ^ 0x5a5a5a5a);
}

void World::restart() {
  live_ = graph::testing::loaded(view());
  writer_ = graph::RecordWriter();
  REQUIRE(writer_.load(view().snapshot()).ok());
}

std::size_t World::step() {
  const std::size_t written = write_batch();
  if (random_.chance(3)) {
    restart();
    return written + 1;
  }
  return written + read_some();
}

std::size_t World::write_batch() {
  const int size = 1 + random_.below(random_.chance(10) ? 120 : 20);
  stored_.emplace(view().snapshot());
  in_batch_.clear();
  incidents_in_batch_.clear();
  if (doubtful_ && spelling_.chance(20)) doubtful_->play(*live_, plain_, written_);
  for (int i = 0; i < size; ++i) write_one();
  stored_.reset();
  store::Batch batch = view().batch();
  REQUIRE(writer_.write(batch, ++sequence_, view()).ok());
  if (writer_.merge_due() || random_.chance(3)) REQUIRE(writer_.merge_listings(view().snapshot(), batch).ok());
  live_->write(batch);
  written_ = plain_.now();
  REQUIRE(view().commit(std::move(batch), [] {}).ok());
  return static_cast<std::size_t>(size);
}

void World::write_one() {
  const int kind = random_.below(1000);
  if (kind < 500) {
    if (const auto state = make_.state()) {
      REQUIRE(live_->apply(as_told(*state)).id == model::resource_id(state->ref));
      plain_.apply(*state);
    }
  } else if (kind < 640) {
    if (const auto edge = make_.edge()) {
      live_->apply(*edge);
      plain_.apply(*edge);
    }
  } else if (kind < 650) {
    if (const auto late = make_.late_state()) {
      live_->apply(*late);
      plain_.apply(*late);
    }
  } else if (kind < 655) {
    full_state();
  } else if (kind < 860) {
    put_event();
  } else if (kind < 960) {
    put_again();
  } else {
    put_incident();
  }
}

// The same as a sender may put it that knows the uid and not the name, whether or not the resource is in memory.
model::ResourceState World::as_told(model::ResourceState state) {
  const bool known = state.ref.kind != "node" && plain_.has_uid(model::resource_id(state.ref), state.ref.uid);
  if (known && spelling_.chance(30)) state.ref.name.clear();
  return state;
}

// All of a kind in a namespace but a few, or all calls but a few.
void World::full_state() {
  model::ResourceSync sync;
  sync.cluster = "c1";
  sync.kind = random_.chance(70) ? "pod" : "service";
  sync.ns = random_.pick("ns", 2);
  sync.at = make_.time();
  std::vector<model::ResourceRef> ended;
  for (const model::ResourceRef& ref : plain_.resources()) {
    if (ref.kind != sync.kind || ref.ns != *sync.ns || random_.chance(80)) sync.present.push_back(core::cat(ref.ns, "/", ref.name));
    else if (const auto state = plain_.state_at(model::resource_id(ref), sync.at); state && !state->deleted) ended.push_back(ref);
  }
  std::sort(sync.present.begin(), sync.present.end());
  const auto found = live_->ended_by(sync);
  REQUIRE(found.ok());
  for (const model::ResourceState& state : found->records) {
    if (plain_.state_at(model::resource_id(state.ref), sync.at)) std::erase_if(ended, [&](const auto& ref) { return ref.name == state.ref.name; });
    live_->apply(state);
    plain_.apply(state);
  }
  REQUIRE(ended.empty());
}

core::Time World::settled_until() const { return plain_.now() == core::Time::min() ? plain_.now() : plain_.now() - 10min; }

core::EventKey World::recent_event() {
  const auto& events = records_.events();
  if (events.empty()) return {};
  auto it = events.end();
  std::advance(it, -1 - random_.below(static_cast<int>(std::min<std::size_t>(events.size(), 60))));
  return it->first;
}

std::vector<model::Link> World::random_links(core::EventKey effect) {
  std::vector<model::Link> links;
  std::set<core::EventKey> causes;
  for (int i = random_.below(6); i > 0; --i) {
    model::Link link;
    link.cause = recent_event();
    link.effect = effect;
    link.confidence = static_cast<float>(random_.below(100)) / 100.0F;
    if (link.cause && link.cause != effect && causes.insert(link.cause).second) links.push_back(link);
  }
  std::stable_sort(links.begin(), links.end(), [](const model::Link& a, const model::Link& b) { return a.confidence > b.confidence; });
  return links;
}

void World::describe(model::Event& event) {
  event.reason = reasons[static_cast<std::size_t>(random_.below(5))];
  event.type = random_.chance(80) ? event.reason : "";
  event.message = core::cat("message ", random_.below(50));
  event.severity = severities[static_cast<std::size_t>(random_.below(5))];
}

void World::put_event() {
  graph::StoredEvent stored;
  model::Event& event = stored.event;
  event.source_id = core::cat("event-", ++named_);
  event.first = event.last = event.onset = make_.time();
  event.subject = make_.nameable(event.last);
  describe(event);
  stored.key = model::event_key(event);
  stored.resource = live_->resolve(event.subject, event.last);
  plain_.name(event.subject, event.last);
  REQUIRE(stored.resource == model::resource_id(event.subject));
  if (random_.chance(20)) {
    const model::ResourceRef related = make_.nameable(event.last);
    stored.related.push_back(live_->resolve(related, event.last));
    plain_.name(related, event.last);
  }
  stored.late = random_.chance(5);
  if (random_.chance(40)) stored.run = records_.run_of(recent_event());
  if (!stored.run && random_.chance(80)) stored.run = stored.key;
  if (stored.run == stored.key) stored.links = random_links(stored.key);
  in_batch_.insert(stored.key);
  records_.put(stored);
  writer_.put_event(stored, true);
  if (stored.run == stored.key) writer_.put_links(stored.key, stored.links, true);
}

// A further observation, or the engine thinks otherwise of its causes.
void World::put_again() {
  const core::EventKey key = recent_event();
  if (!key || !in_batch_.insert(key).second) return;
  auto stored = stored_->event(key);
  REQUIRE(stored.ok());
  stored->event.count += 1;
  stored->event.last += random_.seconds_below(60);
  if (random_.chance(30)) describe(stored->event);
  const bool begins_run = stored->run == key;
  if (begins_run) change_run(*stored);
  records_.put(*stored);
  writer_.put_event(*stored, false);
}

// Its causes are others, or it is part of a run that an earlier event begins.
void World::change_run(graph::StoredEvent& stored) {
  const core::EventKey whole = random_.chance(20) ? records_.run_of(recent_event()) : core::EventKey{};
  if (whole && whole < stored.key) {
    stored.run = whole;
    stored.links.clear();
    writer_.put_part(stored.key, whole);
  } else if (random_.chance(50)) {
    stored.links = random_links(stored.key);
    writer_.put_links(stored.key, stored.links, false);
  }
}

void World::put_incident() {
  model::Incident incident;
  std::vector<core::EventKey> members;
  const bool known = !records_.incidents().empty() && random_.chance(60);
  if (known) {
    incident = any_of(records_.incidents(), random_)->second;
    incident.status = static_cast<model::IncidentStatus>(random_.below(3));
    incident.title = core::cat("title ", random_.below(20));
    if (random_.chance(10)) incident.opened = make_.time();
    if (random_.chance(20)) {  // takes over another one
      const auto other = any_of(records_.incidents(), random_)->first;
      if (other != incident.id && !incidents_in_batch_.contains(other)) incident.aliases.push_back(other);
    }
  } else {
    incident.id = core::IncidentId{random_.bits() | 1};
    incident.opened = incident.started = make_.time();
  }
  if (!incidents_in_batch_.insert(incident.id).second) return;
  for (int i = random_.below(4); i > 0; --i) {
    const core::EventKey key = recent_event();
    if (!key || !records_.events().contains(key)) continue;
    members.push_back(key);
    incident.members.push_back({key, records_.events().at(key).resource, random_.chance(50)});
  }
  records_.put(incident, members);
  writer_.put_incident(incident, members);
}

}  // namespace kgrca::model_test
