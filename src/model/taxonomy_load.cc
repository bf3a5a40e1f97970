#include <algorithm>
#include <utility>

#include "kgrca/core/hash.h"
#include "kgrca/core/yaml.h"
#include "kgrca/model/resource.h"
#include "model/taxonomy_data.h"
#include "model/taxonomy_fields.h"

namespace kgrca::model {
namespace {

using core::Status;
using core::StatusOr;
using core::Yaml;

struct GroupRow {
  Role role = Role::fault;
  Severity severity = Severity::info;
};

struct Pair {
  std::size_t type = 0;
  std::optional<Severity> severity;
};

Texts lowered(Texts texts) {
  for (std::string& text : texts) text = core::to_lower(text);
  return texts;
}

class Loader {
 public:
  StatusOr<TaxonomyData> load(const Yaml& root);

 private:
  Status load_groups(const Yaml& root);
  Status load_type(const Yaml& row);
  Status load_kubernetes(const Yaml& row);
  Status load_alert(const Yaml& row);
  Status load_log(const Yaml& row);
  Status load_change(const Yaml& row);
  Status each(const Yaml& root, std::string_view section, Status (Loader::*load_row)(const Yaml&));
  Status add_type(const Yaml& at, EventType type, const Texts& aliases);
  StatusOr<EventType> read_type(const Yaml& row, std::string id);
  StatusOr<std::size_t> type_named(const Yaml& at, std::string_view id);
  StatusOr<Pair> row_meaning(const Yaml& row);
  Status read_for(const Yaml& row, AlertRow& out);
  StatusOr<PatternBits> pattern_bits(const Yaml& row, const Texts& texts);
  Status finish_logs(const Yaml& root);

