#include "store_script.h"

#include <map>

#include "mix_world.h"

namespace kgrca::bench {
namespace {

namespace keys = store::keys;
constexpr std::uint64_t resources = 20'000;

// A tenth of the resources makes most of the events.
core::ResourceId some_resource(Random& random) {
  const std::uint64_t number = 1 + (random.below(4) == 0 ? random.below(resources) : random.below(resources / 400));
  return {number * 0x9e3779b97f4a7c15ull};
}

using Touched = std::map<core::ResourceId, core::EventKey>;

constexpr std::uint64_t events_between_merges = 60'000;

// Records, what they are listed under, fingerprints and a count, as a lane writes them.
std::vector<Write> make_batch(std::uint64_t first, std::uint64_t count, Random& random, Touched& touched) {
  std::vector<Write> out;
  std::string value(300, '\0');
  for (std::uint64_t i = first; i < first + count; ++i) {
    for (std::size_t at = 0; at < value.size(); at += 3) value[at] = static_cast<char>(random.next());
    const core::EventKey event{1'700'000'000'000'000 + i * 16, random.next()};
    out.push_back({keys::event(event), value});
    touched.try_emplace(some_resource(random), event);
  }
  out.push_back({keys::batch_postings(first), std::string(40 * count, 'p')});
  out.push_back({keys::fingerprints(1, first), std::string(16 * count, 'f')});
  out.push_back({keys::meter(1, 1), {}, static_cast<std::int64_t>(count)});
  return out;
}

void merge_listings(std::vector<Write>& batch, Touched& touched) {
  for (const auto& [resource, event] : touched)
    batch.push_back({keys::postings(keys::Term::resource, resource.value, event, 0), std::string(40, 'e')});
  touched.clear();
}

}  // namespace

Script make_script(std::uint64_t events, std::uint64_t per_batch, std::uint64_t seed) {
  Random random(seed);
  Script out;
  Touched touched;
  std::uint64_t merged = 0;
  for (std::uint64_t first = 0; first < events; first += per_batch) {
    out.push_back(make_batch(first, std::min(per_batch, events - first), random, touched));
    if (first - merged < events_between_merges) continue;
    merge_listings(out.back(), touched);
    merged = first;
  }
  return out;
}

std::uint64_t keys_in(const Script& script) {
  std::uint64_t count = 0;
  for (const auto& batch : script) count += batch.size();
  return count;
}

}  // namespace kgrca::bench
