// Every setting of the server stands in one table (src/core/settings_table.cc). It generates flags, environment names,
// the file schema, docs/configuration.md and the Helm values schema.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kgrca/core/status.h"
#include "kgrca/core/time.h"

namespace kgrca::core {

enum class SettingKind : std::uint8_t { text, integer, number, boolean, duration, bytes, path, choice, list };

struct SettingSpec {
  std::string_view name;           // "server.listen": section.name
  SettingKind kind;
  std::string_view default_value;  // as written in the file
  std::string_view choices;        // "sync|wal" for SettingKind::choice, "min..max" for numbers, else empty
  std::string_view help;           // one sentence
  bool secret = false;             // masked in print; also settable as <name>_file
  bool reloadable = false;         // taken over by SIGHUP and POST /-/reload
};

const std::vector<SettingSpec>& setting_table();

// Values with their origin. Copies are cheap enough for start and reload, not for hot paths: read once, keep the value.
class Settings {
 public:
  struct Sources {
    std::string file;                              // empty: none
    std::map<std::string, std::string> flags;      // "server.listen" -> text
    std::map<std::string, std::string> environment;  // KGRCA_SERVER_LISTEN -> text; also KGRCA_DATA_DIR for storage.data_dir
  };
  // Flags over environment over file over defaults. Unknown names, wrong types and values out of range are errors that
  // name the setting, its source and an allowed value.
  static StatusOr<Settings> load(const Sources& sources);
  static Settings defaults();

  // REQUIRES: `name` stands in the table with a fitting kind, or is <secret>_file (its path, empty when not used).
  std::string text(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;  // integer and bytes
  double number(std::string_view name) const;
  bool boolean(std::string_view name) const;
  Duration duration(std::string_view name) const;
  // Comma-separated, `\,` for a comma inside an item; in the file also a YAML list.
  std::vector<std::string> list(std::string_view name) const;
  std::string origin(std::string_view name) const;             // "default", "file", "environment", "flag"

  std::string to_yaml() const;  // all values with their origins as comments, secrets masked

 private:
  struct Value {
    std::string text;
    std::string origin;
  };
  friend class SettingsLoader;
  const Value& value_of(std::string_view name) const;

  std::map<std::string, Value, std::less<>> values_;
};

std::string settings_json_schema();     // JSON schema of the file
std::string settings_markdown_table();  // body of docs/configuration.md

}  // namespace kgrca::core
