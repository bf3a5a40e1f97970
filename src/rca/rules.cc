#include "kgrca/rca/rules.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <cstdlib>
#include <functional>

#include "kgrca/core/hash.h"
#include "kgrca/core/log.h"
#include "kgrca/core/yaml.h"
#include "rca/rules_data.h"

namespace kgrca::embedded {
extern const std::string_view rules_yaml;
}

namespace kgrca::rca {
namespace {

constexpr std::array<std::string_view, place_count> place_names{
    "same", "component", "node", "on_node", "config", "storage", "callee", "caller", "scaler", "ingress", "provider", "mention"};

using core::Status;
using core::Yaml;

constexpr std::int64_t bound_limit = 1'000'000;

Status bad(const Yaml& at, std::string_view what) {
  return core::invalid_argument(core::cat("rules.yaml line ", at.line(), ": ", what));
}

class Parser {
 public:
  explicit Parser(Rules::Data& data) : data_(data) {}

  Status parse(const Yaml& root) {
    using Step = std::pair<std::string_view, Status (Parser::*)(const Yaml&)>;
    constexpr std::array<Step, 8> steps{{{"engine", &Parser::parse_engine},
                                         {"weights", &Parser::parse_weights},
                                         {"sets", &Parser::parse_sets},
                                         {"influence", &Parser::parse_influence},
                                         {"providers", &Parser::parse_providers},
                                         {"pairs", &Parser::parse_pairs},
                                         {"ranking", &Parser::parse_ranking},
                                         {"grouping", &Parser::parse_grouping}}};
    for (const auto& [name, step] : steps) {
      const Yaml* section = root.find(name);
      if (section == nullptr) return core::invalid_argument(core::cat("rules.yaml: section `", name, "` is missing"));
      KGRCA_RETURN_IF_ERROR((this->*step)(*section));
    }
    build_table();
    return core::ok_status();
  }

 private:
  Status duration(const Yaml& map, std::string_view key, core::Duration& out) {
    const Yaml* value = map.find(key);
    if (value == nullptr) return bad(map, core::cat("`", key, "` is missing"));
    auto parsed = core::parse_duration(value->text());
    if (!parsed) return bad(*value, core::cat("`", key, "` is no duration such as 15m"));
    out = *parsed;
    return core::ok_status();
  }

  Status number(const Yaml& map, std::string_view key, float& out) {
    const Yaml* value = map.find(key);
    if (value == nullptr || !value->number()) return bad(map, core::cat("`", key, "` must be a number"));
    out = static_cast<float>(*value->number());
    return core::ok_status();
  }

  // A bound; absent leaves `out` as it is.
  Status bound(const Yaml& map, std::string_view key, std::size_t& out) {
    const Yaml* value = map.find(key);
    if (value == nullptr) return core::ok_status();
    auto number = value->integer();
    if (!number || *number < 1 || *number > bound_limit)
      return bad(*value, core::cat("`", key, "` must be a whole number from 1 to ", bound_limit));
    out = static_cast<std::size_t>(*number);
    return core::ok_status();
  }

  Status parse_engine(const Yaml& y) {
    KGRCA_RETURN_IF_ERROR(duration(y, "lateness", data_.lateness));
    KGRCA_RETURN_IF_ERROR(duration(y, "skew", data_.skew));
    KGRCA_RETURN_IF_ERROR(duration(y, "episode_gap", data_.episode_gap));
    KGRCA_RETURN_IF_ERROR(duration(y, "stay", data_.stay));
    KGRCA_RETURN_IF_ERROR(duration(y, "memory", data_.memory));
    KGRCA_RETURN_IF_ERROR(duration(y, "firing_for", data_.firing_for));
    KGRCA_RETURN_IF_ERROR(duration(y, "window", default_window_));
    KGRCA_RETURN_IF_ERROR(duration(y, "lag", default_lag_));
    KGRCA_RETURN_IF_ERROR(number(y, "lag_sigma", default_sigma_));
    KGRCA_RETURN_IF_ERROR(number(y, "min_weight", data_.min_weight));
    KGRCA_RETURN_IF_ERROR(number(y, "keep", data_.keep));
    KGRCA_RETURN_IF_ERROR(number(y, "show", data_.show));
    KGRCA_RETURN_IF_ERROR(bound(y, "max_hops", data_.max_hops));
    KGRCA_RETURN_IF_ERROR(bound(y, "max_ancestors", data_.max_ancestors));
    KGRCA_RETURN_IF_ERROR(bound(y, "max_checks", data_.max_checks));
    KGRCA_RETURN_IF_ERROR(bound(y, "max_runs", data_.max_runs));
    KGRCA_RETURN_IF_ERROR(bound(y, "max_runs_per_resource", data_.max_runs_per_resource));
    return bound(y, "max_parents", data_.max_parents);
  }

