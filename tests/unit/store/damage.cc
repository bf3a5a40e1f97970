#include "tests/unit/store/damage.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "kgrca/core/strings.h"
#include "tests/unit/store/temp_store.h"

namespace kgrca::store::testing {
namespace {

constexpr std::uint32_t tenants = 3;
constexpr std::uint64_t rounds = 5;   // the store is closed and opened again after each: what the log held becomes tables
constexpr std::uint64_t batches = 25; // of a tenant and round
constexpr std::uint64_t resources = 12;

int database_of(std::uint32_t tenant) { return static_cast<int>(tenant) % damage_databases; }

std::string bytes_of(std::uint64_t seed, std::size_t length) {
  std::mt19937_64 random(seed);
  std::string text(length, ' ');
  for (char& c : text) c = static_cast<char>('a' + random() % 26);
  return text;
}

// The store and the expectation get the same changes.
class Writer {
 public:
  Writer(TenantView view, Expected& expected) : view_(view), batch_(view.batch()), expected_(expected), tenant_(raw(view.tenant())) {}
  void put(const Key& prefix, const Key& key, const std::string& value) {
    batch_.put(key, value);
    auto& entries = expected_.scans[{tenant_, prefix}];
    std::erase_if(entries, [&](const auto& entry) { return entry.first == key.bytes(); });
    entries.emplace_back(key.bytes(), value);
    std::sort(entries.begin(), entries.end());
    expected_.values.insert_or_assign({tenant_, key}, value);
  }
  void erase(const Key& prefix, const Key& key) {
    batch_.erase(key);
    std::erase_if(expected_.scans[{tenant_, prefix}], [&](const auto& entry) { return entry.first == key.bytes(); });
    expected_.values.erase({tenant_, key});
  }
  void erase_prefix(const Key& prefix) {
    batch_.erase_prefix(prefix);
    for (const auto& [key, value] : expected_.scans[{tenant_, prefix}]) erased_.push_back(key);
    for (const auto& key : erased_)
      std::erase_if(expected_.values, [&](const auto& entry) {
        return std::get<0>(entry.first) == tenant_ && std::get<1>(entry.first).family() == prefix.family() &&
               std::get<1>(entry.first).bytes() == key;
      });
    expected_.scans[{tenant_, prefix}].clear();
  }
  void add(const Key& key) {
    batch_.add(key, 1);
    ++expected_.counters[{tenant_, key}];
  }
  void commit() { REQUIRE(view_.commit_durably(std::move(batch_)).ok()); }

