// Full states: what is not among the named ones ended. A record that cannot be read whole is refused whole, since each name left
// out would end something.
#include <algorithm>

#include "normalize/state.h"

namespace kgrca::normalize {

namespace {

using wire::JsonValue;

constexpr std::size_t present_max = 200'000;

std::optional<core::Time> read_sync_time(JsonValue record, Batch& batch) {
  const auto time = read_time(record["at"]);
  if (!time) {
    batch.reject("at of the full state is missing or no RFC 3339 time: give the moment before the list was made");
    return std::nullopt;
  }
  bool clamped = false;
  return batch.clamp(*time, clamped);
}

// Calls `read` for each item of an array that is small enough; the first reason it gives rejects the record.
bool read_present(JsonValue list, std::string_view member, Batch& batch, const std::function<std::string(JsonValue)>& read) {
  std::string wrong;
  if (!list.is_array()) wrong = core::cat(member, " is ", kind_name(list), ", expected an array of all that are there");
  if (list.size() > present_max) wrong = core::cat(member, " holds over ", present_max, " items: sync by namespace");
  if (wrong.empty()) {
    list.each_item([&](JsonValue item) {
      wrong = read(item);
      return wrong.empty();
    });
  }
  if (wrong.empty()) return true;
  batch.reject(std::move(wrong));
  return false;
}

void decode_resource_sync(JsonValue record, core::Time at, Batch& batch) {
  model::ResourceSync sync;
  sync.at = at;
  sync.cluster = core::clip_utf8(record["cluster"].string_or(batch.context().cluster), max_name_bytes);
  sync.kind = model::canonical_kind(core::clip_utf8(record["kind"].string_or(), max_name_bytes));
  const bool scoped = model::is_cluster_scoped(sync.kind);
  if (const auto ns = record["namespace"].string(); ns && !ns->empty() && !scoped) {
    sync.ns = std::string(core::clip_utf8(*ns, max_name_bytes));
  }
  const auto read = [&](JsonValue item) -> std::string {
    const auto text = item.string_or();
    const auto slash = text.find('/');
    const bool bare = scoped || sync.ns;
    if (text.empty() || (!bare && (slash == std::string_view::npos || slash + 1 == text.size()))) {
      return core::cat("names holds ", quoted(text), ", expected ", bare ? "a name" : "namespace/name, or /name without a namespace");
    }
    const auto ns = bare ? std::string_view(sync.ns ? *sync.ns : std::string_view()) : text.substr(0, slash);
    const auto name = bare ? text : text.substr(slash + 1);
    sync.present.push_back(core::cat(core::clip_utf8(ns, max_name_bytes), "/", core::clip_utf8(name, max_name_bytes)));
    return {};
  };
  if (!read_present(record["names"], "names", batch, read)) return;
  std::sort(sync.present.begin(), sync.present.end());
  batch.add(std::move(sync));
}

void decode_edge_sync(JsonValue record, core::Time at, Batch& batch) {
  model::EdgeSync sync;
  sync.at = at;
  sync.cluster = core::clip_utf8(record["cluster"].string_or(batch.context().cluster), max_name_bytes);
  const auto type = record["type"].string_or();
  const auto relation = model::parse_relation(type);
  if (!relation) return batch.reject(core::cat("type is ", quoted(type), ", expected a relation such as CALLS for a full state of edges"));
  sync.relation = *relation;
  const auto read = [&](JsonValue item) -> std::string {
    auto from = read_end(item["from"].string_or(), sync.cluster);
    auto to = read_end(item["to"].string_or(), sync.cluster);
    if (!from || !to) return "edges holds an item without from and to, expected kind:namespace:name or kind:name of both";
    sync.present.emplace_back(*std::move(from), *std::move(to));
    return {};
  };
  if (read_present(record["edges"], "edges", batch, read)) batch.add(std::move(sync));
}

}  // namespace

void decode_sync_item(JsonValue record, Batch& batch) {
  const bool resources = record["kind"].string().has_value();
  if (resources == record["type"].string().has_value()) {
    return batch.reject("a full state is of resources or of edges: give kind and names, or type and edges");
  }
  const auto at = read_sync_time(record, batch);
  if (!at) return;
  if (resources) {
    decode_resource_sync(record, *at, batch);
  } else {
    decode_edge_sync(record, *at, batch);
  }
}

}  // namespace kgrca::normalize
