// Isolation: random writes and reads of every kind of key, by tenants whose numbers are prefixes, neighbours and byte-order look-alikes
// of each other, with ids and names that hold each other's bytes. Each must see its own bytes and no others.
#include <algorithm>
#include <array>
#include <map>

#include "kgrca/store/keys.h"
#include "tests/model/options.h"
#include "tests/model/random_records.h"
#include "tests/unit/store/temp_store.h"

using namespace kgrca;
using namespace kgrca::model_test;
namespace keys = store::keys;
using store::Family;
using store::Key;

namespace {

constexpr std::array<std::uint32_t, 12> tenants{0,          1,          2,          0x100,      0x01000000, 0x02000000,
                                                0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0x01010101, 0x72000000};

// Bytes that could be taken for a tenant's number, a kind of key or the end of one.
std::string tricky(Random& random, std::size_t size) {
  static constexpr std::string_view bytes{"\x00\x00\x00\x01\x02\x7f\x80\xfe\xff\xff\xff\xffr", 13};
  std::string out;
  while (out.size() < size) out.push_back(bytes[static_cast<std::size_t>(random.below(static_cast<int>(bytes.size())))]);
  return out;
}

std::uint64_t number(Random& random) {
  const std::string bytes = tricky(random, 8);
  std::uint64_t out = 0;
  for (const char c : bytes) out = out << 8 | static_cast<unsigned char>(c);
  return out;
}

core::Time time_of(Random& random) { return core::from_micros(static_cast<std::int64_t>(number(random) >> 8)); }
core::ResourceId resource_of(Random& random) { return {number(random)}; }
core::EventKey event_of(Random& random) { return {number(random) >> 8, number(random)}; }
std::string name_of(Random& random) { return tricky(random, static_cast<std::size_t>(random.below(5))); }
std::uint8_t byte_of(Random& random) { return static_cast<std::uint8_t>(number(random)); }

bool counts(const Key& key) { return key.family() == Family::meta && (key.bytes()[0] == 'g' || key.bytes()[0] == 'm'); }

keys::Term term_of(Random& random) {
  using keys::Term;
  const std::array terms = {Term::resource, Term::severity, Term::reason, Term::cause};
  return terms[static_cast<std::size_t>(random.below(4))];
}

Key any_key(Random& random) {
  switch (random.below(25)) {
    case 0: return keys::tenant_by_name(name_of(random));
    case 1: return keys::tenant_record(core::TenantNumber{static_cast<std::uint32_t>(number(random))});
    case 2: return keys::api_key(name_of(random));
    case 3: return keys::identity(name_of(random));
    case 4: return keys::checkpoint_part(static_cast<std::uint16_t>(number(random)));
    case 5: return keys::meter(static_cast<std::uint16_t>(number(random)), static_cast<std::uint32_t>(number(random)));
    case 6: return keys::fingerprints(static_cast<std::uint32_t>(number(random)), number(random));
    case 7: return keys::source_position(name_of(random));
    case 8: return keys::count(name_of(random));
    case 9: return keys::dictionary(byte_of(random), name_of(random));
    case 10: return keys::audit(time_of(random), static_cast<std::uint32_t>(number(random)));
    case 11: return keys::resource(resource_of(random));
    case 12: return keys::resource_state(resource_of(random), time_of(random));
    case 13: return keys::resource_by_uid(name_of(random));
    case 14: return keys::resource_by_name(name_of(random), name_of(random), name_of(random), resource_of(random));
    case 15: return keys::open_edge(random.chance(50), resource_of(random), byte_of(random), resource_of(random), time_of(random));
    case 16: return keys::closed_edge(random.chance(50), resource_of(random), byte_of(random), time_of(random), resource_of(random), time_of(random));
    case 17: return keys::event(event_of(random));
    case 18: return keys::postings(term_of(random), number(random), event_of(random), number(random));
    case 19: return random.chance(80) ? keys::batch_postings(number(random)) : keys::merged_postings();
    case 20: return keys::cutoffs();
    case 21: return keys::resource_away(resource_of(random));
    case 22: return keys::incident_of_event(event_of(random));
    case 23: return keys::run_links(event_of(random));
    default:
      return random.chance(50) ? keys::incident_listed(time_of(random), core::IncidentId{number(random)})
                               : keys::incident(core::IncidentId{number(random)});
  }
}

Key any_prefix(Random& random) {
  switch (random.below(17)) {
    case 0: return keys::tenant_records();
    case 1: return keys::api_keys();
    case 2: return keys::checkpoint_parts();
    case 3: return keys::meters(static_cast<std::uint16_t>(number(random)));
    case 4: return keys::fingerprints_all();
    case 5: return keys::counts(random.chance(50) ? "" : name_of(random));
    case 6: return keys::dictionary(byte_of(random), {});
    case 7: return keys::audits();
    case 8: return keys::resources();
    case 9: return keys::resource_states(resource_of(random));
    case 10: return keys::resources_by_name();
    case 11: return keys::resources_by_kind(name_of(random));
    case 12: return random.chance(50) ? keys::open_edges(random.chance(50), resource_of(random)) : keys::closed_edges(random.chance(50), resource_of(random));
    case 13: return keys::events();
    case 14: return keys::incidents_listed();
    case 15: return random.chance(70) ? keys::postings(term_of(random), number(random)) : keys::postings();
    default: return any_key(random);
  }
}

// A second key of the same family, often close to the first.
Key beside(Random& random, const Key& key) {
  for (int tries = 0; tries < 30; ++tries) {
    Key other = random.chance(50) ? any_key(random) : any_prefix(random);
    if (other.family() == key.family()) return other;
  }
  return keys::after(key);
}

using Held = std::map<std::string, std::string>;  // key after the tenant's number -> value; of counters the number as text

struct Tenant {
  std::uint32_t number = 0;
  int database = 0;
  std::map<Family, Held> held;
};

Held::const_iterator first_from(const Held& held, const std::string& prefix, const std::string& from) {
  return held.lower_bound(std::max(prefix, from));
}

std::vector<std::pair<std::string, std::string>> expected_scan(const Held& held, const std::string& prefix, const std::string& from) {
  std::vector<std::pair<std::string, std::string>> out;
  for (auto it = first_from(held, prefix, from); it != held.end() && it->first.starts_with(prefix); ++it) out.push_back(*it);
  return out;
}

// What a scan or a seeker comes to from where it stands.
template <typename Reader>
std::vector<std::pair<std::string, std::string>> found_by(Reader&& reader) {
  std::vector<std::pair<std::string, std::string>> out;
  for (; reader.valid(); reader.next()) {
    const bool counter = !reader.key().empty() && reader.value().size() == 8;
    out.emplace_back(reader.key(), counter ? core::cat(*store::decode_counter(reader.value())) : std::string(reader.value()));
  }
  REQUIRE(reader.status().ok());
  return out;
}

// Within `topology` and `index` a seeker wants a prefix that names a term: nine bytes after the tenant's number.
bool seekable(const Key& prefix) {
  return (prefix.family() != Family::topology && prefix.family() != Family::index) || prefix.bytes().size() >= 9;
}

class Isolation {
 public:
  explicit Isolation(std::uint64_t seed) : random_(seed) {
    for (const std::uint32_t number : tenants) tenants_.push_back({number, static_cast<int>(number & 1U), {}});
    const store::Snapshot operators = disk_.view(0).snapshot();
    for (auto& [key, value] : found_by(operators.scan(keys::identity({})))) tenants_.front().held[Family::meta][key] = value;
  }

