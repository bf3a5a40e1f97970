// Settings on the command line, for the commands that start or check a server.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "kgrca/core/settings.h"

namespace CLI {
class App;
}

namespace kgrca::app {

struct SettingsFlags {
  std::string file;                          // --config
  std::map<std::string, std::string> values; // by setting, those given; an empty text is a value
};

// --config FILE, --config-dir DIR, --listen, --data-dir, and --<section>.<name> for every setting.
void add_settings_flags(CLI::App& command, SettingsFlags& flags);
core::StatusOr<core::Settings> load_settings(const SettingsFlags& flags);

}  // namespace kgrca::app
