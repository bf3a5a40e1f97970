#include <CLI/CLI.hpp>

#include <csignal>
#include <exception>

#include "app/build_info.h"
#include "app/commands.h"
#include "app/output.h"
#include "kgrca/core/strings.h"

namespace {

using namespace kgrca;
using namespace kgrca::app;

int run_command_line(int argc, char** argv) {
  CLI::App app("KG-RCA: which change caused the incident, how sure we are, and why", "kgrca");
  app.require_subcommand(0, 1);  // none is answered with the help below
  app.set_help_all_flag("--help-all", "help of every command");
  app.set_version_flag("--version", core::cat("kgrca ", version()), "version");
  Run run;
  for (const auto add : {add_serve, add_incidents, add_explain, add_stats, add_doctor, add_push, add_replay, add_demo, add_eval, add_config,
                         add_admin, add_backup, add_restore, add_verify, add_export, add_import, add_healthcheck, add_version}) {
    add(app, run);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_good : exit_usage;
  }
  if (run) return run();
  note(app.help());
  return exit_usage;
}

}  // namespace

int main(int argc, char** argv) {
  // A closed pipe or socket is an error of the write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return run_command_line(argc, argv);
  } catch (const std::exception& error) {
    print_error(error.what());
    return exit_failed;
  }
}
