# Half of a file's compile time is the standard library and Abseil: they are parsed once for all rooms, and once more with
# Catch2 for all tests. Sources still include what they use: -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON builds them without.
# Project headers stay out, so that a change to one rebuilds its users only.
set(KGRCA_STD_HEADERS
  <algorithm> <array> <atomic> <charconv> <chrono> <cmath> <cstdint> <functional> <map> <memory> <mutex> <optional> <set>
  <span> <string> <string_view> <thread> <tuple> <utility> <variant> <vector>
  <absl/container/flat_hash_map.h> <absl/container/flat_hash_set.h> <absl/status/statusor.h>)

# kgrca_precompiled_set(<name> <headers...>): a set that targets of the same flags use through kgrca_precompiled.
function(kgrca_precompiled_set name)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/precompiled/${name}.cc CONTENT "// Carries the precompiled headers.\n")
  add_library(${name} STATIC ${CMAKE_BINARY_DIR}/precompiled/${name}.cc)
  target_link_libraries(${name} PUBLIC kgrca_flags absl::statusor absl::flat_hash_map absl::flat_hash_set)
  target_precompile_headers(${name} PRIVATE ${ARGN})
endfunction()

function(kgrca_precompiled target name)
  target_precompile_headers(${target} REUSE_FROM ${name})
endfunction()

kgrca_precompiled_set(kgrca_std_pch ${KGRCA_STD_HEADERS})
