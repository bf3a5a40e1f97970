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
  bool live = false;
};

// For container health checks: no key, short time, silent when good.
int run(const Options& options) {
  auto connection = resolve_connection(options.connection, process_environment());
  if (!connection.ok()) return fail(connection.status());
  net::ClientOptions client_options;
  client_options.url = connection->url;
  client_options.timeout_ms = 3000;
  client_options.verify_tls = false;  // it talks to its own server, whose certificate names another host
  auto client = net::Client::make(client_options);
  if (!client.ok()) return fail(client.status());
  const auto response = client->send(net::Method::get, options.live ? "/livez" : "/readyz", {}, {});
  if (!response.ok()) return fail(response.status());
  if (response->status == 200) return exit_good;
  print_error(core::cat(connection->url, " answered ", response->status, ": ", core::trim(response->body)));
  return exit_failed;
}

}  // namespace

void add_healthcheck(CLI::App& app, Run& run_later) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("healthcheck", "Exit 0 when the server is ready (for containers)");
  add_connection_flags(*command, options->connection);
  command->add_flag("--live", options->live, "only that the process answers");
  command->callback([options, &run_later] { run_later = [options] { return run(*options); }; });
}

}  // namespace kgrca::app
