#pragma once

#include <string>
#include <string_view>

#include "kgrca/core/status.h"
#include "kgrca/store/transfer.h"

namespace kgrca::store {

inline constexpr std::string_view manifest_name = "manifest";

std::string encode_manifest(const TenantExport& exported);
// data_loss when it is damaged; failed_precondition when a newer kgrca wrote it.
core::StatusOr<TenantExport> decode_manifest(std::string_view text);

// Of a whole file.
core::StatusOr<std::uint64_t> digest_of_file(const std::string& path);

}  // namespace kgrca::store
