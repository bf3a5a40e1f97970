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
  bool json = false;
};

std::string figure(const wire::JsonValue& value) {
  const auto number = value.integer();
  return number ? core::format_thousands(*number) : "-";
}

std::string milliseconds(const wire::JsonValue& value) { return core::cat(core::format_fixed(value.number().value_or(0), 1), " ms"); }

void print_tables(const wire::JsonValue& stats) {
  const wire::JsonValue graph = stats["graph"];
  const wire::JsonValue performance = stats["performance"];
  Table totals({"WHAT", "VALUE"});
  totals.add({"tenant", std::string(stats["tenant"].string_or())});
  totals.add({"health", std::string(stats["health"]["status"].string_or())});
  totals.add({"resources", figure(graph["resources"])});
  totals.add({"edges", figure(graph["edges"])});
  totals.add({"events", figure(graph["events"])});
  totals.add({"causal links", figure(graph["links"]["total"])});
  totals.add({"open incidents", figure(stats["incidents"]["open"])});
  totals.add({"event to link", core::cat("p50 ", milliseconds(performance["event_to_link_p50_ms"]), ", p99 ",
                                         milliseconds(performance["event_to_link_p99_ms"]))});
  totals.add({"version", std::string(stats["version"].string_or())});
  print(totals.text(terminal_width()));

  Table kinds({"KIND", "RESOURCES"});
  graph["by_kind"].each_member([&](std::string_view kind, wire::JsonValue count) {
    kinds.add({std::string(kind), figure(count)});
    return true;
  });
  if (!kinds.empty()) print(core::cat("\n", kinds.text(terminal_width())));

  Table sources({"SOURCE", "RECORDS", "REJECTED", "LAST"});
  stats["sources"].each_item([&](wire::JsonValue source) {
    sources.add({std::string(source["protocol"].string_or()), figure(source["records"]), figure(source["rejected"]),
                 std::string(source["last"].string_or("-"))});
    return true;
  });
  if (!sources.empty()) print(core::cat("\n", sources.text(terminal_width())));
}

int run(const Options& options) {
  auto client = ApiClient::connect(options.connection);
  if (!client.ok()) return fail(client.status());
  const auto answer = client->json(net::Method::get, "/api/v1/stats");
  if (!answer.ok()) return fail(answer.status());
  if (options.json) {
    print(answer->text);
  } else {
    print_tables(answer->root);
  }
  return exit_good;
}

}  // namespace

void add_stats(CLI::App& app, Run& run_later) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("stats", "What the graph holds, how fast it is, what arrives from where");
  add_connection_flags(*command, options->connection);
  command->add_flag("--json", options->json, "the API's answer as it is");
  command->callback([options, &run_later] { run_later = [options] { return run(*options); }; });
}

}  // namespace kgrca::app
