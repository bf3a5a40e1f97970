#include <catch2/catch.hpp>

#include "app/full_list.h"

using namespace kgrca;
using app::FullList;

namespace {

const core::Time listed = *core::parse_rfc3339("2026-01-05T10:00:00Z");

normalize::Decoded objects(const std::string& body) {
  normalize::Context context;
  context.taxonomy = model::Taxonomy::embedded();
  context.masker = *normalize::Masker::make("test");
  context.received = context.listed = listed;
  return normalize::decode_kubernetes_objects(body, context);
}

const std::string mixed = R"({"kind":"List","items":[{"kind":"Pod","metadata":{"name":"b","namespace":"shop"}},
  {"kind":"Pod","metadata":{"name":"a","namespace":"shop"}},{"kind":"Node","metadata":{"name":"n1"}},
  {"kind":"Event","metadata":{"name":"e","namespace":"shop","uid":"e1"},"reason":"Killing","involvedObject":{"kind":"Service","name":"s","namespace":"shop"},
   "lastTimestamp":"2026-01-05T09:00:00Z"}]})";

}  // namespace

TEST_CASE("push: a full list becomes one record for each kind in it or named beside it") {
  auto list = FullList::of({{"svc"}, "", listed});
  REQUIRE(list.ok());
  REQUIRE(list->add(objects(mixed)).ok());
  const auto records = list->records(1 << 20);
  REQUIRE(records.ok());
  CHECK(*records == std::vector<std::string>{
                        R"({"op":"SYNC","at":"2026-01-05T10:00:00.000000Z","kind":"node","names":["n1"]})",
                        R"({"op":"SYNC","at":"2026-01-05T10:00:00.000000Z","kind":"pod","names":["shop/a","shop/b"]})",
                        R"({"op":"SYNC","at":"2026-01-05T10:00:00.000000Z","kind":"service","names":[]})"});
  CHECK(list->records(40).status().code() == absl::StatusCode::kOutOfRange);
}

TEST_CASE("push: a full list of a namespace speaks of that namespace only") {
  auto list = FullList::of({{}, "shop", listed});
  REQUIRE(list.ok());
  REQUIRE(list->add(objects(mixed)).ok());
  CHECK((*list->records(1 << 20))[1] ==
        R"({"op":"SYNC","at":"2026-01-05T10:00:00.000000Z","kind":"pod","namespace":"shop","names":["a","b"]})");
  auto other = FullList::of({{}, "other", listed});
  CHECK(other->add(objects(mixed)).code() == absl::StatusCode::kInvalidArgument);
}

TEST_CASE("push: what is not understood whole is no full list") {
  auto list = FullList::of({{}, "", listed});
  CHECK(list->add(objects(R"({"kind":"List","items":[{"kind":"Pod","metadata":{"name":"a"}},{"kind":"Pod","metadata":{}}]})")).code() ==
        absl::StatusCode::kInvalidArgument);
  CHECK_FALSE(FullList::of({{"pods", "gadgets"}, "", listed}).ok());
  CHECK(FullList::check_page("").ok());
  CHECK(FullList::check_page(R"({"resourceVersion":""})").ok());
  CHECK(FullList::check_page(R"({"continue":"abc"})").code() == absl::StatusCode::kInvalidArgument);
  CHECK(FullList::check_page(R"({"continue":"","remainingItemCount":3})").code() == absl::StatusCode::kInvalidArgument);
}
