// Errors are values: absl::Status and absl::StatusOr between rooms. Debian's Abseil has a string_view of its own,
// so statuses are made and read through the functions here.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

namespace kgrca::core {

using Status = absl::Status;
template <typename T>
using StatusOr = absl::StatusOr<T>;

inline Status ok_status() { return absl::OkStatus(); }
Status invalid_argument(std::string_view message);
Status not_found(std::string_view message);
Status already_exists(std::string_view message);
Status failed_precondition(std::string_view message);
Status permission_denied(std::string_view message);
Status unauthenticated(std::string_view message);
Status resource_exhausted(std::string_view message);  // a limit of the tenant
Status unavailable(std::string_view message);         // the server is overloaded or stopping: retry later
Status deadline_exceeded(std::string_view message);
Status out_of_range(std::string_view message);        // input larger than a bound
Status unimplemented(std::string_view message);
Status data_loss(std::string_view message);           // stored bytes cannot be read
Status internal_error(std::string_view message);

// The same code with "context: " before the message; an OK status stays as it is.
Status with_context(const Status& status, std::string_view context);
std::string message_of(const Status& status);

}  // namespace kgrca::core

#define KGRCA_CONCAT_INNER(a, b) a##b
#define KGRCA_CONCAT(a, b) KGRCA_CONCAT_INNER(a, b)
#define KGRCA_RETURN_IF_ERROR(expression)                    \
  do {                                                       \
    ::kgrca::core::Status kgrca_status_ = (expression);      \
    if (!kgrca_status_.ok()) return kgrca_status_;           \
  } while (false)
#define KGRCA_ASSIGN_OR_RETURN(target, expression)                                    \
  auto KGRCA_CONCAT(kgrca_result_, __LINE__) = (expression);                          \
  if (!KGRCA_CONCAT(kgrca_result_, __LINE__).ok())                                    \
    return KGRCA_CONCAT(kgrca_result_, __LINE__).status();                            \
  target = std::move(KGRCA_CONCAT(kgrca_result_, __LINE__)).value()
