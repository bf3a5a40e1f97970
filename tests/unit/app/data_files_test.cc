#include <catch2/catch.hpp>

#include <fstream>

#include "app/server_options.h"
#include "kgrca/core/strings.h"
#include "tests/support/temp_directory.h"

using namespace kgrca;

TEST_CASE("data files: what the folder does not hold is built in") {
  const test::TempDirectory folder;
  const auto files = app::load_data_files(folder.path());
  REQUIRE(files.ok());
  CHECK(files->rules->version() == rca::Rules::embedded()->version());
  CHECK(files->digests.at("rules.yaml") == 0);
  CHECK(app::load_data_files("").ok());
}

TEST_CASE("data files: a folder that is not there and a file that is broken are named") {
  const test::TempDirectory folder;
  const auto missing = app::load_data_files(folder / "none");
  CHECK(missing.status().code() == absl::StatusCode::kFailedPrecondition);
  CHECK(core::message_of(missing.status()).find("config.dir") != std::string::npos);
  std::ofstream(folder / "advice.yaml") << "advice: [";
  const auto broken = app::load_data_files(folder.path());
  REQUIRE_FALSE(broken.ok());
  CHECK(core::message_of(broken.status()).find("advice.yaml") != std::string::npos);
}
