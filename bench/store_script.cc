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

std::vector<Write> make_batch(std::uint64_t first, std::uint64_t count, Random& random) {
  std::vector<Write> out;
  std::string value(300, '\0');
  std::map<core::ResourceId, core::EventKey> touched;
  for (std::uint64_t i = first; i < first + count; ++i) {
    for (std::size_t at = 0; at < value.size(); at += 3) value[at] = static_cast<char>(random.next());
    const core::EventKey event{1'700'000'000'000'000 + i * 16, random.next()};
    out.push_back({keys::event(event), value});
    touched.try_emplace(some_resource(random), event);
    if (!random.chance(0.16)) continue;
    out.push_back({keys::by_severity(3, event), "12345678"});
    out.push_back({keys::by_reason(random.below(50), event), "12345678"});
  }
  for (const auto& [resource, event] : touched) out.push_back({keys::resource_events(resource, event, 0), value.substr(0, 40)});
  out.push_back({keys::fingerprints(1, first), std::string(16 * count, 'f')});
  out.push_back({keys::meter(1, 1), {}, static_cast<std::int64_t>(count)});
  return out;
}

}  // namespace

Script make_script(std::uint64_t events, std::uint64_t per_batch, std::uint64_t seed) {
  Random random(seed);
  Script out;
  for (std::uint64_t first = 0; first < events; first += per_batch) out.push_back(make_batch(first, std::min(per_batch, events - first), random));
  return out;
}

std::uint64_t keys_in(const Script& script) {
  std::uint64_t count = 0;
  for (const auto& batch : script) count += batch.size();
  return count;
}

}  // namespace kgrca::bench
