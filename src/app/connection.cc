#include "app/connection.h"

#include <sys/stat.h>

#include <CLI/CLI.hpp>

#include <cstdlib>

#include "kgrca/core/strings.h"
#include "kgrca/core/yaml.h"

namespace kgrca::app {
namespace {

constexpr std::string_view default_url = "http://127.0.0.1:8080";

struct Found {
  std::string value;
  std::string origin;
};

core::StatusOr<core::Yaml> read_client_file(const std::string& path) {
  struct stat info {};
  if (path.empty() || stat(path.c_str(), &info) != 0) return core::Yaml{};
  if ((info.st_mode & (S_IRGRP | S_IROTH)) != 0) {
    return core::failed_precondition(core::cat("others may read ", path, " and it holds a key; run: chmod 600 ", path));
  }
  core::StatusOr<core::Yaml> file = core::Yaml::parse_file(path);
  if (!file.ok()) return core::with_context(file.status(), path);
  return file;
}

Found first_of(const std::string& flag, std::string_view flag_name, const Environment& environment, const std::string& variable,
               const core::Yaml& file, std::string_view member, const std::string& path) {
  if (!flag.empty()) return {flag, std::string(flag_name)};
  const auto value = environment(variable);
  if (value && !value->empty()) return {*value, variable};
  const std::string text = file.text_or(member, "");
  return {text, text.empty() ? "none" : path};
}

}  // namespace

void add_connection_flags(CLI::App& command, ConnectionFlags& flags) {
  command.add_option("--url", flags.url, "server (else KGRCA_URL, the client file, http://127.0.0.1:8080)");
  command.add_option("--key", flags.key, "API key (else KGRCA_KEY, the client file)");
  command.add_option("--ca-file", flags.ca_file, "authority of an https server, PEM (else KGRCA_CA_FILE, the client file, the system's)");
}

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

std::string client_file(const Environment& environment) {
  if (const auto path = environment("KGRCA_CLIENT_FILE"); path && !path->empty()) return *path;
  if (const auto config = environment("XDG_CONFIG_HOME"); config && !config->empty()) {
    return core::cat(*config, "/kgrca/client.yaml");
  }
  const auto home = environment("HOME");
  return home && !home->empty() ? core::cat(*home, "/.config/kgrca/client.yaml") : std::string{};
}

core::StatusOr<Connection> resolve_connection(const ConnectionFlags& flags, const Environment& environment) {
  const std::string path = client_file(environment);
  KGRCA_ASSIGN_OR_RETURN(const core::Yaml file, read_client_file(path));
  const Found url = first_of(flags.url, "--url", environment, "KGRCA_URL", file, "url", path);
  const Found key = first_of(flags.key, "--key", environment, "KGRCA_KEY", file, "key", path);
  Connection connection;
  connection.url = url.value.empty() ? std::string(default_url) : url.value;
  connection.key = std::string(core::trim(key.value));
  connection.key_origin = key.origin;
  connection.ca_file = first_of(flags.ca_file, "--ca-file", environment, "KGRCA_CA_FILE", file, "ca_file", path).value;
  return connection;
}

}  // namespace kgrca::app
