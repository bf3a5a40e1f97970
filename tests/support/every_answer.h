// Walks every GET route that /openapi.json names, with every id the tenant has.
#pragma once

#include <functional>
#include <string>

#include "tests/support/api.h"
#include "tests/support/server_process.h"

namespace kgrca::test {

// Ids that stand in for {…} in paths.
struct Ids {
  std::vector<std::string> events;
  std::vector<std::string> incidents;
  std::vector<std::string> resources;
};
Ids ids_of(Api& api);

// Targets of all GET routes with each of the ids in its place, also in the forms and filters of the listings.
std::vector<std::string> get_targets(Api& api, const Ids& ids);

// Asks for each of them with the key of a tenant and its own ids.
void each_get_answer(const ServerProcess& server, const std::string& key,
                     const std::function<void(const std::string& target, const Answer&)>& fn);

}  // namespace kgrca::test