  Status parse_weights(const Yaml& y) {
    KGRCA_RETURN_IF_ERROR(number(y, "base", data_.base));
    KGRCA_RETURN_IF_ERROR(number(y, "pair", data_.w_pair));
    KGRCA_RETURN_IF_ERROR(number(y, "topology", data_.w_topology));
    KGRCA_RETURN_IF_ERROR(number(y, "lag", data_.w_lag));
    KGRCA_RETURN_IF_ERROR(number(y, "rarity", data_.w_rarity));
    KGRCA_RETURN_IF_ERROR(number(y, "severity", data_.w_severity));
    KGRCA_RETURN_IF_ERROR(number(y, "specificity", data_.w_specificity));
    KGRCA_RETURN_IF_ERROR(number(y, "chronic", data_.chronic_penalty));
    return number(y, "uncertain_onset", data_.uncertain_onset_penalty);
  }

  // Adds the groups that a name stands for: everything, a set, or one group, numbered when it is named first.
  Status add_groups(const Yaml& at, std::string_view name, GroupMask& out) {
    if (name == "any") {
      out = ~GroupMask{0};
      return core::ok_status();
    }
    if (auto set = sets_.find(name); set != sets_.end()) {
      out |= set->second;
      return core::ok_status();
    }
    auto found = data_.group_index.find(name);
    if (found == data_.group_index.end()) {
      if (data_.groups.size() == group_limit)
        return bad(at, core::cat("group `", name, "` is one too many: at most ", group_limit - 1, " beside `other`"));
      found = data_.group_index.emplace(std::string(name), static_cast<GroupIndex>(data_.groups.size())).first;
      data_.groups.emplace_back(name);
    }
    out |= GroupMask{1} << found->second;
    return core::ok_status();
  }

  // A scalar, or a list of them.
  static Status names(const Yaml& list, std::vector<const Yaml*>& out) {
    if (list.kind() == Yaml::Kind::scalar) out.push_back(&list);
    else if (list.kind() != Yaml::Kind::list) return bad(list, "expected a name or a list of names");
    for (const Yaml& item : list.items()) {
      if (item.kind() != Yaml::Kind::scalar) return bad(item, "expected a name");
      out.push_back(&item);
    }
    return core::ok_status();
  }

  // Groups and sets named by a member; everything when it is absent.
  Status mask(const Yaml* list, GroupMask& out) {
    out = list == nullptr ? ~GroupMask{0} : 0;
    std::vector<const Yaml*> items;
    if (list != nullptr) KGRCA_RETURN_IF_ERROR(names(*list, items));
    for (const Yaml* item : items) KGRCA_RETURN_IF_ERROR(add_groups(*item, item->text(), out));
    return core::ok_status();
  }

  Status texts(const Yaml* list, std::vector<std::string>& out) {
    std::vector<const Yaml*> items;
    if (list != nullptr) KGRCA_RETURN_IF_ERROR(names(*list, items));
    for (const Yaml* item : items) out.push_back(item->text());
    return core::ok_status();
  }

  Status parse_sets(const Yaml& y) {
    GroupMask other = 0;
    KGRCA_RETURN_IF_ERROR(add_groups(y, "other", other));
    for (const auto& [name, list] : y.entries()) {
      GroupMask groups = 0;
      KGRCA_RETURN_IF_ERROR(mask(&list, groups));
      sets_[name] = groups;
    }
    data_.chronic = sets_.contains("chronic_groups") ? sets_["chronic_groups"] : 0;
    return core::ok_status();
  }

  static std::optional<Place> place_of(std::string_view name) {
    auto it = std::find(place_names.begin(), place_names.end(), name);
    if (it == place_names.end()) return std::nullopt;
    return static_cast<Place>(it - place_names.begin());
  }

  Status parse_influence(const Yaml& y) {
    for (const Yaml& row : y.items()) {
      Influence influence{};
      auto relation = model::parse_relation(row.text_or("relation", ""));
      auto place = place_of(row.text_or("place", "component"));
      if (!relation) return bad(row, "unknown relation");
      if (!place) return bad(row, "unknown place");
      std::string from = row.text_or("from", "");
      if (from != "source" && from != "target") return bad(row, "`from` must be source or target");
      influence.relation = *relation;
      influence.place = *place;
      influence.from_source = from == "source";
      KGRCA_RETURN_IF_ERROR(number(row, "weight", influence.weight));
      data_.influences.push_back(influence);
    }
    return core::ok_status();
  }

