#include "app/full_list.h"

#include <algorithm>

#include "kgrca/core/strings.h"
#include "kgrca/model/resource.h"
#include "kgrca/wire/json.h"

namespace kgrca::app {

core::StatusOr<FullList> FullList::of(const FullListScope& scope) {
  FullList list(scope);
  for (const std::string& word : scope.kinds) {
    const std::string kind = model::canonical_kind(core::trim(word));
    const auto& known = model::known_kinds();
    if (std::find(known.begin(), known.end(), kind) == known.end()) {
      return core::invalid_argument(
          core::cat("--kinds: '", core::clip_utf8(word, 64), "' is no kind; kinds of listed objects need no naming"));
    }
    list.names_[kind];
  }
  return list;
}

core::Status FullList::check_page(std::string_view list_metadata) {
  if (list_metadata.empty()) return core::ok_status();
  wire::JsonDocument document;
  const auto metadata = document.parse(list_metadata);
  if (!metadata.ok()) return metadata.status();
  if ((*metadata)["continue"].string_or().empty() && (*metadata)["remainingItemCount"].integer().value_or(0) == 0) return core::ok_status();
  return core::invalid_argument("the list is one page of several: a full list holds all of them, as kubectl get prints it");
}

core::Status FullList::add(const normalize::Decoded& decoded) {
  if (decoded.rejections > 0) {
    return core::invalid_argument(core::cat("the list is not understood whole, so it ends nothing: ", decoded.rejected.front().reason));
  }
  for (const model::Record& record : decoded.records) {
    const auto* state = std::get_if<model::ResourceState>(&record);
    if (state == nullptr || state->partial) continue;  // what an Event says of its object, and edges
    const model::ResourceRef& ref = state->ref;
    if (!scope_.ns.empty() && !ref.ns.empty() && ref.ns != scope_.ns) {
      return core::invalid_argument(core::cat(model::display_name(ref), " lies outside of --namespace ", scope_.ns));
    }
    names_[ref.kind].insert(core::cat(ref.ns, "/", ref.name));
  }
  return core::ok_status();
}

core::StatusOr<std::vector<std::string>> FullList::records(std::size_t bytes_max) const {
  std::vector<std::string> out;
  for (const auto& [kind, names] : names_) {
    const bool scoped = model::is_cluster_scoped(kind);
    const bool bare = scoped || !scope_.ns.empty();
    std::string record = core::cat("{\"op\":\"SYNC\",\"at\":\"", core::format_rfc3339(scope_.at, 6), "\",\"kind\":");
    core::append_json_string(record, kind);
    if (!scoped && !scope_.ns.empty()) {
      core::append(record, ",\"namespace\":");
      core::append_json_string(record, scope_.ns);
    }
    core::append(record, ",\"names\":[");
    for (const std::string& name : names) {
      if (record.back() != '[') core::append(record, ",");
      core::append_json_string(record, bare ? std::string_view(name).substr(name.find('/') + 1) : std::string_view(name));
    }
    core::append(record, "]}");
    if (record.size() > bytes_max) {
      return core::out_of_range(core::cat("too many names of kind ", kind, ": push them by namespace, with --namespace"));
    }
    out.push_back(std::move(record));
  }
  return out;
}

}  // namespace kgrca::app
