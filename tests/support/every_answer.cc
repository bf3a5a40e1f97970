#include "tests/support/every_answer.h"

#include "kgrca/core/strings.h"

namespace kgrca::test {
namespace {

std::vector<std::string> listed(Api& api, const std::string& path, std::string_view member) {
  std::vector<std::string> out;
  api.each(path, [&](wire::JsonValue item) { out.emplace_back(item[member].string_or()); });
  return out;
}

// The ids that a path's one parameter can take; a path without one takes the empty id.
std::vector<std::string> fitting(const std::string& path, const Ids& ids) {
  if (path.find('{') == std::string::npos) return {""};
  if (path.find("/incidents/") != std::string::npos) return ids.incidents;
  if (path.find("/resources/") != std::string::npos || path.find("/topology/") != std::string::npos) return ids.resources;
  if (path.find("/admin/") != std::string::npos) return {"default"};
  return ids.events;
}

std::string filled(const std::string& path, const std::string& id) {
  const std::size_t open = path.find('{');
  if (open == std::string::npos) return path;
  return core::cat(path.substr(0, open), percent_encoded(id), path.substr(path.find('}') + 1));
}

// Questions that a path alone does not ask.
void append_graph_targets(const std::string& path, const Ids& ids, std::vector<std::string>& targets) {
  const bool diff = path.ends_with("/diff");
  for (const std::string& id : ids.resources) {
    if (diff) targets.push_back(core::cat(path, "?from=2020-01-01T00:00:00Z&resource=", percent_encoded(id)));
    else targets.push_back(core::cat(path, "?from=", percent_encoded(ids.resources.front()), "&to=", percent_encoded(id)));
  }
  if (diff) targets.push_back(core::cat(path, "?from=2020-01-01T00:00:00Z"));
}

}  // namespace

Ids ids_of(Api& api) {
  return {listed(api, "/api/v1/events", "id"), listed(api, "/api/v1/incidents", "id"), listed(api, "/api/v1/resources", "id")};
}

std::vector<std::string> get_targets(Api& api, const Ids& ids) {
  std::vector<std::string> targets;
  const Answer openapi = api.get("/openapi.json");
  openapi.json["paths"].each_member([&](std::string_view path, wire::JsonValue methods) {
    if (methods["get"].is_null_or_absent()) return true;
    const std::string text(path);
    if (text == "/api/v1/graph/path" || text == "/api/v1/graph/diff") {
      append_graph_targets(text, ids, targets);
      return true;
    }
    for (const std::string& id : fitting(text, ids)) {
      targets.push_back(filled(text, id));
      if (text == "/api/v1/incidents/{id}") {
        targets.push_back(filled(text, id) + "?format=text");
        targets.push_back(filled(text, id) + "?format=markdown");
      }
      if (text.find("/topology/") != std::string::npos) targets.push_back(filled(text, id) + "?depth=3");
    }
    return true;
  });
  targets.emplace_back("/readyz?verbose");
  targets.emplace_back("/api/v1/events?limit=1000&min_severity=WARNING");
  return targets;
}

void each_get_answer(const ServerProcess& server, const std::string& key,
                     const std::function<void(const std::string& target, const Answer&)>& fn) {
  Api api(server.url(), key);
  for (const std::string& target : get_targets(api, ids_of(api))) fn(target, api.get(target));
}

}  // namespace kgrca::test
