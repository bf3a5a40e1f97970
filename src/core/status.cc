#include "kgrca/core/status.h"

#include "kgrca/core/strings.h"

namespace kgrca::core {

namespace {

Status make(absl::StatusCode code, std::string_view message) { return Status(code, to_absl(message)); }

}  // namespace

Status invalid_argument(std::string_view message) { return make(absl::StatusCode::kInvalidArgument, message); }
Status not_found(std::string_view message) { return make(absl::StatusCode::kNotFound, message); }
Status already_exists(std::string_view message) { return make(absl::StatusCode::kAlreadyExists, message); }
Status failed_precondition(std::string_view message) { return make(absl::StatusCode::kFailedPrecondition, message); }
Status permission_denied(std::string_view message) { return make(absl::StatusCode::kPermissionDenied, message); }
Status unauthenticated(std::string_view message) { return make(absl::StatusCode::kUnauthenticated, message); }
Status resource_exhausted(std::string_view message) { return make(absl::StatusCode::kResourceExhausted, message); }
Status unavailable(std::string_view message) { return make(absl::StatusCode::kUnavailable, message); }
Status deadline_exceeded(std::string_view message) { return make(absl::StatusCode::kDeadlineExceeded, message); }
Status out_of_range(std::string_view message) { return make(absl::StatusCode::kOutOfRange, message); }
Status unimplemented(std::string_view message) { return make(absl::StatusCode::kUnimplemented, message); }
Status data_loss(std::string_view message) { return make(absl::StatusCode::kDataLoss, message); }
Status internal_error(std::string_view message) { return make(absl::StatusCode::kInternal, message); }

Status with_context(const Status& status, std::string_view context) {
  if (status.ok()) return status;
  return make(status.code(), cat(context, ": ", to_std(status.message())));
}

std::string message_of(const Status& status) { return std::string(to_std(status.message())); }

}  // namespace kgrca::core
