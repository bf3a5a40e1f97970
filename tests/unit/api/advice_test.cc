#include <catch2/catch.hpp>

#include "kgrca/api/advice.h"

using namespace kgrca;

namespace {

api::AdviceSubject subject(std::string group, std::string kind, std::string ns, std::string name) {
  api::AdviceSubject out;
  out.group = std::move(group);
  out.resource = {"prod", std::move(kind), std::move(ns), std::move(name), ""};
  return out;
}

}  // namespace

TEST_CASE("advice: a bad rollout is undone, with every name filled in") {
  const auto found = api::Advice::embedded()->find(subject("rollout", "deployment", "shop", "orders"));
  REQUIRE(found);
  CHECK(found->command == "kubectl -n shop rollout undo deploy/orders");
  CHECK(found->risk == "low");
}

TEST_CASE("advice: a row whose names are not known is passed over") {
  auto pod = subject("oom", "pod", "shop", "orders-1");
  const auto without = api::Advice::embedded()->find(pod);
  REQUIRE(without);
  CHECK(without->command.find('{') == std::string::npos);
  pod.owner = {"prod", "deployment", "shop", "orders", ""};
  CHECK(api::Advice::embedded()->find(pod)->command == "kubectl -n shop describe deploy/orders");
}

TEST_CASE("advice: names that a shell would read never enter a command") {
  CHECK_FALSE(api::Advice::embedded()->find(subject("rollout", "deployment", "shop", "x; rm -rf /")));
  CHECK_FALSE(api::Advice::embedded()->find(subject("rollout", "deployment", "$(id)", "x")));
}

TEST_CASE("advice: nothing fits an unknown kind without a group") {
  CHECK_FALSE(api::Advice::embedded()->find(subject("", "gizmo", "shop", "x")));
}

TEST_CASE("advice: a table with a bad row is refused with its line") {
  CHECK_FALSE(api::Advice::parse("advice: 3").ok());
  CHECK_FALSE(api::Advice::parse("advice:\n  - command: x\n").ok());
  CHECK_FALSE(api::Advice::parse("advice:\n  - {command: x, why: y, risk: huge}\n").ok());
  CHECK(api::Advice::parse("advice:\n  - {command: x, why: y, risk: none}\n").ok());
}
