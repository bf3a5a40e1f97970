// Words for stored values: titles, spans of time, the sentence of a link.
#include <cmath>
#include <cstdint>

#include "api/json_values.h"
#include "kgrca/core/strings.h"

namespace kgrca::api {
namespace {

// A term is worth a word when it moves the odds by more than a factor of about 1.3.
constexpr float telling_log_odds = 0.25F;

struct TermWords {
  float value;
  std::string_view when_positive;
  std::string_view when_negative;
};

std::vector<std::string> term_phrases(const model::LinkTerms& terms) {
  const TermWords words[] = {
      {terms.pair, "this kind of cause is known for this effect", "this kind of cause rarely has this effect"},
      {terms.topology, "the two are closely connected", "the connection is distant"},
      {terms.lag, "the time between them is usual", "the time between them is unusual"},
      {terms.rarity, "the cause is a rare event", "the cause happens all the time"},
      {terms.severity, "the cause is severe", "the cause is mild"},
      {terms.specificity, "the effect names the cause", "the effect points elsewhere"},
      {terms.competition, "nothing else explains it as well", "other candidates compete"},
  };
  std::vector<std::string> out;
  for (const TermWords& word : words) {
    if (word.value > telling_log_odds) out.emplace_back(word.when_positive);
    if (word.value < -telling_log_odds) out.emplace_back(word.when_negative);
  }
  return out;
}

}  // namespace

std::string event_title(const model::Event& event, const model::Taxonomy& taxonomy) {
  const model::EventType* type = taxonomy.find(event.type);
  if (type != nullptr && !type->title.empty()) return type->title;
  return event.reason.empty() ? event.type : event.reason;
}

std::string span_text(double seconds) {
  const auto total = static_cast<std::int64_t>(std::llround(std::abs(seconds)));
  if (total < 120) return core::cat(total, " s");
  const auto two_parts = [](std::int64_t large, std::string_view large_unit, std::int64_t small, std::string_view small_unit) {
    return small == 0 ? core::cat(large, large_unit) : core::cat(large, large_unit, " ", small, small_unit);
  };
  if (total < 7200) return two_parts(total / 60, " min", total % 60, " s");
  return two_parts(total / 3600, " h", (total % 3600) / 60, " min");
}

std::string explain_link(const model::Link& link, std::string_view cause, std::string_view effect) {
  std::string out = core::cat(cause, " came ", span_text(link.lag_seconds), link.lag_seconds < 0 ? " after " : " before ", effect);
  if (link.hops == 0) {
    out += " on the same resource";
  } else if (!link.path.empty()) {
    const bool named = link.path.starts_with("named ");  // no way over resources: the effect's record names the cause
    core::append(out, named ? ", " : " over ", link.path, link.inferred_topology ? " (inferred)" : "");
  }
  const std::vector<std::string> phrases = term_phrases(link.terms);
  if (!phrases.empty()) core::append(out, ": ", core::join(phrases, "; "));
  core::append(out, ". Confidence ", core::format_fixed(static_cast<double>(link.confidence) * 100, 0), " %.");
  return out;
}

}  // namespace kgrca::api
