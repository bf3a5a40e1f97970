#include <CLI/CLI.hpp>

#include <memory>

#include "app/api_client.h"
#include "app/commands.h"
#include "app/output.h"
#include "kgrca/core/strings.h"

namespace kgrca::app {
namespace {

struct Options {
  ConnectionFlags connection;
  std::string id = "latest";
  std::string format = "text";
  bool json = false;
};

int run(const Options& options) {
  auto client = ApiClient::connect(options.connection);
  if (!client.ok()) return fail(client.status());
  const std::string_view format = options.json ? std::string_view("json") : std::string_view(options.format);
  const auto answer = client->send(net::Method::get, core::cat("/api/v1/incidents/", url_encode(options.id), "?format=", format));
  if (!answer.ok()) return fail(answer.status());
  print(answer->body);
  return exit_good;
}

}  // namespace

void add_explain(CLI::App& app, Run& run_later) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("explain", "One incident: cause, way to the symptoms, what was ruled out, what to do");
  add_connection_flags(*command, options->connection);
  command->add_option("id", options->id, "incident id, or latest (default)");
  command->add_option("--format", options->format, "text, markdown or json")->check(CLI::IsMember({"text", "markdown", "json"}));
  command->add_flag("--json", options->json, "the API's answer as it is");
  command->callback([options, &run_later] { run_later = [options] { return run(*options); }; });
}

}  // namespace kgrca::app
