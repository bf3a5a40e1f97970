#include <algorithm>
#include <random>
#include <type_traits>

#include <catch2/catch.hpp>

#include "kgrca/core/strings.h"
#include "kgrca/store/keys.h"
#include "kgrca/store/store.h"

namespace kgrca::store {
namespace {

using core::EventKey;
using core::IncidentId;
using core::ResourceId;
using core::from_micros;

// A key or a view that can be made from outside would be a way around the tenant border.
static_assert(!std::is_default_constructible_v<Key>);
static_assert(!std::is_constructible_v<Key, Family, std::string>);
static_assert(!std::is_constructible_v<Key, std::string>);
static_assert(!std::is_default_constructible_v<TenantView>);
static_assert(!std::is_constructible_v<TenantView, Store::Impl*, core::TenantNumber, int>);
static_assert(!std::is_default_constructible_v<Batch>);
static_assert(!std::is_default_constructible_v<Snapshot>);
static_assert(!std::is_copy_constructible_v<Store>);

std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (int v : values) out.push_back(static_cast<char>(v));
  return out;
}

class Random {
 public:
  std::uint64_t number() { return std::uniform_int_distribution<std::uint64_t>()(engine_); }
  // Small, large and borderline values alike: borders are where order breaks.
  std::uint64_t edgy() {
    const std::uint64_t borders[] = {0, 1, 255, 256, 65535, 65536, 0xffffffffull, 0x100000000ull, ~0ull, ~0ull - 1};
    const auto pick = number();
    return pick % 3 == 0 ? borders[(pick >> 8) % 10] : number() >> (number() % 64);
  }
  core::Time time() { return from_micros(static_cast<std::int64_t>(edgy() >> 2)); }

 private:
  std::mt19937_64 engine_{20251123};
};

}  // namespace

TEST_CASE("keys: the bytes are those of the grammar") {
  CHECK(keys::tenant_record(core::TenantNumber{258}).bytes() == "t" + bytes({0, 0, 1, 2}));
  CHECK(keys::meter(3, 4).bytes() == "m" + bytes({0, 3, 0, 0, 0, 4}));
  CHECK(keys::event({1, 2}).bytes() == bytes({0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2}));
  CHECK(keys::audit(from_micros(0), 7).bytes() == "a" + std::string(8, '\xff') + bytes({0, 0, 0, 7}));
  CHECK(keys::resource_by_name("pod", "shop", "orders-1", {9}).bytes() ==
        std::string("lpod\0shop\0orders-1\0", 19) + bytes({0, 0, 0, 0, 0, 0, 0, 9}));
  CHECK(keys::open_edge(true, {1}, 5, {2}, from_micros(3)).bytes() ==
        bytes({1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3}));
  CHECK(keys::closed_edge(false, {1}, 5, from_micros(4), {2}, from_micros(3)).bytes() ==
        bytes({0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 5, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3}));
  CHECK(keys::count("kind:pod").bytes() == "gkind:pod");
  CHECK(keys::event({1, 2}).family() == Family::events);
}

