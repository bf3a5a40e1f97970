// How much, and from which seed.
//   KGRCA_OPERATIONS  how many writes and reads in all
//   KGRCA_SEED        of the first round; a failure prints its own. Without it the same rounds are played each time.
#pragma once

#include <cstdint>

#include "tests/support/environment.h"

namespace kgrca::model_test {

inline std::uint64_t operations(std::uint64_t otherwise) { return test::number_from("KGRCA_OPERATIONS", otherwise); }
inline std::uint64_t seed() { return test::number_from("KGRCA_SEED", 1000); }

}  // namespace kgrca::model_test
