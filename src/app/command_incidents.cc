#include <CLI/CLI.hpp>

#include <memory>

#include "app/api_client.h"
#include "app/commands.h"
#include "app/output.h"
#include "app/table.h"
#include "kgrca/core/strings.h"

namespace kgrca::app {
namespace {

struct Options {
  ConnectionFlags connection;
  std::string status = "all";
  int limit = 20;
  bool json = false;
};

std::string cause_of(const wire::JsonValue& incident) {
  const wire::JsonValue root = incident["root"];
  if (!root.is_object()) return "none found";
  const double percent = root["confidence"].number().value_or(0) * 100;
  return core::cat(core::format_fixed(percent, 0), " %  ", root["resource_name"].string_or(), " ", root["title"].string_or(),
                   incident["abstained"].boolean().value_or(false) ? " (not certain)" : "");
}

int run(const Options& options) {
  auto client = ApiClient::connect(options.connection);
  if (!client.ok()) return fail(client.status());
  const std::string target = core::cat("/api/v1/incidents?limit=", options.limit, "&status=", url_encode(options.status));
  const auto answer = client->json(net::Method::get, target);
  if (!answer.ok()) return fail(answer.status());
  if (options.json) {
    print(answer->text);
    return exit_good;
  }
  Table table({"ID", "STATUS", "SEVERITY", "STARTED", "TITLE", "CAUSE"});
  answer->root["items"].each_item([&](wire::JsonValue item) {
    table.add({std::string(item["id"].string_or()), std::string(item["status"].string_or()), std::string(item["severity"].string_or()),
               std::string(item["started"].string_or().substr(0, 19)), std::string(item["title"].string_or()), cause_of(item)});
    return true;
  });
  if (table.empty()) {
    print("No incidents.\n");
    return exit_good;
  }
  print(table.text(terminal_width()));
  if (!answer->root["next_cursor"].is_null_or_absent()) note("There are more; raise --limit or use the API's cursor.");
  return exit_good;
}

}  // namespace

void add_incidents(CLI::App& app, Run& run_later) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("incidents", "List incidents, newest first");
  add_connection_flags(*command, options->connection);
  command->add_option("--status", options->status, "open, resolved or all")->check(CLI::IsMember({"open", "resolved", "all"}));
  command->add_option("--limit", options->limit, "how many")->check(CLI::Range(1, 1000));
  command->add_flag("--json", options->json, "the API's answer as it is");
  command->callback([options, &run_later] { run_later = [options] { return run(*options); }; });
}

}  // namespace kgrca::app