TEST_CASE("keys: what was put in can be read back") {
  Random random;
  for (int i = 0; i < 5000; ++i) {
    const EventKey event{random.edgy(), random.edgy()};
    const ResourceId resource{random.edgy()};
    const ResourceId neighbour{random.edgy()};
    const auto from = random.time();
    const auto to = random.time();
    const auto relation = static_cast<std::uint8_t>(random.number());
    REQUIRE(keys::event_of(keys::event(event).bytes()) == event);
    const auto postings = keys::postings_of(keys::postings(keys::Term::reason, resource.value, event, 7).bytes());
    REQUIRE((postings.term == keys::Term::reason && postings.value == resource.value && postings.earliest == event));
    REQUIRE(keys::seq_of_batch_postings(keys::batch_postings(event.hash).bytes()) == event.hash);
    const auto listing = keys::incident_listed(from, IncidentId{resource.value});
    REQUIRE(keys::incident_of_listing(listing.bytes()).value == resource.value);
    REQUIRE(keys::opened_of_listing(listing.bytes()) == from);
    REQUIRE(keys::resource_of_key(keys::resource(resource).bytes()) == resource);
    REQUIRE(keys::time_of_state_key(keys::resource_state(resource, to).bytes()) == to);
    REQUIRE(keys::resource_of_name_key(keys::resource_by_name("pod", "", "a:b", resource).bytes()) == resource);
    const auto name_key = keys::resource_by_name("pod", "shop", "a:b", resource);
    const keys::NameKey name = keys::name_key_of(name_key.bytes());
    REQUIRE((!resource || (name.kind == "pod" && name.ns == "shop" && name.name == "a:b" && name.id == resource)));
    const auto open = keys::edge_of(keys::open_edge(true, resource, relation, neighbour, from).bytes());
    REQUIRE((open.incoming && !open.closed && open.id == resource && open.relation == relation));
    REQUIRE((open.other == neighbour && open.from == from && open.to == core::Time{}));
    const auto closed = keys::edge_of(keys::closed_edge(false, resource, relation, to, neighbour, from).bytes());
    REQUIRE((!closed.incoming && closed.closed && closed.id == resource && closed.relation == relation));
    REQUIRE((closed.other == neighbour && closed.from == from && closed.to == to));
  }
  CHECK(keys::name_of_count(keys::count("type:x").bytes()) == "type:x");
}

TEST_CASE("keys: byte order is the order of the values") {
  Random random;
  for (int i = 0; i < 5000; ++i) {
    const EventKey a{random.edgy(), random.edgy()};
    const EventKey b{random.edgy(), random.edgy()};
    REQUIRE((keys::event(a) <=> keys::event(b)) == (a <=> b));
    REQUIRE((keys::postings(keys::Term::cause, 5, a, 1) <=> keys::postings(keys::Term::cause, 5, b, 1)) == (b <=> a));
    REQUIRE((keys::batch_postings(a.hash) <=> keys::batch_postings(b.hash)) == (a.hash <=> b.hash));
    const auto early = random.time();
    const auto late = random.time();
    REQUIRE((keys::resource_state({5}, early) <=> keys::resource_state({5}, late)) == (late <=> early));
    REQUIRE((keys::incident_listed(early, {1}) <=> keys::incident_listed(late, {1})) == (late <=> early));
    REQUIRE((keys::closed_edge(false, {1}, 2, early, {3}, late) <=> keys::closed_edge(false, {1}, 2, late, {3}, late)) ==
            (early <=> late));
    REQUIRE(keys::events_from(a.time()) <= keys::event({static_cast<std::uint64_t>(core::to_micros(a.time())), 0}));
  }
}

TEST_CASE("keys: every key begins with its prefix and ends before after(prefix)") {
  Random random;
  for (int i = 0; i < 2000; ++i) {
    const ResourceId id{random.edgy()};
    const EventKey event{random.edgy(), random.edgy()};
    const std::pair<Key, Key> pairs[] = {
        {keys::open_edges(true, id), keys::open_edge(true, id, 0xff, {random.edgy()}, random.time())},
        {keys::closed_edges(false, id, 0xff), keys::closed_edge(false, id, 0xff, random.time(), {~0ull}, random.time())},
        {keys::closed_edges(true, id), keys::closed_edge(true, id, 1, random.time(), {1}, random.time())},
        {keys::postings(keys::Term::resource, id.value), keys::postings(keys::Term::resource, id.value, event, ~0ull)},
        {keys::postings(), keys::postings(keys::Term::severity, ~0ull, event, 0)},
        {keys::batch_postings(), keys::batch_postings(~0ull)},
        {keys::events(), keys::event(event)},
        {keys::edges(true, id), keys::open_edge(true, id, 0xff, {~0ull}, random.time())},
        {keys::edges(true, id), keys::closed_edge(true, id, 0, random.time(), {0}, random.time())},
        {keys::resource_states(id), keys::resource_state(id, random.time())},
        {keys::fingerprints_of_minute(0xffffffff), keys::fingerprints(0xffffffff, random.edgy())},
        {keys::meters(0xffff), keys::meter(0xffff, 0xffffffff)},
        {keys::counts("kind:"), keys::count("kind:pod")},
        {keys::resources_by_kind("pod"), keys::resource_by_name("pod", "ns", "name", id)},
        {keys::resources_by_kind("pod", "ns"), keys::resource_by_name("pod", "ns", "name", id)},
    };
    for (const auto& [prefix, key] : pairs) {
      REQUIRE(prefix.family() == key.family());
      REQUIRE(key.bytes().starts_with(prefix.bytes()));
      REQUIRE(key < keys::after(prefix));
      REQUIRE(keys::after(prefix).bytes() > prefix.bytes());
    }
  }
}

