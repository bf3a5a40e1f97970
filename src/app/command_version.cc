#include <CLI/CLI.hpp>

#include "app/build_info.h"
#include "app/commands.h"
#include "app/output.h"
#include "kgrca/core/strings.h"

namespace kgrca::app {

void add_version(CLI::App& app, Run& run_later) {
  CLI::App* command = app.add_subcommand("version", "Version and build");
  command->callback([&run_later] {
    run_later = [] {
      print(core::cat("kgrca ", version(), " (", build_type(), ", ", compiler(), ")\n"));
      return exit_good;
    };
  });
}

}  // namespace kgrca::app
