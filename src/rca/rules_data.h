// The parsed form of config/rules.yaml.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kgrca/core/strings.h"
#include "kgrca/core/time.h"
#include "kgrca/model/resource.h"
#include "kgrca/rca/rules.h"

namespace kgrca::rca {

// How trouble got from the cause's resource to the effect's: the most telling relation on the path.
enum class Place : std::uint8_t {
  same, component, node, on_node, config, storage, callee, caller, scaler, ingress, provider, mention
};
inline constexpr std::size_t place_count = 12;
std::string_view name_of(Place place);

using GroupIndex = std::uint8_t;
inline constexpr std::size_t group_limit = 64;
using GroupMask = std::uint64_t;

// Trouble crosses an edge of this relation, from its source to its target or the other way round.
struct Influence {
  model::Relation relation;
  bool from_source = true;
  float weight = 0;
  Place place = Place::component;
};

// A resource that many others rely on without an edge saying so (cluster DNS, metrics server, a namespace's quota).
struct Provider {
  std::string kind;
  std::string ns;                          // empty: any
  std::vector<std::string> name_prefixes;  // empty: any
  std::vector<std::string> target_kinds;
  bool same_namespace = false;
  float weight = 0;
  GroupMask effects = 0;                   // only effects of these groups
};

// What is usual between a cause of one group and an effect of another.
struct Pair {
  std::string name;
  GroupMask causes = 0;
  GroupMask effects = 0;
  std::uint32_t places = 0;                // bit per Place
  float logit = 0;                         // of the prior
  float lag_ln_median = 0;                 // of seconds
  float lag_sigma = 1.1f;
  core::Duration window{};
  // ln(sigma √2π), and ln of the window's seconds.
  float ln_spread = 0;
  float ln_window = 0;
};

struct Rules::Data {
  std::uint32_t version = 0;

  core::Duration lateness{}, skew{}, episode_gap{}, stay{}, close_after{}, close_after_firing{}, memory{}, firing_for{};
  std::size_t max_hops = 4;
  float min_weight = 0.08f;
  std::size_t max_ancestors = 160, max_checks = 256, max_members = 500, max_runs = 50'000, max_runs_per_resource = 256;
  float keep = 0.05f, show = 0.30f, join = 0.30f, merge = 0.5f;
  std::size_t max_parents = 3;

  float base = 0, w_pair = 1, w_topology = 1, w_lag = 1, w_rarity = 0, w_severity = 0, w_specificity = 0;
  float chronic_penalty = 0, uncertain_onset_penalty = 0;

  std::vector<std::string> groups;
  core::StringMap<GroupIndex> group_index;
  GroupMask chronic = 0;
  std::array<float, group_limit> root_prior{};
  std::array<float, group_limit> symptom_weight{};
  float root_prior_default = 0.5f;

  std::vector<Influence> influences;
  std::vector<Provider> providers;
  std::vector<Pair> pairs;
  // First fitting row of `pairs`; the last row fits everything.
  std::vector<std::uint16_t> pair_table;  // [place][cause][effect]

  float onset_scale_s = 300, symptom_root_factor = 0.2f;
  float abstain_share = 0.35f, abstain_coverage = 0.3f;
  float min_incident_mass = 1;
  std::vector<std::pair<float, float>> root_calibration;  // score share -> confidence, rising

  GroupIndex group_of(std::string_view name) const;
  const Pair& pair(Place place, GroupIndex cause, GroupIndex effect) const {
    return pairs[pair_table[(static_cast<std::size_t>(place) * group_limit + cause) * group_limit + effect]];
  }
  std::uint16_t pair_row(Place place, GroupIndex cause, GroupIndex effect) const {
    return pair_table[(static_cast<std::size_t>(place) * group_limit + cause) * group_limit + effect];
  }
};

}  // namespace kgrca::rca
