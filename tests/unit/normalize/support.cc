#include "tests/unit/normalize/support.h"

#include <catch2/catch.hpp>

#include "kgrca/core/strings.h"

namespace kgrca::normalize::test {

Context context(std::string_view received) {
  static const auto masker = *Masker::make("test key");
  Context made;
  made.taxonomy = model::Taxonomy::embedded();
  made.masker = masker;
  made.received = at(received);
  return made;
}

core::Time at(std::string_view rfc3339) {
  const auto time = core::parse_rfc3339(rfc3339);
  REQUIRE(time.has_value());
  return *time;
}

namespace {

template <typename T>
std::vector<T> all_of(const Decoded& decoded) {
  for (const auto& rejection : decoded.rejected) FAIL_CHECK("rejected item " << rejection.index << ": " << rejection.reason);
  std::vector<T> out;
  for (const auto& record : decoded.records) {
    REQUIRE(std::holds_alternative<T>(record));
    out.push_back(std::get<T>(record));
  }
  return out;
}

}  // namespace

std::vector<model::Event> events(const Decoded& decoded) { return all_of<model::Event>(decoded); }
std::vector<model::ResourceState> states(const Decoded& decoded) { return all_of<model::ResourceState>(decoded); }

model::Event one_event(const Decoded& decoded) {
  const auto all = events(decoded);
  REQUIRE(all.size() == 1);
  return all.front();
}

model::ResourceState one_state(const Decoded& decoded) {
  const auto all = states(decoded);
  REQUIRE(all.size() == 1);
  return all.front();
}

std::string field(const model::ResourceState& state, std::string_view path) {
  for (const auto& [key, value] : state.fields) {
    if (key == path) return value;
  }
  return "(absent)";
}

std::string text(const model::ResourceRef& ref) { return core::cat(ref.kind, "/", ref.ns, "/", ref.name); }

std::vector<std::string> references(const model::ResourceState& state) {
  std::vector<std::string> out;
  for (const auto& reference : state.references) {
    out.push_back(core::cat(model::name_of(reference.relation), reference.outgoing ? " " : "< ", text(reference.target)));
  }
  return out;
}

std::vector<std::string> related(const model::Event& event) {
  std::vector<std::string> out;
  for (const auto& ref : event.related) out.push_back(text(ref));
  return out;
}

}  // namespace kgrca::normalize::test
