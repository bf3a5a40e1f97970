#pragma once

#include <string>
#include <string_view>

namespace kgrca::core {

// `text` with API keys (kg_…), credentials after Bearer and Basic, values after password=, token: and the like, and
// passwords in URLs replaced by ***. For our own log lines and printed settings; event text has patterns of its own.
std::string mask_secrets(std::string_view text);

// Names of fields whose whole value is a secret.
bool is_secret_name(std::string_view name);

}  // namespace kgrca::core
