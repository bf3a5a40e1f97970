#include "kgrca/model/resource.h"

#include <array>

#include "kgrca/core/hash.h"
#include "kgrca/core/strings.h"
#include "model/kinds.h"

namespace kgrca::model {
namespace {

struct RelationName {
  std::string_view name;
  Relation relation;
};

// The first name of a relation is ours, the others are accepted on input.
constexpr std::array<RelationName, 24> relation_names{{
    {"CONTROLS", Relation::controls},     {"RUNS_ON", Relation::runs_on},
    {"SELECTS", Relation::selects},       {"MOUNTS", Relation::mounts},
    {"BINDS_TO", Relation::binds_to},     {"SCALES", Relation::scales},
    {"ROUTES_TO", Relation::routes_to},   {"CALLS", Relation::calls},
    {"DEPENDS_ON", Relation::depends_on}, {"IN_NAMESPACE", Relation::in_namespace},
    {"USES", Relation::uses},             {"EMITS", Relation::emits},
    {"OWNS", Relation::controls},         {"MANAGES", Relation::controls},
    {"SCHEDULED_ON", Relation::runs_on},  {"USES_VOLUME", Relation::mounts},
    {"USES_CONFIGMAP", Relation::mounts}, {"USES_SECRET", Relation::mounts},
    {"BOUND_TO", Relation::binds_to},     {"TARGETS", Relation::scales},
    {"EXPOSES", Relation::routes_to},     {"BELONGS_TO", Relation::in_namespace},
    {"SCRAPES", Relation::emits},         {"SCOPES", Relation::emits},
}};

// Cuts the text before the next ':' off `rest`; the whole rest when there is none.
std::string_view take_part(std::string_view& rest) {
  const auto colon = rest.find(':');
  const std::string_view part = rest.substr(0, colon);
  rest = colon == std::string_view::npos ? std::string_view{} : rest.substr(colon + 1);
  return part;
}

ResourceRef make_ref(std::string_view cluster, std::string_view kind, std::string_view ns, std::string_view name) {
  ResourceRef ref;
  ref.cluster = cluster;
  ref.kind = canonical_kind(kind);
  ref.ns = is_cluster_scoped(ref.kind) ? std::string_view{} : ns;
  ref.name = name;
  return ref;
}

// `kind:ns:name` or `kind:name`, the original's forms.
ResourceRef parse_short_form(std::string_view kind, std::string_view rest) {
  const std::string canonical = canonical_kind(kind);
  if (rest.find(':') == std::string_view::npos) return make_ref({}, canonical, {}, rest);
  const std::string_view ns = take_part(rest);
  return make_ref({}, canonical, ns, rest);
}

bool is_known(std::string_view kind) { return find_kind(core::to_lower(kind)) != nullptr; }

// `cluster:kind:ns:name` whose cluster holds ':': up to the first kind we know that a namespace and a name follow.
std::optional<ResourceRef> after_long_cluster(std::string_view text) {
  for (std::size_t colon = text.find(':'); colon != std::string_view::npos; colon = text.find(':', colon + 1)) {
    std::string_view rest = text.substr(colon + 1);
    const std::string_view kind = take_part(rest);
    if (!is_known(kind) || rest.find(':') == std::string_view::npos) continue;
    const std::string_view ns = take_part(rest);
    if (rest.empty()) continue;
    return make_ref(text.substr(0, colon), kind, ns, rest);
  }
  return std::nullopt;
}

}  // namespace

std::string text_id(const ResourceRef& ref) { return core::cat(ref.cluster, ":", ref.kind, ":", ref.ns, ":", ref.name); }

core::ResourceId resource_id(std::string_view text) {
  const std::uint64_t hash = core::stable_hash64(text);
  return {hash == 0 ? 1 : hash};
}

core::ResourceId resource_id(const ResourceRef& ref) { return resource_id(text_id(ref)); }

// With four parts or more the second tells the forms apart: in `cluster:kind:ns:name` it is a kind we know, in
// `kind:ns:name` with a ':' in the name ("role:default:system:reader") the first is. When neither is, the cluster may be
// what holds ':', as an EKS ARN does.
std::optional<ResourceRef> parse_text_id(std::string_view text) {
  if (text.find(':') == std::string_view::npos) return std::nullopt;
  std::string_view rest = text;
  const std::string_view first = take_part(rest);
  std::string_view after_second = rest;
  const std::string_view second = take_part(after_second);
  const auto colons_left = after_second.find(':');
  const bool four_parts = colons_left != std::string_view::npos;
  const bool full = four_parts && (first.empty() || is_known(second) || !is_known(first));
  if (!full) {
    if (first.empty() || rest.empty()) return std::nullopt;
    return parse_short_form(first, rest);
  }
  if (!first.empty() && !is_known(second)) {
    if (auto ref = after_long_cluster(text)) return ref;
  }
  const std::string_view ns = take_part(after_second);
  if (second.empty() || after_second.empty()) return std::nullopt;
  return make_ref(first, second, ns, after_second);
}

std::string display_name(const ResourceRef& ref) {
  const std::string kind = display_kind(ref.kind);
  if (ref.kind == "cluster" && (ref.name.empty() || ref.name == "unknown")) {
    const bool named = !ref.cluster.empty() && ref.cluster != "unknown";
    return named ? core::cat(kind, " ", ref.cluster) : kind;
  }
  if (ref.ns.empty()) return core::cat(kind, " ", ref.name);
  return core::cat(kind, " ", ref.ns, "/", ref.name);
}

std::string_view name_of(Relation relation) {
  for (const auto& row : relation_names) {
    if (row.relation == relation) return row.name;
  }
  return "USES";
}

std::optional<Relation> parse_relation(std::string_view name) {
  for (const auto& row : relation_names) {
    if (core::equals_ignore_case(name, row.name)) return row.relation;
  }
  return std::nullopt;
}

}  // namespace kgrca::model
