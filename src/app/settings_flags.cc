#include "app/settings_flags.h"

#include <unistd.h>

#include <CLI/CLI.hpp>

#include "kgrca/core/strings.h"

namespace kgrca::app {
namespace {

std::map<std::string, std::string> kgrca_environment() {
  // Of a client, or of no setting at all: the server does not read them.
  const core::StringSet others{"KGRCA_URL", "KGRCA_KEY", "KGRCA_CLIENT_FILE", "KGRCA_CONFIG"};
  std::map<std::string, std::string> out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (!text.starts_with("KGRCA_") || equals == std::string_view::npos) continue;
    const std::string_view name = text.substr(0, equals);
    if (others.find(name) == others.end()) out.emplace(name, text.substr(equals + 1));
  }
  return out;
}

std::string_view short_flag(std::string_view setting) {
  if (setting == "server.listen") return ",--listen";
  if (setting == "storage.data_dir") return ",--data-dir";
  if (setting == "config.dir") return ",--config-dir";
  return {};
}

}  // namespace

void add_settings_flags(CLI::App& command, SettingsFlags& flags) {
  command.add_option("--config", flags.file, "settings file (YAML); KGRCA_CONFIG names it too")->envname("KGRCA_CONFIG");
  for (const core::SettingSpec& spec : core::setting_table()) {
    // A secret on a command line can be read by every user of the machine.
    if (spec.secret) continue;
    const auto take = [&flags, name = std::string(spec.name)](const std::string& value) { flags.values[name] = value; };
    const std::string flag = core::cat("--", spec.name, short_flag(spec.name));
    command.add_option_function<std::string>(flag, take, std::string(spec.help))->group("Settings");
  }
}

core::StatusOr<core::Settings> load_settings(const SettingsFlags& flags) {
  core::Settings::Sources sources;
  sources.file = flags.file;
  sources.flags = {flags.values.begin(), flags.values.end()};
  sources.environment = kgrca_environment();
  return core::Settings::load(sources);
}

}  // namespace kgrca::app
