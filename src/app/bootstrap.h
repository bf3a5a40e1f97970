// The tenants and keys that a first start makes.
#pragma once

#include <string>

#include "kgrca/core/status.h"
#include "kgrca/tenancy/tenancy.h"

namespace kgrca::app {

// Makes what is missing: the operator's key (all scopes) in <data_dir>/admin.key, tenant `default` with a key to ingest and
// read in <data_dir>/default.key, and with `demo` tenant `demo` with <data_dir>/demo.key. Files have mode 0600. A key file that
// exists is left alone.
// `given_key`: text of a platform key to take over (setting auth.bootstrap_key), or empty.
core::Status bootstrap(tenancy::Tenancy& tenancy, const std::string& data_dir, const std::string& given_key, bool demo);

// Writes <data_dir>/client.yaml (0600) with the URL and the key of a key file, so that commands find the server.
core::Status write_client_file(const std::string& data_dir, const std::string& url, const std::string& key_file);

// Writes a file that only its owner may read, replacing it as a whole.
core::Status write_secret_file(const std::string& path, std::string_view text);

}  // namespace kgrca::app
