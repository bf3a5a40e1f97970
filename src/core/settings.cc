#include "kgrca/core/settings.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "core/settings_value.h"
#include "kgrca/core/strings.h"
#include "kgrca/core/yaml.h"

namespace kgrca::core {

namespace {

constexpr std::string_view file_suffix = "_file";
constexpr std::size_t secret_bytes_max = 64 << 10;
constexpr std::string_view data_dir_mark = "{storage.data_dir}";

struct Given {
  std::string name;
  std::string text;
  std::string where;  // for messages: "kgrca.yaml line 3"
};

// The secret whose file `name` gives; null when it is none.
const SettingSpec* secret_of_file(std::string_view name) {
  if (!name.ends_with(file_suffix)) return nullptr;
  const SettingSpec* spec = find_setting(name.substr(0, name.size() - file_suffix.size()));
  return spec != nullptr && spec->secret ? spec : nullptr;
}

bool is_known(std::string_view name) { return find_setting(name) != nullptr || secret_of_file(name) != nullptr; }

Status unknown(std::string_view shown, std::string_view name) {
  return invalid_argument(
      cat("unknown setting '", clip_utf8(shown, 100), "'; the nearest known one is '", nearest_setting(name), "'"));
}

StatusOr<std::string> read_secret(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(secret_bytes_max + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (!file.eof() || text.empty()) return invalid_argument(cat("file '", path, "' is missing, empty or over 64 KiB"));
  return std::string(trim(text));
}

StatusOr<std::string> text_of(const Yaml& value, const SettingSpec* spec) {
  if (value.kind() == Yaml::Kind::scalar) return value.text();
  const bool fits = value.kind() == Yaml::Kind::list && spec != nullptr && spec->kind == SettingKind::list;
  if (!fits) return invalid_argument("a single value is expected, not a list or map");
  std::vector<std::string> items;
  for (const Yaml& item : value.items()) {
    if (item.kind() != Yaml::Kind::scalar) return invalid_argument("list items must be single values");
    items.push_back(item.text());
  }
  return list_text(items);
}

// Sections are maps of names. A name without a value keeps its default.
Status collect_section(const std::string& path, const std::string& section, const Yaml& body, std::vector<Given>& out) {
  if (body.is_null()) return ok_status();
  const auto at = [&path](const Yaml& node) { return cat(path, " line ", node.line()); };
  if (body.kind() != Yaml::Kind::map) {
    return with_context(unknown(section, section), at(body));
  }
  for (const auto& [key, value] : body.entries()) {
    const std::string name = cat(section, '.', key);
    if (!is_known(name)) return with_context(unknown(name, name), at(value));
    if (value.is_null()) continue;
    auto text = text_of(value, find_setting(name));
    if (!text.ok()) return with_context(text.status(), cat(at(value), ": setting '", name, "'"));
    out.push_back({name, *std::move(text), at(value)});
  }
  return ok_status();
}

StatusOr<std::vector<Given>> from_file(const std::string& path) {
  std::vector<Given> out;
  if (path.empty()) return out;
  KGRCA_ASSIGN_OR_RETURN(const Yaml root, Yaml::parse_file(path));
  if (root.is_null()) return out;
  if (root.kind() != Yaml::Kind::map) return invalid_argument(cat(path, ": sections such as 'server:' are expected"));
  for (const auto& [section, body] : root.entries()) {
    KGRCA_RETURN_IF_ERROR(collect_section(path, section, body, out));
  }
  return out;
}

// Kubernetes gives every pod KGRCA_SERVER_PORT=tcp://… and the like when a Service is named kgrca-server.
bool is_service_link(std::string_view variable, std::string_view value) {
  return value.starts_with("tcp://") || variable.find("_SERVICE_") != std::string_view::npos ||
         variable.find("_PORT_") != std::string_view::npos;
}

// Variables of our sections only: KGRCA_URL and others belong to the commands.
bool names_a_section(std::string_view variable) {
  for (const SettingSpec& spec : setting_table()) {
    const std::string prefix = environment_name(spec.name.substr(0, spec.name.find('.') + 1));
    if (variable.starts_with(prefix)) return true;
  }
  return false;
}

// Empty when the variable names no setting.
std::string setting_of_variable(std::string_view variable) {
  for (const SettingSpec& spec : setting_table()) {
    const std::string own = environment_name(spec.name);
    if (variable == own) return std::string(spec.name);
    if (spec.secret && variable == cat(own, "_FILE")) return cat(spec.name, file_suffix);
  }
  return variable == "KGRCA_DATA_DIR" ? "storage.data_dir" : std::string();
}

StatusOr<std::vector<Given>> from_environment(const std::map<std::string, std::string>& environment) {
  std::vector<Given> out;
  for (const auto& [variable, value] : environment) {
    const std::string name = setting_of_variable(variable);
    if (!name.empty()) {
      out.push_back({name, value, cat("environment ", variable)});
      continue;
    }
    if (!names_a_section(variable) || is_service_link(variable, value)) continue;
    std::string guess = to_lower(variable.substr(std::string_view("KGRCA_").size()));
    guess[guess.find('_')] = '.';
    const std::string_view nearest = nearest_setting(guess);
    return invalid_argument(cat("environment: unknown variable ", clip_utf8(variable, 100), "; the nearest known one is ",
                                environment_name(nearest)));
  }
  return out;
}

StatusOr<std::vector<Given>> from_flags(const std::map<std::string, std::string>& flags) {
  std::vector<Given> out;
  for (const auto& [name, value] : flags) {
    if (!is_known(name)) return with_context(unknown(name, name), "flag");
    out.push_back({name, value, cat("flag ", name)});
  }
  return out;
}

}  // namespace

// Fills a Settings, later sources over earlier ones.
class SettingsLoader {
 public:
  explicit SettingsLoader(std::map<std::string, Settings::Value, std::less<>>& values) : values_(values) {
    for (const SettingSpec& spec : setting_table()) {
      put(spec.name, spec.default_value, "default");
      if (spec.secret) put(cat(spec.name, file_suffix), "", "default");
    }
  }

