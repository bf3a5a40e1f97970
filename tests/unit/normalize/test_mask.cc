#include <catch2/catch.hpp>

#include "kgrca/core/strings.h"
#include "kgrca/normalize/mask.h"

using kgrca::normalize::Masker;

namespace {

std::string masked(std::string text) {
  static const auto masker = *Masker::make("k");
  masker->mask(text);
  return text;
}

int places(std::string text) {
  static const auto masker = *Masker::make("k");
  return masker->mask(text);
}

std::string kept(std::string_view name, std::string_view value) {
  static const auto masker = *Masker::make("k");
  return masker->keepable(name, value);
}

bool is_digest(const std::string& text) { return text.size() == 13 && text[0] == '#'; }

}  // namespace

TEST_CASE("normalize: secrets and personal data in text are masked") {
  CHECK(masked("login with password=hunter22 failed") == "login with password=*** failed");
  CHECK(masked("DB_PASSWORD: s3cr3tvalue, next") == "DB_PASSWORD: ***, next");
  CHECK(masked(R"({"password":"hunter22","user":"ann"})") == R"({"password":"***","user":"ann"})");
  CHECK(masked("api_key=abcd1234&x=1") == "api_key=***&x=1");
  CHECK(masked("access-token=abcd1234") == "access-token=***");
  CHECK(masked("Authorization: Bearer abcdefghijklmnop.qrstuv") == "Authorization: Bearer ***");
  CHECK(masked("authorization: Basic dXNlcjpwdw==") == "authorization: Basic ***");
  CHECK(masked("sent eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl on") == "sent *** on");
  CHECK(masked("key AKIAIOSFODNN7EXAMPLE used") == "key *** used");
  CHECK(masked("ASIAIOSFODNN7EXAMPLE") == "***");
  for (const char* prefix : {"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"})
    CHECK(masked(kgrca::core::cat("see ", prefix, "0123456789abcdefghijABCDEFGHIJ")) == "see ***");
  CHECK(masked("xoxb-123456789-abcdefghij") == "***");
  CHECK(masked("postgres://app:pa55word@orders-db:5432/orders") == "postgres://app:***@orders-db:5432/orders");
  CHECK(masked("mail to ann.lee+x@mail.example.org bounced") == "mail to ***@*** bounced");
  CHECK(masked("card 4111 1111 1111 1111 declined") == "card *** declined");
  CHECK(masked("card 4111-1111-1111-1111, 378282246310005") == "card ***, ***");
}

TEST_CASE("normalize: ordinary lines stay as they are") {
  for (const std::string text :
       {"Error: secret \"orders-db\" not found", "unexpected token: ':' at line 3", "MountVolume.SetUp failed for volume \"creds\" : secret \"x\" not found",
        "password authentication failed for user \"app\"", "at 2025-06-13 08:01:02.123456 took 4111111111111112 ns", "trace 1749801600123456789",
        "bearer of bad news", "pull repo/app@sha256:0123456789abcdef", "", "count=4111111111111111x", "1e4111111111111111 id_4111111111111111"}) {
    CHECK(masked(text) == text);
    CHECK(places(text) == 0);
  }
}

TEST_CASE("normalize: every masked place is counted") { CHECK(places("password=aaaa1 and a@b.org and c@d.org") == 3); }

TEST_CASE("normalize: a tenant's own patterns apply, bad ones are named") {
  const auto masker = Masker::make("k", {"PN-[0-9]{6}"});
  REQUIRE(masker.ok());
  std::string text = "patient PN-123456 and PN-654321";
  CHECK((*masker)->mask(text) == 2);
  CHECK(text == "patient *** and ***");
  CHECK_FALSE(Masker::make("k", {"(["}).ok());
  CHECK_FALSE(Masker::make("k", {"x*"}).ok());
}

TEST_CASE("normalize: a masker with another key masks the same and digests otherwise") {
  const auto one = *Masker::make("k1", {"PN-[0-9]{6}"});
  const auto two = one->with_key("k2");
  std::string text = "patient PN-123456 writes from a@b.org";
  CHECK(two->mask(text) == 2);
  CHECK(text == "patient *** writes from ***@***");
  CHECK(two->digest("v") == (*Masker::make("k2"))->digest("v"));
  CHECK(two->digest("v") != one->digest("v"));
}

TEST_CASE("normalize: digests are equal for equal values under one key only") {
  const auto one = *Masker::make("k1");
  const auto two = *Masker::make("k2");
  CHECK(one->digest("v") == one->digest("v"));
  CHECK(one->digest("v") != one->digest("w"));
  CHECK(one->digest("v") != two->digest("v"));
  CHECK(is_digest(one->digest("v")));
}

TEST_CASE("normalize: of config values only numbers, booleans and hosts are kept") {
  for (const std::string value : {"50", "-1.5", "512Mi", "80%", "30s", "1m30s", "true", "off", "orders-db:5432", "10.1.2.3:80",
                                  "kafka-0:9092,kafka-1:9092"}) {
    CHECK(kept("SETTING", value) == value);
  }
  CHECK(kept("ORDERS_DB_HOST", "orders-db") == "orders-db");
  CHECK(is_digest(kept("NAME", "orders-db")));
  CHECK(is_digest(kept("SETTING", "some words")));
  CHECK(is_digest(kept("SETTING", "4111111111111111")));
  CHECK(is_digest(kept("DB_PASSWORD", "12345")));
  CHECK(is_digest(kept("API_TOKEN", "true")));
  CHECK(kept("URL", "http://orders.shop.svc.cluster.local:8080") == "orders.shop.svc.cluster.local:8080");
  const auto with_user = kept("URL", "postgres://app:pw@orders-db:5432/orders");
  CHECK(with_user.starts_with("orders-db:5432 #"));
  CHECK(with_user.find("pw") == std::string::npos);
  CHECK(kept("X", "").empty());
}
