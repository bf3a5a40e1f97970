#pragma once

#include <string>

#include "kgrca/core/status.h"

namespace kgrca::tenancy {

// The 32 secret bytes that every digest is keyed with. Made, with mode 0600 and synced, when the file is absent and
// `may_make`. failed_precondition: absent, others may read the file, or it is not 32 bytes.
core::StatusOr<std::string> load_pepper(const std::string& path, bool may_make);

}  // namespace kgrca::tenancy