  Status apply(const std::vector<Given>& given, std::string_view origin) {
    for (const Given& one : given) {
      const SettingSpec* secret = secret_of_file(one.name);
      const Status status = secret == nullptr ? apply_value(one, origin) : apply_secret_file(*secret, one, origin);
      if (!status.ok()) return with_context(status, one.where);
    }
    return ok_status();
  }

  // Puts the data folder where a default asks for it.
  void resolve() {
    const std::string folder = values_.find("storage.data_dir")->second.text;
    for (auto& [name, value] : values_) {
      const std::size_t at = value.text.find(data_dir_mark);
      if (at != std::string::npos) value.text.replace(at, data_dir_mark.size(), folder);
    }
  }

 private:
  void put(std::string_view name, std::string_view text, std::string_view origin) {
    values_[std::string(name)] = {std::string(text), std::string(origin)};
  }

  Status apply_value(const Given& given, std::string_view origin) {
    KGRCA_RETURN_IF_ERROR(check_setting(*find_setting(given.name), given.text));
    put(given.name, given.text, origin);
    return ok_status();
  }

  Status apply_secret_file(const SettingSpec& secret, const Given& given, std::string_view origin) {
    if (given.text.empty()) return ok_status();  // charts pass an empty path for "none"
    auto text = read_secret(given.text);
    if (!text.ok()) return with_context(text.status(), cat("setting '", given.name, "'"));
    KGRCA_RETURN_IF_ERROR(check_setting(secret, *text));
    put(given.name, given.text, origin);
    put(secret.name, *text, origin);
    return ok_status();
  }

  std::map<std::string, Settings::Value, std::less<>>& values_;
};

StatusOr<Settings> Settings::load(const Sources& sources) {
  KGRCA_ASSIGN_OR_RETURN(const std::vector<Given> file, from_file(sources.file));
  KGRCA_ASSIGN_OR_RETURN(const std::vector<Given> environment, from_environment(sources.environment));
  KGRCA_ASSIGN_OR_RETURN(const std::vector<Given> flags, from_flags(sources.flags));
  Settings settings;
  SettingsLoader loader(settings.values_);
  KGRCA_RETURN_IF_ERROR(loader.apply(file, "file"));
  KGRCA_RETURN_IF_ERROR(loader.apply(environment, "environment"));
  KGRCA_RETURN_IF_ERROR(loader.apply(flags, "flag"));
  loader.resolve();
  return settings;
}

Settings Settings::defaults() {
  Settings settings;
  SettingsLoader(settings.values_).resolve();
  return settings;
}

// A name outside the table is a fault of our own code.
const Settings::Value& Settings::value_of(std::string_view name) const {
  const auto found = values_.find(name);
  if (found != values_.end()) return found->second;
  std::fprintf(stderr, "no setting named %.*s\n", static_cast<int>(name.size()), name.data());
  std::abort();
}

std::string Settings::text(std::string_view name) const { return value_of(name).text; }
std::string Settings::origin(std::string_view name) const { return value_of(name).origin; }
double Settings::number(std::string_view name) const { return parse_double(value_of(name).text).value(); }
bool Settings::boolean(std::string_view name) const { return boolean_value(value_of(name).text).value(); }
std::vector<std::string> Settings::list(std::string_view name) const { return list_value(value_of(name).text); }

std::int64_t Settings::integer(std::string_view name) const {
  const std::string& text = value_of(name).text;
  return whole_value(find_setting(name)->kind, text).value();
}

Duration Settings::duration(std::string_view name) const { return parse_duration(value_of(name).text).value(); }

}  // namespace kgrca::core