TEST_CASE("keys: a kind is not the prefix of a longer kind, nor can a NUL forge a border") {
  CHECK_FALSE(keys::resource_by_name("podgroup", "ns", "x", {1}).bytes().starts_with(keys::resources_by_kind("pod").bytes()));
  const std::string forged("pod\0ns", 6);
  CHECK_FALSE(keys::resource_by_name(forged, "", "x", {1}).bytes().starts_with(keys::resources_by_kind("pod").bytes()));
}

TEST_CASE("keys: times before 1970 are stored as 1970") {
  CHECK(keys::events_from(from_micros(-5)) == keys::events_from(from_micros(0)));
  CHECK(keys::incident_listed(from_micros(-5), {1}) == keys::incident_listed(from_micros(0), {1}));
}

TEST_CASE("keys: reading bytes of a wrong shape gives empty ids") {
  Random random;
  for (std::size_t size = 0; size < 64; ++size) {
    std::string noise(size, '\0');
    std::generate(noise.begin(), noise.end(), [&] { return static_cast<char>(random.number()); });
    if (size != 16) CHECK(keys::event_of(noise) == EventKey{});
    if (size != 33) CHECK(keys::postings_of(noise).earliest == EventKey{});
    if (size != 27 && size != 35) CHECK_FALSE(keys::edge_of(noise).id);
    std::string tagged = noise;
    for (char tag : {'x', 'o', 'l', 'r', 'h', 'g'}) {
      if (!tagged.empty()) tagged[0] = tag;
      (void)keys::postings_of(tagged);
      (void)keys::seq_of_batch_postings(tagged);
      (void)keys::incident_of_listing(tagged);
      (void)keys::opened_of_listing(tagged);
      (void)keys::resource_of_name_key(tagged);
      (void)keys::name_key_of(tagged);
      (void)keys::resource_of_key(tagged);
      (void)keys::time_of_state_key(tagged);
      (void)keys::name_of_count(tagged);
    }
  }
  CHECK_FALSE(keys::resource_of_name_key("l12345678"));
  for (const std::string parts : {"abc", "a\1bc", "abcdef"}) CHECK_FALSE(keys::name_key_of("l" + parts + "12345678").id);
  CHECK_FALSE(keys::name_key_of(std::string("la\0bc\0d12345678", 16)).id);
  CHECK_FALSE(keys::resource_of_key("r1234567"));
}

