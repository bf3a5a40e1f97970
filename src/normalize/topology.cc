// Edge records of the original's state.k8s.topology, and tombstones of both compacted topics.
#include "normalize/state.h"

namespace kgrca::normalize {

namespace {

using wire::JsonValue;

constexpr std::string_view arrow = "->";

// "edge:<from>-><to>", the prefix may be absent.
bool split_edge_id(std::string_view id, std::string_view& from, std::string_view& to) {
  if (id.starts_with("edge:")) id.remove_prefix(5);
  const auto at = id.find(arrow);
  if (at == std::string_view::npos) return false;
  from = id.substr(0, at);
  to = id.substr(at + arrow.size());
  return !from.empty() && !to.empty();
}

// Both ends of the edge; a rejection when one of them is unreadable.
bool read_ends(model::EdgeUpdate& edge, std::string_view from, std::string_view to, std::string_view cluster, Batch& batch) {
  auto source = read_end(from, cluster);
  auto target = read_end(to, cluster);
  if (!source || !target) {
    batch.reject(core::cat(source ? "to is " : "from is ", quoted(source ? to : from),
                           ", expected kind:namespace:name or kind:name"));
    return false;
  }
  edge.from = *std::move(source);
  edge.to = *std::move(target);
  return true;
}

void set_relation(model::EdgeUpdate& edge, std::string_view type) {
  const auto known = model::parse_relation(type);
  edge.relation = known.value_or(model::Relation::uses);
  if (!known) edge.relation_name = core::clip_utf8(type, 128);
}

// "tenant::rest" or the older "tenant|rest".
std::string_view without_tenant(std::string_view key) {
  if (const auto at = key.find("::"); at != std::string_view::npos) return key.substr(at + 2);
  if (const auto at = key.find('|'); at != std::string_view::npos) return key.substr(at + 1);
  return key;
}

}  // namespace

std::optional<model::ResourceRef> read_end(std::string_view text, std::string_view cluster) {
  auto parsed = model::parse_text_id(core::clip_utf8(text, 2 * max_name_bytes));
  if (!parsed || parsed->name.empty()) return std::nullopt;
  return make_ref(parsed->cluster.empty() ? cluster : parsed->cluster, parsed->kind, parsed->ns, parsed->name);
}

void decode_topology_item(JsonValue record, Batch& batch) {
  const auto cluster = record["cluster"].string_or(batch.context().cluster);
  auto from = record["from"].string_or();
  auto to = record["to"].string_or();
  if ((from.empty() || to.empty()) && !split_edge_id(record["id"].string_or(), from, to)) {
    return batch.reject("from and to are missing: give both ends as kind:namespace:name");
  }
  const auto op = record["op"].string_or("UPSERT");
  if (!core::equals_ignore_case(op, "UPSERT") && !core::equals_ignore_case(op, "DELETE")) {
    return batch.reject(core::cat("op is ", quoted(op), ", expected UPSERT or DELETE"));
  }
  model::EdgeUpdate edge;
  if (!read_ends(edge, from, to, cluster, batch)) return;
  const auto type = record["type"].string_or();
  edge.deleted = core::equals_ignore_case(op, "DELETE");
  if (type.empty() && !edge.deleted) return batch.reject("type is missing: name the relation, for example RUNS_ON");
  set_relation(edge, type.empty() ? "*" : type);
  bool clamped = false;
  edge.at = batch.clamp(read_time(record["at"]).value_or(batch.context().received), clamped);
  batch.add(std::move(edge));
}

void decode_tombstone(std::string_view key, Batch& batch) {
  const auto rest = without_tenant(key);
  std::string_view from;
  std::string_view to;
  if (split_edge_id(rest, from, to)) {
    model::EdgeUpdate edge;
    if (!read_ends(edge, from, to, batch.context().cluster, batch)) return;
    // The key does not say which relation ends: every one between the two.
    edge.relation_name = "*";
    edge.deleted = true;
    edge.at = batch.context().received;
    batch.add(std::move(edge));
    return;
  }
  const auto colon = rest.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == rest.size()) {
    return batch.reject(core::cat("the key ", quoted(key), " of an empty payload is neither tenant::kind:uid nor tenant::edge:from->to"));
  }
  model::ResourceState state;
  state.ref.cluster = batch.context().cluster;
  state.ref.kind = model::canonical_kind(core::clip_utf8(rest.substr(0, colon), max_name_bytes));
  state.ref.uid = core::clip_utf8(rest.substr(colon + 1), max_name_bytes);
  state.at = batch.context().received;
  state.deleted = true;
  state.source_id = core::cat("st:", state.ref.kind, ":", state.ref.uid, "@", core::format_rfc3339(state.at));
  batch.add(std::move(state));
}

}  // namespace kgrca::normalize