  std::size_t step() {
    Tenant& tenant = tenants_[static_cast<std::size_t>(random_.below(static_cast<int>(tenants_.size())))];
    const int writes = 1 + random_.below(20);
    store::Batch batch = disk_.view(tenant.number, tenant.database).batch();
    for (int i = 0; i < writes; ++i) write(tenant, batch);
    REQUIRE(disk_.view(tenant.number, tenant.database).commit(std::move(batch), [] {}).ok());
    const int reads = random_.below(20);
    Tenant& reader = tenants_[static_cast<std::size_t>(random_.below(static_cast<int>(tenants_.size())))];
    const store::Snapshot snapshot = disk_.view(reader.number, reader.database).snapshot();
    for (int i = 0; i < reads; ++i) read(reader, snapshot);
    return static_cast<std::size_t>(writes + reads);
  }

  void reopen() { disk_.reopen(); }

 private:
  // The operator's own records say what kind of store it is.
  static bool writable(const Tenant& tenant, const Key& key) { return tenant.number != 0 || key.family() != Family::meta; }

  void write(Tenant& tenant, store::Batch& batch) {
    const Key key = any_key(random_);
    if (!writable(tenant, key)) return;
    if (recent_.size() < 500) recent_.push_back(key);
    else recent_[static_cast<std::size_t>(random_.below(500))] = key;
    Held& held = tenant.held[key.family()];
    const int kind = random_.below(1000);
    if (kind < 4) {
      const Key prefix = any_prefix(random_);
      if (!writable(tenant, prefix)) return;
      batch.erase_prefix(prefix);
      std::erase_if(tenant.held[prefix.family()], [&](const auto& entry) { return entry.first.starts_with(prefix.bytes()); });
    } else if (kind < 10) {
      const Key last = random_.chance(30) ? keys::after(key) : beside(random_, key);
      batch.erase_range(key, last);
      if (key.bytes() < last.bytes()) held.erase(held.lower_bound(key.bytes()), held.lower_bound(last.bytes()));
    } else if (kind < 150) {
      batch.erase(key);
      held.erase(key.bytes());
    } else if (counts(key)) {
      const int amount = random_.below(100) - 30;
      batch.add(key, amount);
      std::string& sum = held[key.bytes()];
      sum = core::cat((sum.empty() ? 0 : *core::parse_int(sum)) + amount);
    } else {
      held[key.bytes()] = core::cat("of tenant ", tenant.number, " number ", ++written_);
      batch.put(key, held[key.bytes()]);
    }
  }