 private:
  static std::uint32_t raw(core::TenantNumber tenant) { return static_cast<std::uint32_t>(tenant); }
  TenantView view_;
  Batch batch_;
  Expected& expected_;
  std::uint32_t tenant_;
  std::vector<std::string> erased_;
};

void write_one(Writer& writer, std::uint32_t tenant, std::uint64_t n) {
  const core::ResourceId id{1 + n % resources};
  const core::ResourceId other{1 + (n * 7 + 1) % resources};
  const core::EventKey event{1000 + n, tenant};
  const core::Time at = core::from_micros(static_cast<std::int64_t>(1000 + n));
  const std::uint64_t seed = n * 100 + tenant;
  writer.put(keys::events(), keys::event(event), bytes_of(seed, 40 + seed % 400));
  using keys::Term;
  writer.put(keys::postings(Term::resource, id.value), keys::postings(Term::resource, id.value, event, n), bytes_of(seed + 1, 6));
  writer.put(keys::postings(Term::severity, 3), keys::postings(Term::severity, 3, event, n), bytes_of(seed + 2, 8));
  writer.put(keys::resources(), keys::resource(id), bytes_of(seed + 3, 60));
  writer.put(keys::resource_states(id), keys::resource_state(id, at), bytes_of(seed + 4, 50));
  writer.put(keys::open_edges(false, id), keys::open_edge(false, id, 2, other, at), bytes_of(seed + 5, 10));
  if (n % 4 == 3) writer.erase(keys::open_edges(false, id), keys::open_edge(false, id, 2, other, at));
  if (n % 5 == 0) writer.put(keys::incidents_listed(), keys::incident_listed(at, {n}), "");
  if (n % 37 == 36) writer.erase_prefix(keys::resource_states({1 + n % 5}));
  if (n % 41 == 40) writer.erase_prefix(keys::postings(keys::Term::resource, 1 + n % 7));
  writer.add(keys::count("events"));
}

std::vector<std::string> files_of(const std::string& directory) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    const bool ours = name.find(".log") != std::string::npos || name.ends_with(".sst") || name.starts_with("MANIFEST") ||
                      name == "CURRENT" || name.starts_with("OPTIONS") || name == "IDENTITY" || name == "SYNCED";
    if (entry.is_regular_file() && ours && entry.file_size() > 0) files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Logs and manifests are few and matter most: they are drawn as often as all tables together.
std::string draw_file(const std::string& directory, std::mt19937_64& random) {
  std::vector<std::string> logs, manifests, tables, others;
  for (const std::string& file : files_of(directory)) {
    const std::string name = std::filesystem::path(file).filename().string();
    auto& group = name.ends_with(".log") ? logs : name.ends_with(".sst") ? tables : name.starts_with("MANIFEST") ? manifests : others;
    group.push_back(file);
  }
  const std::uint64_t dice = random() % 10;
  const auto& group = dice < 3 ? logs : dice < 6 ? manifests : dice < 9 ? tables : others;
  REQUIRE_FALSE(group.empty());
  return group[random() % group.size()];
}

std::string overwrite(const std::string& file, std::uint64_t begin, const std::string& bytes) {
  std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
  out.seekp(static_cast<std::streamoff>(begin));
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  REQUIRE(out.good());
  return core::cat(" at ", begin, ", ", bytes.size(), " bytes");
}

char byte_at(const std::string& file, std::uint64_t at) {
  std::ifstream in(file, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(at));
  return static_cast<char>(in.get());
}

std::string describe(std::uint32_t tenant, const Key& key) {
  std::string hex;
  for (const char c : key.bytes()) core::append(hex, static_cast<int>(static_cast<unsigned char>(c)), ".");
  return core::cat("tenant ", tenant, ", family ", static_cast<int>(key.family()), ", key ", hex);
}

class Inspector {
 public:
  explicit Inspector(Store& store) : store_(store) {}
  Look inspect(const Expected& expected) {
    for (const auto& [where, entries] : expected.scans) check_scan(std::get<0>(where), std::get<1>(where), entries);
    for (const auto& [where, entries] : expected.scans) check_seek(std::get<0>(where), std::get<1>(where), entries);
    for (const auto& [where, value] : expected.values) check_value(std::get<0>(where), std::get<1>(where), value);
    for (const auto& [where, count] : expected.counters) check_counter(std::get<0>(where), std::get<1>(where), count);
    return look_;
  }

 private:
  Snapshot snapshot(std::uint32_t tenant) {
    return TenantViewOpener::open(store_, core::TenantNumber{tenant}, database_of(tenant)).snapshot();
  }
  void unreadable(const core::Status& why) {
    if (look_.findings == Findings::untouched) look_ = {Findings::partly_unreadable, std::string(why.message())};
  }
  void wrong(std::string what) {
    if (look_.findings != Findings::wrong) look_ = {Findings::wrong, std::move(what)};
  }
  void check_scan(std::uint32_t tenant, const Key& prefix, const std::vector<std::pair<std::string, std::string>>& entries) {
    auto snap = snapshot(tenant);
    auto scan = snap.scan(prefix);
    std::size_t at = 0;
    for (; scan.valid(); scan.next(), ++at) {
      if (at < entries.size() && scan.key() == entries[at].first && scan.value() == entries[at].second) continue;
      return wrong(core::cat("scan of ", describe(tenant, prefix), " has another entry at ", at));
    }
    if (!scan.status().ok()) return unreadable(scan.status());
    if (at != entries.size()) wrong(core::cat("scan of ", describe(tenant, prefix), " ends after ", at, " of ", entries.size()));
  }
  void check_seek(std::uint32_t tenant, const Key& prefix, const std::vector<std::pair<std::string, std::string>>& entries) {
    auto seeker = snapshot(tenant).seeker(prefix.family());
    std::size_t at = 0;
    for (seeker.seek(prefix, prefix); seeker.valid(); seeker.next(), ++at) {
      if (at < entries.size() && seeker.key() == entries[at].first && seeker.value() == entries[at].second) continue;
      return wrong(core::cat("seek to ", describe(tenant, prefix), " has another entry at ", at));
    }
    if (!seeker.status().ok()) return unreadable(seeker.status());
    if (at != entries.size()) wrong(core::cat("seek to ", describe(tenant, prefix), " ends after ", at, " of ", entries.size()));
  }
  void check_value(std::uint32_t tenant, const Key& key, const std::string& value) {
    const auto got = snapshot(tenant).get(key);
    if (!got.ok()) return unreadable(got.status());
    if (*got != value) wrong(core::cat("get of ", describe(tenant, key), got->has_value() ? ": another value" : ": absent"));
  }
  void check_counter(std::uint32_t tenant, const Key& key, std::int64_t count) {
    const auto got = snapshot(tenant).counter(key);
    if (!got.ok()) return unreadable(got.status());
    if (*got != count) wrong(core::cat("counter ", describe(tenant, key)));
  }

