#include <CLI/CLI.hpp>

#include <memory>

#include "app/commands.h"
#include "app/output.h"
#include "app/server_options.h"
#include "app/settings_flags.h"
#include "kgrca/core/strings.h"
#include "kgrca/normalize/mask.h"

namespace kgrca::app {
namespace {

int print_settings(const SettingsFlags& flags) {
  const auto settings = load_settings(flags);
  if (!settings.ok()) return fail(settings.status());
  print(settings->to_yaml());
  return exit_good;
}

int check_settings(const SettingsFlags& flags) {
  const auto settings = load_settings(flags);
  if (!settings.ok()) return fail(settings.status());
  if (const auto status = normalize::check_patterns(settings->list("mask.patterns")); !status.ok()) return fail(status);
  const auto data = load_data_files(settings->text("config.dir"));
  if (!data.ok()) return fail(data.status());
  print("The settings are good.\n");
  return exit_good;
}

}  // namespace

void add_config(CLI::App& app, Run& run_later) {
  CLI::App* command = app.add_subcommand("config", "The server's settings");
  command->require_subcommand(1);
  auto flags = std::make_shared<SettingsFlags>();

  CLI::App* print_command = command->add_subcommand("print", "All settings with where each comes from; secrets masked");
  add_settings_flags(*print_command, *flags);
  print_command->callback([flags, &run_later] { run_later = [flags] { return print_settings(*flags); }; });

  auto checked = std::make_shared<SettingsFlags>();
  CLI::App* check_command = command->add_subcommand("check", "Exit 0 when the settings and the data files of config.dir are good");
  add_settings_flags(*check_command, *checked);
  check_command->callback([checked, &run_later] { run_later = [checked] { return check_settings(*checked); }; });

  auto markdown = std::make_shared<bool>(false);
  CLI::App* schema = command->add_subcommand("schema", "JSON schema of the settings file");
  schema->add_flag("--markdown", *markdown, "the table of docs/configuration.md instead");
  schema->callback([markdown, &run_later] {
    run_later = [markdown] {
      print(core::cat(*markdown ? core::settings_markdown_table() : core::settings_json_schema(), "\n"));
      return exit_good;
    };
  });
}

}  // namespace kgrca::app