  void read(const Tenant& tenant, const store::Snapshot& snapshot) {
    static const Held none;
    const Key prefix = any_prefix(random_);
    const auto family = tenant.held.find(prefix.family());
    const Held& held = family == tenant.held.end() ? none : family->second;
    INFO("tenant " << tenant.number << ", family " << static_cast<int>(prefix.family()));
    const Key other = beside(random_, prefix);
    auto expected = expected_scan(held, prefix.bytes(), prefix.bytes());
    const int kind = random_.below(7);
    if (kind == 1) {
      REQUIRE(found_by(snapshot.scan(prefix)) == expected);
    } else if (kind == 2) {
      REQUIRE(found_by(snapshot.scan(prefix, other)) == expected_scan(held, prefix.bytes(), other.bytes()));
    } else if (kind == 3) {
      std::reverse(expected.begin(), expected.end());
      REQUIRE(found_by(snapshot.scan_backwards(prefix)) == expected);
    } else if (kind == 4) {
      std::erase_if(expected, [&](const auto& entry) { return entry.first >= other.bytes(); });
      std::reverse(expected.begin(), expected.end());
      REQUIRE(found_by(snapshot.scan_backwards(prefix, other)) == expected);
    } else if (kind == 5 && seekable(prefix) && seekable(other)) {
      store::Seeker seeker = snapshot.seeker(prefix.family());
      for (const auto& [from, to] : {std::pair(&prefix, &prefix), std::pair(&prefix, &other), std::pair(&other, &other)}) {
        seeker.seek(*from, *to);
        REQUIRE(found_by(seeker) == expected_scan(held, from->bytes(), to->bytes()));
      }
    } else {
      const Key& key = recent_.empty() ? prefix : recent_[static_cast<std::size_t>(random_.below(static_cast<int>(recent_.size())))];
      const auto of_key = tenant.held.find(key.family());
      get(of_key == tenant.held.end() ? none : of_key->second, snapshot, key);
    }
  }

  void get(const Held& held, const store::Snapshot& snapshot, const Key& key) {
    const auto expected = held.find(key.bytes());
    if (counts(key)) {
      REQUIRE(*snapshot.counter(key) == (expected == held.end() ? 0 : *core::parse_int(expected->second)));
      return;
    }
    const auto found = snapshot.get(key);
    REQUIRE(found.ok());
    REQUIRE(found->value_or("nothing") == (expected == held.end() ? "nothing" : expected->second));
    get_all(held, snapshot, key.family());
  }

  // What any of them wrote of a family lately, at once.
  void get_all(const Held& held, const store::Snapshot& snapshot, store::Family family) {
    std::vector<Key> keys;
    for (const Key& key : recent_)
      if (key.family() == family && !counts(key)) keys.push_back(key);
    const auto found = snapshot.get_all(keys);
    REQUIRE(found.ok());
    REQUIRE(found->size() == keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto expected = held.find(keys[i].bytes());
      REQUIRE((*found)[i].value_or("nothing") == (expected == held.end() ? "nothing" : expected->second));
    }
  }

  Random random_;
  store::testing::TempStore disk_{2};
  std::vector<Tenant> tenants_;
  std::vector<Key> recent_;  // written by any of them
  std::uint64_t written_ = 0;
};

}  // namespace

TEST_CASE("isolation: whatever a tenant calls, it reads its own bytes and no others") {
  const std::uint64_t wanted = operations(60'000);
  const std::uint64_t first = seed();
  INFO("again with KGRCA_SEED=" << first);
  Isolation isolation(first);
  for (std::size_t done = 0, steps = 0; done < wanted; ++steps) {
    INFO("after " << done << " operations");
    done += isolation.step();
    if (steps % 3000 == 2999) isolation.reopen();
  }
}
