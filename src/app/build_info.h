#pragma once

#include <string_view>

namespace kgrca::app {

constexpr std::string_view version() { return KGRCA_VERSION; }
constexpr std::string_view compiler() { return "g++ " __VERSION__; }
constexpr std::string_view build_type() {
#ifdef NDEBUG
  return "release";
#else
  return "debug";
#endif
}

}  // namespace kgrca::app