  Status parse_providers(const Yaml& y) {
    for (const Yaml& row : y.items()) {
      Provider provider;
      provider.kind = row.text_or("kind", "");
      provider.ns = row.text_or("namespace", "");
      KGRCA_RETURN_IF_ERROR(texts(row.find("names"), provider.name_prefixes));
      KGRCA_RETURN_IF_ERROR(texts(row.find("targets"), provider.target_kinds));
      provider.same_namespace = row.boolean_or("same_namespace", false);
      KGRCA_RETURN_IF_ERROR(mask(row.find("effect"), provider.effects));
      KGRCA_RETURN_IF_ERROR(number(row, "weight", provider.weight));
      if (provider.kind.empty()) return bad(row, "`kind` is missing");
      data_.providers.push_back(std::move(provider));
    }
    return core::ok_status();
  }

  Status parse_pairs(const Yaml& y) {
    for (const Yaml& row : y.items()) {
      Pair pair;
      pair.name = row.text_or("name", "");
      KGRCA_RETURN_IF_ERROR(mask(row.find("cause"), pair.causes));
      KGRCA_RETURN_IF_ERROR(mask(row.find("effect"), pair.effects));
      KGRCA_RETURN_IF_ERROR(parse_places(row, pair.places));
      float prior = 0;
      KGRCA_RETURN_IF_ERROR(number(row, "prior", prior));
      if (prior <= 0 || prior >= 1) return bad(row, "`prior` must lie between 0 and 1");
      pair.logit = std::log(prior / (1 - prior));
      core::Duration lag = default_lag_;
      if (row.find("lag") != nullptr) KGRCA_RETURN_IF_ERROR(duration(row, "lag", lag));
      pair.lag_ln_median = static_cast<float>(std::log(std::max(0.5, core::to_seconds(lag))));
      pair.lag_sigma = static_cast<float>(row.number_or("sigma", default_sigma_));
      pair.window = default_window_;
      if (row.find("window") != nullptr) KGRCA_RETURN_IF_ERROR(duration(row, "window", pair.window));
      data_.pairs.push_back(std::move(pair));
    }
    return core::ok_status();
  }

  Status parse_places(const Yaml& row, std::uint32_t& out) {
    const Yaml* list = row.find("place");
    if (list == nullptr) {
      out = (1u << place_count) - 1;
      return core::ok_status();
    }
    out = 0;
    std::vector<const Yaml*> items;
    KGRCA_RETURN_IF_ERROR(names(*list, items));
    for (const Yaml* item : items) {
      auto place = place_of(item->text());
      if (!place) return bad(*item, core::cat("unknown place `", item->text(), "`"));
      out |= 1u << static_cast<unsigned>(*place);
    }
    return core::ok_status();
  }

  Status by_group(const Yaml& y, std::array<float, group_limit>& out) {
    for (const auto& [name, value] : y.entries()) {
      if (!value.number()) return bad(value, core::cat("`", name, "` must be a number"));
      GroupMask groups = 0;
      KGRCA_RETURN_IF_ERROR(add_groups(value, name, groups));
      for (std::size_t g = 0; g < group_limit; ++g)
        if ((groups >> g) & 1) out[g] = static_cast<float>(*value.number());
    }
    return core::ok_status();
  }

  Status parse_ranking(const Yaml& y) {
    KGRCA_RETURN_IF_ERROR(number(y, "root_prior_default", data_.root_prior_default));
    data_.root_prior.fill(data_.root_prior_default);
    data_.symptom_weight.fill(1.0f);
    const Yaml* priors = y.find("root_prior");
    const Yaml* weights = y.find("symptom_weight");
    if (priors == nullptr || weights == nullptr) return bad(y, "`root_prior` and `symptom_weight` must be maps");
    KGRCA_RETURN_IF_ERROR(by_group(*priors, data_.root_prior));
    KGRCA_RETURN_IF_ERROR(by_group(*weights, data_.symptom_weight));
    KGRCA_RETURN_IF_ERROR(number(y, "onset_scale_seconds", data_.onset_scale_s));
    KGRCA_RETURN_IF_ERROR(number(y, "symptom_factor", data_.symptom_root_factor));
    KGRCA_RETURN_IF_ERROR(number(y, "abstain_share", data_.abstain_share));
    KGRCA_RETURN_IF_ERROR(number(y, "abstain_coverage", data_.abstain_coverage));
    const Yaml* table = y.find("calibration");
    if (table == nullptr) return bad(y, "`calibration` is missing");
    for (const Yaml& point : table->items()) {
      if (point.items().size() != 2 || !point.items()[0].number() || !point.items()[1].number())
        return bad(point, "a calibration point is a list of two numbers");
      data_.root_calibration.emplace_back(static_cast<float>(*point.items()[0].number()),
                                          static_cast<float>(*point.items()[1].number()));
    }
    if (data_.root_calibration.size() < 2) return bad(*table, "at least two calibration points are needed");
    return core::ok_status();
  }