TEST_CASE("keys: every kind of key is known by its shape, one byte more or less is none") {
  const Key all[] = {
      keys::tenant_by_name("a"), keys::tenant_record(core::TenantNumber{1}), keys::api_key("k"), keys::identity("format"),
      keys::checkpoint_part(1), keys::meter(1, 2), keys::fingerprints(1, 2), keys::source_position("s"), keys::count("edges"),
      keys::dictionary(1, "x"), keys::cutoffs(), keys::audit(from_micros(1), 2), keys::resource({1}), keys::resource_away({1}),
      keys::resource_state({1}, from_micros(2)), keys::resource_by_uid("u"), keys::resource_by_name("pod", "", "x", {1}),
      keys::open_edge(true, {1}, 2, {3}, from_micros(4)), keys::closed_edge(false, {1}, 2, from_micros(3), {4}, from_micros(5)),
      keys::event({1, 2}), keys::batch_postings(1), keys::merged_postings(), keys::postings(keys::Term::cause, 1, {2, 3}, 4),
      keys::incident_listed(from_micros(1), {2}), keys::incident({1}), keys::incident_of_event({1, 2}),
      keys::run_links({1, 2}),
  };
  const std::string_view ends_in_text = "nkipgdul";
  for (const Key& key : all) {
    INFO(keys::shown(key));
    CHECK(keys::is_key(key.family(), key.bytes()));
    CHECK(keys::shown(key).find(" 0x") == std::string::npos);
    const bool fixed = key.family() == Family::topology || key.family() == Family::events || key.family() == Family::index ||
                       key.family() == Family::incidents || ends_in_text.find(key.bytes().front()) == std::string_view::npos;
    if (!fixed) continue;
    CHECK_FALSE(keys::is_key(key.family(), key.bytes() + "x"));
    CHECK_FALSE(keys::is_key(key.family(), key.bytes().substr(0, key.bytes().size() - 1)));
  }
  CHECK_FALSE(keys::is_key(Family::meta, "z"));
  CHECK_FALSE(keys::is_key(Family::state, "l0123456789"));
  CHECK_FALSE(keys::is_key(Family::topology, std::string(10, '\2') + std::string(17, '\0')));
}

TEST_CASE("keys: every key can be shown to people, whatever its bytes") {
  CHECK(keys::shown(keys::closed_edge(false, {0xab}, 2, from_micros(2'000'000), {0xcd}, from_micros(1))) ==
        "topology edge out R=00000000000000ab closed relation 2 1970-01-01T00:00:02.000000Z R=00000000000000cd "
        "1970-01-01T00:00:00.000001Z");
  CHECK(keys::shown(keys::open_edge(true, {1}, 3, {2}, from_micros(0))) ==
        "topology edge in R=0000000000000001 open relation 3 R=0000000000000002 1970-01-01T00:00:00.000000Z");
  CHECK(keys::shown(keys::event({1, 2})) == core::cat("events event ", core::to_string(EventKey{1, 2})));
  CHECK(keys::shown(keys::resource_state({1}, from_micros(5))) == "state history R=0000000000000001 1970-01-01T00:00:00.000005Z");
  CHECK(keys::shown(keys::resource_by_name("pod", "shop", "a\nb", {1})) ==
        "state name \"pod\\x00shop\\x00a\\x0ab\\x00\" R=0000000000000001");
  CHECK(keys::shown(keys::count("edges.CALLS")) == "meta count \"edges.CALLS\"");
  CHECK(keys::shown(keys::incident_of_event({~0ull, 1})).starts_with("incidents incident of event ev"));
  CHECK(keys::shown(keys::postings(keys::Term::resource, 0xab, {1, 2}, 3)) ==
        core::cat("index of resource R=00000000000000ab ", core::to_string(EventKey{1, 2}), " 3"));
  CHECK(keys::shown(Family::events, "\x01\xff") == "events 0x01ff");
  CHECK(keys::shown(Family::state, "l") == "state 0x6c");
  CHECK(keys::shown(Family::meta, "") == "meta 0x");
  Random random;
  for (int i = 0; i < 20'000; ++i) {
    std::string junk;
    for (std::uint64_t n = random.number() % 40; n > 0; --n) junk.push_back(static_cast<char>(random.number()));
    for (int family = 0; family < family_count; ++family) CHECK_FALSE(keys::shown(static_cast<Family>(family), junk).empty());
  }
}

}  // namespace kgrca::store