  Store& store_;
  Look look_;
};

}  // namespace

Expected make_known_store(const std::string& directory) {
  Expected expected;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    core::Metrics metrics;
    auto store = Store::open(small_options(directory, damage_databases), metrics);
    INFO(store.status().ToString());
    REQUIRE(store.ok());
    for (std::uint64_t i = 0; i < batches; ++i) {
      for (std::uint32_t tenant = 1; tenant <= tenants; ++tenant) {
        Writer writer(TenantViewOpener::open(**store, core::TenantNumber{tenant}, database_of(tenant)), expected);
        for (std::uint64_t n = 0; n < 4; ++n) write_one(writer, tenant, (round * batches + i) * 4 + n);
        writer.commit();
      }
    }
  }
  return expected;
}

std::string hurt(const std::string& directory, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const std::string file = draw_file(directory, random);
  const std::uint64_t size = std::filesystem::file_size(file);
  const std::uint64_t begin = random() % size;
  const std::size_t length = std::min<std::uint64_t>(size - begin, 1 + random() % (random() % 2 == 0 ? 16 : 4096));
  const std::string shown = std::filesystem::path(file).lexically_relative(directory).string() + core::cat(" (", size, " bytes)");
  switch (random() % 6) {
    case 0:
    case 1: return core::cat("bit flipped in ", shown, overwrite(file, begin, std::string(1, static_cast<char>(byte_at(file, begin) ^ (1 << random() % 8)))));
    case 2: return core::cat("zeroes in ", shown, overwrite(file, begin, std::string(length, '\0')));
    case 3: return core::cat("noise in ", shown, overwrite(file, begin, bytes_of(random(), length)));
    case 4: std::filesystem::resize_file(file, begin); return core::cat(shown, " cut to ", begin);
    default: {
      const std::uint64_t kept = size - std::min<std::uint64_t>(size, 1 + random() % 64);
      std::filesystem::resize_file(file, kept);
      return core::cat(shown, " cut to ", kept);
    }
  }
}

Look look_at(const std::string& directory, const Expected& expected) {
  core::Metrics metrics;
  auto options = small_options(directory, damage_databases);
  std::string fatal;
  options.on_fatal = [&](const core::Status& why) { fatal = std::string(why.message()); };
  auto store = Store::open(options, metrics);
  if (!store.ok()) return {Findings::refused, std::string(store.status().message())};
  Look look = Inspector(**store).inspect(expected);
  if (look.findings == Findings::wrong) return look;
  // The store goes on, and what it takes now it keeps.
  auto view = TenantViewOpener::open(**store, core::TenantNumber{1}, database_of(1));
  auto batch = view.batch();
  const Key added = keys::incident({1});
  batch.put(added, "added");
  const bool taken = view.commit_durably(std::move(batch)).ok();
  const auto got = view.snapshot().get(added);
  if (taken && got.ok() && *got != "added") return {Findings::wrong, "what was written after the damage is not there"};
  return look;
}

}  // namespace kgrca::store::testing
