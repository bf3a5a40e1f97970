// Hashes and ids: their values are stored and handed out, so they are pinned here.
#include <catch2/catch.hpp>

#include "kgrca/core/hash.h"
#include "kgrca/core/ids.h"
#include "kgrca/core/principal.h"

using namespace kgrca::core;

TEST_CASE("hash: the values are those of XXH3 and never change") {
  CHECK(stable_hash64("") == 0x2d06800538d394c2ULL);
  CHECK(stable_hash64("a") != stable_hash64("b"));
  CHECK(stable_hash64(std::string_view("a\0b", 3)) != stable_hash64("a"));
}

TEST_CASE("hash: combining depends on both parts and their order") {
  CHECK(combine_hash(1, 2) != combine_hash(2, 1));
  CHECK(combine_hash(1, 2) != combine_hash(1, 3));
  CHECK(combine_hash(0, 1) == 0x5692161d100b05e5ULL);
}

TEST_CASE("ids: public forms are fixed") {
  CHECK(to_string(EventKey{}) == "ev" + std::string(26, 'a'));
  CHECK(to_string(IncidentId{}) == "inc" + std::string(13, 'a'));
  CHECK(to_string(IncidentId{0xffffffffffffffffULL}) == "inc777777777777" "6");
  CHECK(to_string(EventKey{1'744'205'404'067'000ULL, 0x0123456789abcdefULL}).size() == 28);
}

TEST_CASE("ids: public forms read back and keep the order of time") {
  const EventKey early{1'744'205'404'067'000ULL, 0xffffffffffffffffULL};
  const EventKey late{1'744'205'404'067'001ULL, 0};
  CHECK(parse_event_key(to_string(early)) == early);
  CHECK(parse_event_key(to_string(late)) == late);
  CHECK(early < late);
  const IncidentId incident{0x0123456789abcdefULL};
  CHECK(parse_incident_id(to_string(incident)) == incident);
}

TEST_CASE("ids: damaged forms give nothing") {
  const std::string good = to_string(EventKey{123, 456});
  CHECK_FALSE(parse_event_key(""));
  CHECK_FALSE(parse_event_key("ev"));
  CHECK_FALSE(parse_event_key(good.substr(1)));
  CHECK_FALSE(parse_event_key(good + "a"));
  CHECK_FALSE(parse_event_key(good.substr(0, good.size() - 1)));
  CHECK_FALSE(parse_event_key("ev" + std::string(26, '1')));
  CHECK_FALSE(parse_event_key("ev" + std::string(26, 'A')));
  CHECK_FALSE(parse_event_key("ev" + std::string(25, 'a') + "b"));
  CHECK_FALSE(parse_incident_id(good));
  CHECK_FALSE(parse_incident_id("inc" + std::string(13, '=')));
  CHECK_FALSE(parse_incident_id("inc" + std::string(12, 'a') + "b"));
}

TEST_CASE("principal: a scope is held only when its bit is set") {
  constexpr auto scopes = static_cast<std::uint8_t>(Scope::ingest) | static_cast<std::uint8_t>(Scope::read);
  CHECK(has_scope(scopes, Scope::ingest));
  CHECK(has_scope(scopes, Scope::read));
  CHECK_FALSE(has_scope(scopes, Scope::admin));
  CHECK(has_scope(0, Scope::none));
}
