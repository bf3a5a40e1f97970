#include <catch2/catch.hpp>

#include "app/object_splitter.h"

using namespace kgrca;

namespace {

struct Split {
  core::Status status;
  std::vector<std::string> bodies;
  std::size_t objects = 0;
};

Split split(std::string_view text, std::size_t limit = 1 << 20) {
  Split out;
  out.status = app::split_objects(text, limit, [&](const std::string& body, std::size_t objects) {
    out.bodies.push_back(body);
    out.objects += objects;
    return core::ok_status();
  });
  return out;
}

}  // namespace

TEST_CASE("push: a List is cut into Lists of its kind under the limit") {
  const Split whole = split(R"({"apiVersion":"v1","items":[{"a":1},{"a":"}]{"},{"a":3}],"kind":"PodList"})");
  REQUIRE(whole.status.ok());
  CHECK(whole.objects == 3);
  REQUIRE(whole.bodies.size() == 1);
  CHECK(whole.bodies[0] == R"({"apiVersion":"v1","kind":"PodList","items":[{"a":1},{"a":"}]{"},{"a":3}]})");
  const Split small = split(R"({"kind":"List","items":[{"a":1},{"a":2},{"a":3}]})", 60);
  CHECK(small.objects == 3);
  CHECK(small.bodies.size() > 1);
  for (const std::string& body : small.bodies) CHECK(body.starts_with(R"({"apiVersion":"v1","kind":"List","items":[)"));
}

TEST_CASE("push: objects one after the other share a body") {
  const Split out = split("{\"kind\":\"Pod\"}\n{\"kind\":\"Node\"}{\"type\":\"ADDED\",\"object\":{}}\n");
  REQUIRE(out.status.ok());
  CHECK(out.objects == 3);
  CHECK(out.bodies.size() == 1);
}

TEST_CASE("push: an object larger than the limit goes alone") {
  const std::string big = "{\"a\":\"" + std::string(500, 'x') + "\"}";
  const Split out = split("{\"b\":1}\n" + big + "\n{\"c\":1}", 100);
  CHECK(out.bodies.size() == 3);
}

TEST_CASE("push: empty lists send nothing") {
  const Split out = split(R"({"kind":"List","items":[]})");
  CHECK(out.status.ok());
  CHECK(out.bodies.empty());
}

TEST_CASE("push: what is no JSON is refused with its place") {
  CHECK(split("NAME READY STATUS\n").status.code() == absl::StatusCode::kInvalidArgument);
  CHECK(split("{\"kind\":\"Pod\"").status.code() == absl::StatusCode::kInvalidArgument);
  CHECK(core::message_of(split("{}\nx").status).find("byte 3") != std::string::npos);
}

TEST_CASE("push: an error of the server stops the sending") {
  int calls = 0;
  const auto status = app::split_objects("{\"items\":[{},{},{}]}", 1, [&](const std::string&, std::size_t) {
    ++calls;
    return core::unavailable("busy");
  });
  CHECK(status.code() == absl::StatusCode::kUnavailable);
  CHECK(calls == 1);
}