  Status parse_grouping(const Yaml& y) {
    KGRCA_RETURN_IF_ERROR(number(y, "join", data_.join));
    KGRCA_RETURN_IF_ERROR(number(y, "merge", data_.merge));
    KGRCA_RETURN_IF_ERROR(number(y, "min_mass", data_.min_incident_mass));
    KGRCA_RETURN_IF_ERROR(duration(y, "close_after", data_.close_after));
    KGRCA_RETURN_IF_ERROR(duration(y, "close_after_firing", data_.close_after_firing));
    return bound(y, "max_members", data_.max_members);
  }

  // What the density of a lag is made of and does not depend on the lag.
  static void set_logarithms(Pair& pair) {
    pair.ln_spread = std::log(pair.lag_sigma * std::sqrt(2 * std::numbers::pi_v<float>));
    pair.ln_window = std::log(std::max(1.0f, static_cast<float>(core::to_seconds(pair.window))));
  }

  void build_table() {
    Pair fallback;
    fallback.name = "default";
    fallback.logit = std::log(0.03f / 0.97f);
    fallback.lag_ln_median = static_cast<float>(std::log(std::max(0.5, core::to_seconds(default_lag_))));
    fallback.lag_sigma = default_sigma_;
    fallback.window = default_window_;
    fallback.causes = fallback.effects = ~GroupMask{0};
    fallback.places = (1u << place_count) - 1;
    data_.pairs.push_back(std::move(fallback));
    for (Pair& pair : data_.pairs) set_logarithms(pair);
    data_.pair_table.assign(place_count * group_limit * group_limit, 0);
    for (std::size_t i = 0; i < data_.pair_table.size(); ++i) {
      std::size_t effect = i % group_limit, cause = i / group_limit % group_limit, place = i / group_limit / group_limit;
      auto fits = [&](const Pair& p) {
        return ((p.places >> place) & 1) != 0 && ((p.causes >> cause) & 1) != 0 && ((p.effects >> effect) & 1) != 0;
      };
      auto row = std::find_if(data_.pairs.begin(), data_.pairs.end(), fits);
      data_.pair_table[i] = static_cast<std::uint16_t>(row - data_.pairs.begin());
    }
  }

  Rules::Data& data_;
  core::StringMap<GroupMask> sets_;
  core::Duration default_window_{};
  core::Duration default_lag_{};
  float default_sigma_ = 1.1f;
};

}  // namespace

std::string_view name_of(Place place) { return place_names[static_cast<std::size_t>(place)]; }

GroupIndex Rules::Data::group_of(std::string_view name) const {
  auto found = group_index.find(name);
  return found == group_index.end() ? GroupIndex{0} : found->second;
}

core::StatusOr<std::shared_ptr<const Rules>> Rules::parse(std::string_view yaml) {
  KGRCA_ASSIGN_OR_RETURN(Yaml root, Yaml::parse(yaml));
  auto data = std::make_shared<Data>();
  data->version = static_cast<std::uint32_t>(core::stable_hash64(yaml));
  KGRCA_RETURN_IF_ERROR(Parser(*data).parse(root));
  return std::shared_ptr<const Rules>(new Rules(std::move(data)));
}

std::shared_ptr<const Rules> Rules::embedded() {
  static const std::shared_ptr<const Rules> rules = [] {
    auto parsed = parse(embedded::rules_yaml);
    if (!parsed.ok()) {
      core::log(core::LogLevel::error, "embedded_rules_broken", {{"reason", core::message_of(parsed.status())}});
      std::abort();
    }
    return *parsed;
  }();
  return rules;
}

std::uint32_t Rules::version() const { return data_->version; }

}  // namespace kgrca::rca
