#include "kgrca/core/status.h"

#include <catch2/catch.hpp>

using namespace kgrca::core;

namespace {

StatusOr<int> half(int value) {
  if (value % 2 != 0) return invalid_argument("odd");
  return value / 2;
}

StatusOr<int> quarter(int value) {
  KGRCA_ASSIGN_OR_RETURN(const int first, half(value));
  KGRCA_ASSIGN_OR_RETURN(const int second, half(first));
  return second;
}

Status check(int value) {
  KGRCA_RETURN_IF_ERROR(half(value).status());
  return ok_status();
}

}  // namespace

TEST_CASE("status: each factory makes its own code") {
  CHECK(invalid_argument("x").code() == absl::StatusCode::kInvalidArgument);
  CHECK(not_found("x").code() == absl::StatusCode::kNotFound);
  CHECK(already_exists("x").code() == absl::StatusCode::kAlreadyExists);
  CHECK(failed_precondition("x").code() == absl::StatusCode::kFailedPrecondition);
  CHECK(permission_denied("x").code() == absl::StatusCode::kPermissionDenied);
  CHECK(unauthenticated("x").code() == absl::StatusCode::kUnauthenticated);
  CHECK(resource_exhausted("x").code() == absl::StatusCode::kResourceExhausted);
  CHECK(unavailable("x").code() == absl::StatusCode::kUnavailable);
  CHECK(deadline_exceeded("x").code() == absl::StatusCode::kDeadlineExceeded);
  CHECK(out_of_range("x").code() == absl::StatusCode::kOutOfRange);
  CHECK(unimplemented("x").code() == absl::StatusCode::kUnimplemented);
  CHECK(data_loss("x").code() == absl::StatusCode::kDataLoss);
  CHECK(internal_error("x").code() == absl::StatusCode::kInternal);
}

TEST_CASE("status: context goes before the message and keeps the code") {
  const Status status = with_context(not_found("no such key"), "tenant 7");
  CHECK(status.code() == absl::StatusCode::kNotFound);
  CHECK(message_of(status) == "tenant 7: no such key");
  CHECK(with_context(ok_status(), "anything").ok());
}

TEST_CASE("status: the macros pass errors up and values on") {
  CHECK(*quarter(8) == 2);
  CHECK(quarter(6).status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(check(2).ok());
  CHECK_FALSE(check(1).ok());
}
