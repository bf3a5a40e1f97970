#include "kgrca/wire/digest.h"

#include <catch2/catch.hpp>

#include "kgrca/core/hex.h"

using namespace kgrca::wire;

TEST_CASE("digest: SHA-256 and HMAC give the published vectors") {
  CHECK(kgrca::core::hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(kgrca::core::hex(hmac_sha256("", "")) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  CHECK(hmac_sha256("", "a") != hmac_sha256("k", "a"));
}

TEST_CASE("digest: equality needs equal length and equal bytes") {
  CHECK(equal_constant_time("", ""));
  CHECK(equal_constant_time("abc", "abc"));
  CHECK_FALSE(equal_constant_time("abc", "abd"));
  CHECK_FALSE(equal_constant_time("abc", "ab"));
}

TEST_CASE("digest: random bytes have the asked length and differ") {
  CHECK(random_bytes(0).empty());
  CHECK(random_bytes(1000).size() == 1000);
  CHECK(random_bytes(32) != random_bytes(32));
}

TEST_CASE("digest: base64 reads both alphabets, padded or not") {
  CHECK(base64url("") == "");
  CHECK(base64url("f") == "Zg");
  CHECK(base64url("fo") == "Zm8");
  CHECK(base64url("foo") == "Zm9v");
  CHECK(base64url("\xfb\xff") == "-_8");
  CHECK(base64_decode("-_8") == "\xfb\xff");
  CHECK(base64_decode("+/8=") == "\xfb\xff");
  CHECK(base64_decode("Zg==") == "f");
  const std::string every = random_bytes(257);
  CHECK(base64_decode(base64url(every)) == every);
}

TEST_CASE("digest: damaged base64 gives nothing") {
  for (const char* text : {"Z", "Zg=", "Zg===", "====", "Zm9v=", "Zm 9", "Zm9v\n", "Zh", "Zm9\xff", "Z=g=", "Zg!="}) {
    INFO(text);
    CHECK(base64_decode(text).empty());
  }
}
