#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/framing.h"

namespace kgrca::net {

// A request target taken apart and percent-decoded. %2F stays inside its segment.
struct Target {
  std::string path;                   // "/" + segments joined by "/"
  std::vector<std::string> segments;
  std::vector<std::pair<std::string, std::string>> query;
};

// Origin form, absolute form (whose authority must equal `host`) and "*". 400 for anything else, for invalid
// percent-encoding, for encoded control bytes and for invalid UTF-8.
Fault parse_target(std::string_view text, std::string_view host, Target& target);

}  // namespace kgrca::net
