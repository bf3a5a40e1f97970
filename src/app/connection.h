// Which server a command talks to and with which key.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "kgrca/core/status.h"

namespace CLI {
class App;
}

namespace kgrca::app {

struct ConnectionFlags {
  std::string url;
  std::string key;
  std::string ca_file;
};
void add_connection_flags(CLI::App& command, ConnectionFlags& flags);

struct Connection {
  std::string url;
  std::string key;         // may be empty
  std::string key_origin;  // for messages: "--key", "KGRCA_KEY", the file's name, "none"
  std::string ca_file;     // PEM; empty: the system's authorities
};

using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment process_environment();

// KGRCA_CLIENT_FILE, else $XDG_CONFIG_HOME/kgrca/client.yaml, else ~/.config/kgrca/client.yaml; empty without a home.
std::string client_file(const Environment& environment);

// Each of url, key and ca_file: flag over KGRCA_URL, KGRCA_KEY, KGRCA_CA_FILE over the client file; the url's default is
// http://127.0.0.1:8080.
// failed_precondition: the client file exists and cannot be read, or others may read it.
core::StatusOr<Connection> resolve_connection(const ConnectionFlags& flags, const Environment& environment);

}  // namespace kgrca::app
