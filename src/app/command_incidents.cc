#include <CLI/CLI.hpp>

#include <memory>

#include "app/api_client.h"
#include "app/commands.h"
#include "app/incident_table.h"
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
  bool wide = false;
};

// Without a terminal that says its own.
constexpr std::size_t columns_default = 100;

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
  if (answer->root["items"].size() == 0) {
    print("No incidents.\n");
    return exit_good;
  }
  const std::size_t terminal = terminal_width();
  print(options.wide ? wide_incidents(answer->root) : narrow_incidents(answer->root, terminal == 0 ? columns_default : terminal));
  if (!answer->root["next_cursor"].is_null_or_absent()) note("There are more; raise --limit or use the API's cursor.");
  return exit_good;
}

}  // namespace

void add_incidents(CLI::App& app, Run& run_later) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("incidents", "List incidents, newest first");
  add_connection_flags(*command, options->connection);
  command->add_option("--status", options->status, "default all")->check(CLI::IsMember({"open", "resolved", "dissolved", "all"}));
  command->add_option("--limit", options->limit, "how many")->check(CLI::Range(1, 1000));
  command->add_flag("--wide", options->wide, "one line an incident, nothing cut");
  command->add_flag("--json", options->json, "the API's answer as it is");
  command->callback([options, &run_later] { run_later = [options] { return run(*options); }; });
}

}  // namespace kgrca::app