  core::StringMap<GroupRow> groups_;
  TaxonomyData data_;
};

Status Loader::each(const Yaml& root, std::string_view section, Status (Loader::*load_row)(const Yaml&)) {
  const Yaml* rows = root.find(section);
  if (rows == nullptr) return row_error(root, core::cat("the section \"", section, "\" is missing"));
  if (rows->kind() != Yaml::Kind::list) return row_error(*rows, core::cat(section, " must be a list of rows"));
  for (const Yaml& row : rows->items()) KGRCA_RETURN_IF_ERROR(core::with_context((this->*load_row)(row), section));
  return core::ok_status();
}

Status Loader::load_groups(const Yaml& root) {
  const Yaml* section = root.find("groups");
  if (section == nullptr || section->kind() != Yaml::Kind::map) {
    return row_error(root, "the section \"groups\" is missing or no map");
  }
  for (const auto& [name, row] : section->entries()) {
    KGRCA_RETURN_IF_ERROR(check_keys(row, {"role", "severity"}));
    const Yaml* role = row.find("role");
    if (role == nullptr) return row_error(row, core::cat("groups: \"", name, "\" names no role"));
    GroupRow group;
    KGRCA_ASSIGN_OR_RETURN(group.role, parse_role(*role));
    KGRCA_ASSIGN_OR_RETURN(const auto severity, optional_severity(row, "severity"));
    group.severity = severity.value_or(Severity::info);
    groups_.emplace(name, group);
    data_.groups.push_back(name);
  }
  return core::ok_status();
}

StatusOr<EventType> Loader::read_type(const Yaml& row, std::string id) {
  EventType type;
  type.id = std::move(id);
  KGRCA_ASSIGN_OR_RETURN(type.group, required_text(row, "group"));
  KGRCA_ASSIGN_OR_RETURN(type.title, required_text(row, "title"));
  const auto group = groups_.find(type.group);
  if (group == groups_.end()) {
    return row_error(row, core::cat("\"", type.id, "\" names the group \"", type.group, "\", which \"groups\" does not list"));
  }
  type.role = group->second.role;
  type.severity = group->second.severity;
  if (const Yaml* role = row.find("role")) {
    KGRCA_ASSIGN_OR_RETURN(type.role, parse_role(*role));
  }
  KGRCA_ASSIGN_OR_RETURN(const auto severity, optional_severity(row, "severity"));
  if (severity) type.severity = *severity;
  return type;
}

Status Loader::add_type(const Yaml& at, EventType type, const Texts& aliases) {
  const std::size_t index = data_.types.size();
  if (!data_.type_index.emplace(type.id, index).second) {
    return row_error(at, core::cat("the type \"", type.id, "\" stands here a second time (as id or alias)"));
  }
  for (const std::string& alias : aliases) {
    if (!data_.type_index.emplace(alias, index).second) {
      return row_error(at, core::cat("the alias \"", alias, "\" is already a type or alias"));
    }
  }
  data_.types.push_back(std::move(type));
  return core::ok_status();
}

Status Loader::load_type(const Yaml& row) {
  KGRCA_RETURN_IF_ERROR(check_keys(row, {"id", "group", "role", "severity", "title", "aliases"}));
  KGRCA_ASSIGN_OR_RETURN(std::string id, required_text(row, "id"));
  KGRCA_ASSIGN_OR_RETURN(EventType type, read_type(row, std::move(id)));
  KGRCA_ASSIGN_OR_RETURN(const Texts aliases, text_list(row, "aliases"));
  return add_type(row, std::move(type), aliases);
}

StatusOr<std::size_t> Loader::type_named(const Yaml& at, std::string_view id) {
  const auto found = data_.type_index.find(id);
  if (found == data_.type_index.end()) {
    return row_error(at, core::cat("\"", id, "\" is no type: add it under \"types\" or correct the spelling"));
  }
  return found->second;
}

StatusOr<Pair> Loader::row_meaning(const Yaml& row) {
  Pair meaning;
  KGRCA_ASSIGN_OR_RETURN(const std::string id, required_text(row, "type"));
  KGRCA_ASSIGN_OR_RETURN(meaning.type, type_named(row, id));
  KGRCA_ASSIGN_OR_RETURN(meaning.severity, optional_severity(row, "severity"));
  return meaning;
}

Status Loader::load_kubernetes(const Yaml& row) {
  KGRCA_RETURN_IF_ERROR(check_keys(row, {"reason", "kind", "warning", "any", "all", "type", "severity"}));
  KubernetesRow out;
  KGRCA_ASSIGN_OR_RETURN(const std::string reason, required_text(row, "reason"));
  KGRCA_ASSIGN_OR_RETURN(const Pair meaning, row_meaning(row));
  KGRCA_ASSIGN_OR_RETURN(Texts any, text_list(row, "any"));
  KGRCA_ASSIGN_OR_RETURN(std::vector<Texts> all, text_groups(row, "all"));
  if (const Yaml* warning = row.find("warning")) {
    out.warning = warning->boolean();
    if (!out.warning) return row_error(*warning, "\"warning\" must be true or false");
  }
  out.kind = canonical_kind(row.text_or("kind", ""));
  out.any = lowered(std::move(any));
  for (Texts& group : all) out.all.push_back(lowered(std::move(group)));
  out.type = meaning.type;
  out.severity = meaning.severity;
  data_.kubernetes[reason].push_back(std::move(out));
  return core::ok_status();
}

Status Loader::read_for(const Yaml& row, AlertRow& out) {
  const Yaml* value = row.find("for");
  if (value == nullptr) return core::ok_status();
  if (value->kind() == Yaml::Kind::scalar) {
    KGRCA_ASSIGN_OR_RETURN(out.longest, required_duration(*value));
    return core::ok_status();
  }
  for (const auto& [name, duration] : value->entries()) {
    const auto severity = parse_severity(name);
    if (!severity) return row_error(duration, core::cat("\"", name, "\" is no severity"));
    KGRCA_ASSIGN_OR_RETURN(const core::Duration length, required_duration(duration));
    out.by_severity.emplace_back(*severity, length);
    out.longest = std::max(out.longest.value_or(length), length);
  }
  return core::ok_status();
}

Status Loader::load_alert(const Yaml& row) {
  KGRCA_RETURN_IF_ERROR(check_keys(row, {"name", "type", "group", "role", "title", "for", "severity", "kind"}));
  KGRCA_ASSIGN_OR_RETURN(const std::string name, required_text(row, "name"));
  AlertRow out;
  out.kind = canonical_kind(row.text_or("kind", ""));
  KGRCA_RETURN_IF_ERROR(read_for(row, out));
  KGRCA_ASSIGN_OR_RETURN(out.severity, optional_severity(row, "severity"));
  if (row.find("group") != nullptr) {
    KGRCA_ASSIGN_OR_RETURN(EventType type, read_type(row, name));
    KGRCA_RETURN_IF_ERROR(add_type(row, std::move(type), {}));
    out.type = data_.types.size() - 1;
  } else {
    KGRCA_ASSIGN_OR_RETURN(const std::string id, required_text(row, "type"));
    KGRCA_ASSIGN_OR_RETURN(out.type, type_named(row, id));
  }
  if (name.find_first_of("*?") != std::string::npos) {
    data_.families.push_back({squeeze_name(name, true), std::move(out)});
  } else if (!data_.alerts.emplace(name, std::move(out)).second) {
    return row_error(row, core::cat("the alert \"", name, "\" stands here a second time"));
  }
  return core::ok_status();
}

StatusOr<PatternBits> Loader::pattern_bits(const Yaml& row, const Texts& texts) {
  PatternBits bits;
  for (const std::string& text : texts) {
    if (text.find_first_not_of("<>") == std::string::npos) return row_error(row, "a pattern is empty: it would match every line");
    const std::size_t number = data_.log_patterns.add(text);
    if (bits.size() <= number / 64) bits.resize(number / 64 + 1, 0);
    set_bit(bits, number);
  }
  return bits;
}

Status Loader::load_log(const Yaml& row) {
  KGRCA_RETURN_IF_ERROR(check_keys(row, {"type", "any", "all", "not", "min", "severity"}));
  LogRow out;
  KGRCA_ASSIGN_OR_RETURN(const Pair meaning, row_meaning(row));
  KGRCA_ASSIGN_OR_RETURN(const Texts any, text_list(row, "any"));
  KGRCA_ASSIGN_OR_RETURN(const std::vector<Texts> all, text_groups(row, "all"));
  KGRCA_ASSIGN_OR_RETURN(const Texts none, text_list(row, "not"));
  KGRCA_ASSIGN_OR_RETURN(const auto least, optional_severity(row, "min"));
  if (any.empty() && all.empty()) return row_error(row, "a row needs \"any\" or \"all\": it would match every line");
  KGRCA_ASSIGN_OR_RETURN(out.any, pattern_bits(row, any));
  for (const Texts& group : all) {
    KGRCA_ASSIGN_OR_RETURN(PatternBits bits, pattern_bits(row, group));
    out.all.push_back(std::move(bits));
  }
  KGRCA_ASSIGN_OR_RETURN(out.none, pattern_bits(row, none));
  out.least = least.value_or(Severity::debug);
  out.type = meaning.type;
  out.severity = meaning.severity;
  data_.logs.push_back(std::move(out));
  return core::ok_status();
}

Status Loader::load_change(const Yaml& row) {
  KGRCA_RETURN_IF_ERROR(check_keys(row, {"kinds", "path", "before", "after", "not_after", "type", "severity"}));
  ChangeRow out;
  KGRCA_ASSIGN_OR_RETURN(const Pair meaning, row_meaning(row));
  KGRCA_ASSIGN_OR_RETURN(const Texts kinds, text_list(row, "kinds"));
  KGRCA_ASSIGN_OR_RETURN(out.paths, text_list(row, "path"));
  KGRCA_ASSIGN_OR_RETURN(out.not_after, text_list(row, "not_after"));
  if (kinds.empty() || out.paths.empty()) return row_error(row, "a row needs \"kinds\" and \"path\"");
  for (auto [key, target] : {std::pair{"before", &out.before}, std::pair{"after", &out.after}}) {
    if (row.find(key) == nullptr) continue;
    KGRCA_ASSIGN_OR_RETURN(*target, text_list(row, key));
  }
  out.type = meaning.type;
  out.severity = meaning.severity;
  for (const std::string& kind : kinds) data_.changes[canonical_kind(kind)].push_back(out);
  return core::ok_status();
}

Status Loader::finish_logs(const Yaml& root) {
  if (!data_.log_patterns.build()) return row_error(root, "logs: too many patterns, leave some out");
  // A row fits only if one of these occurs: its `any`, or without that its first group.
  const std::size_t words = (data_.logs.size() + 63) / 64;
  data_.log_rows_of.assign(data_.log_patterns.size(), PatternBits(words, 0));
  for (std::size_t row = 0; row < data_.logs.size(); ++row) {
    const LogRow& log = data_.logs[row];
    for_each_bit(log.any.empty() ? log.all.front() : log.any, [&](std::size_t pattern) {
      set_bit(data_.log_rows_of[pattern], row);
      return true;
    });
  }
  constexpr std::string_view fallback[] = {"log.info", "log.info", "log.warning", "log.error", "log.fatal"};
  for (std::size_t i = 0; i < std::size(fallback); ++i) {
    KGRCA_ASSIGN_OR_RETURN(data_.log_fallback[i], type_named(root, fallback[i]));
  }
  return core::ok_status();
}

StatusOr<TaxonomyData> Loader::load(const Yaml& root) {
  KGRCA_RETURN_IF_ERROR(check_keys(root, {"version", "groups", "types", "kubernetes", "alerts", "logs", "changes"}));
  if (root.integer_or("version", 0) != 1) return row_error(root, "\"version\" must be 1");
  KGRCA_RETURN_IF_ERROR(load_groups(root));
  KGRCA_RETURN_IF_ERROR(each(root, "types", &Loader::load_type));
  KGRCA_RETURN_IF_ERROR(each(root, "kubernetes", &Loader::load_kubernetes));
  KGRCA_RETURN_IF_ERROR(each(root, "alerts", &Loader::load_alert));
  KGRCA_RETURN_IF_ERROR(each(root, "logs", &Loader::load_log));
  KGRCA_RETURN_IF_ERROR(each(root, "changes", &Loader::load_change));
  KGRCA_RETURN_IF_ERROR(finish_logs(root));
  return std::move(data_);
}

}  // namespace

StatusOr<TaxonomyData> load_taxonomy(std::string_view yaml) {
  auto root = Yaml::parse(yaml);
  if (!root.ok()) return core::with_context(root.status(), "taxonomy");
  KGRCA_ASSIGN_OR_RETURN(TaxonomyData data, Loader().load(*root));
  data.version = core::stable_hash64(yaml);
  return data;
}

}  // namespace kgrca::model
