#include "app/open_files.h"

#include <sys/resource.h>

#include <catch2/catch.hpp>

using namespace kgrca::app;

TEST_CASE("open files: connections leave the store its share, up to half of all") {
  CHECK(connections_within(4096, 1'000'000, 4) == 4096);
  CHECK(connections_within(4096, 4096, 2) == 4096 - 664);
  CHECK(connections_within(4096, 1024, 1) == 1024 - 364);
  CHECK(connections_within(4096, 1024, 16) == 512);
  CHECK(connections_within(100, 1024, 2) == 100);
  CHECK(connections_within(4096, 1, 2) == 1);
}

TEST_CASE("open files: the soft limit becomes the hard one") {
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit low{before.rlim_max / 2, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &low) == 0);
  const int most = raise_open_files_limit();
  rlimit after{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &after) == 0);
  setrlimit(RLIMIT_NOFILE, &before);
  CHECK(after.rlim_cur == before.rlim_max);
  CHECK(static_cast<rlim_t>(most) <= before.rlim_max);
}
