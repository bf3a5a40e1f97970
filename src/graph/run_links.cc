#include "graph/run_links.h"

#include <algorithm>
#include <cmath>

#include "graph/codec.h"
#include "kgrca/core/strings.h"
#include "kgrca/store/keys.h"

namespace kgrca::graph {
namespace {

// A share of 1 in 1/65,535; anything that is no number is 0, so that no link is without a confidence.
std::uint16_t pack_share(float value) {
  if (!(value > 0)) return 0;
  return static_cast<std::uint16_t>(std::lround(std::min(value, 1.0F) * 65535.0F));
}
float unpack_share(std::uint64_t value) { return static_cast<float>(value) / 65535.0F; }

// Log-odds in thousandths.
std::int64_t pack_term(float value) {
  if (std::isnan(value)) return 0;
  return std::lround(std::clamp(static_cast<double>(value), -1e6, 1e6) * 1000.0);
}

template <typename Terms, typename Fn>
void each_term(Terms& terms, Fn fn) {
  fn(terms.base);
  fn(terms.pair);
  fn(terms.topology);
  fn(terms.lag);
  fn(terms.rarity);
  fn(terms.severity);
  fn(terms.specificity);
  fn(terms.competition);
}

void put_link(Encoder& out, const model::Link& link) {
  out.event_key(link.cause);
  out.varint(pack_share(link.confidence));
  out.varint(pack_share(link.raw));
  each_term(link.terms, [&](float term) { out.zigzag(pack_term(term)); });
  out.u8(link.hops);
  out.u8(link.inferred_topology ? 1 : 0);
  out.f32(std::isfinite(link.lag_seconds) ? link.lag_seconds : 0);
  out.text(link.path);
  out.varint(link.rule);
  out.varint(link.rules_version);
}

model::Link take_link(Decoder& in, core::EventKey effect) {
  model::Link link;
  link.effect = effect;
  link.cause = in.event_key();
  link.confidence = unpack_share(std::min<std::uint64_t>(in.varint(), 65535));
  link.raw = unpack_share(std::min<std::uint64_t>(in.varint(), 65535));
  each_term(link.terms, [&](float& term) { term = static_cast<float>(static_cast<double>(in.zigzag()) / 1000.0); });
  link.hops = in.u8();
  const std::uint8_t flags = in.u8();
  if (flags > 3) in.reject();  // 2 is given out
  link.inferred_topology = (flags & 1) != 0;
  link.lag_seconds = in.f32();
  if (!std::isfinite(link.lag_seconds)) in.reject();
  link.path = in.string();
  link.rule = static_cast<std::uint16_t>(in.varint());
  link.rules_version = static_cast<std::uint32_t>(in.varint());
  return link;
}

}  // namespace

float stored_share(float value) { return unpack_share(pack_share(value)); }

std::string encode_run_links(const RunLinks& run) {
  std::string bytes;
  Encoder out(bytes);
  out.u8(run.part_of ? 1 : 0);
  if (run.part_of) {
    out.event_key(run.part_of);
    return bytes;
  }
  out.varint(run.links.size());
  for (const model::Link& link : run.links) put_link(out, link);
  return bytes;
}

core::StatusOr<RunLinks> decode_run_links(core::EventKey run, std::string_view value) {
  Decoder in(value);
  RunLinks out;
  if (!in.good()) return in.finish("links of a run");
  const std::uint8_t is_part = in.u8();
  if (is_part > 1) in.reject();
  if (is_part == 1) {
    out.part_of = in.event_key();
    if (!out.part_of || out.part_of >= run) in.reject();  // so that following them comes to an end
  } else {
    const std::size_t links = in.count(30);
    for (std::size_t i = 0; i < links; ++i) out.links.push_back(take_link(in, run));
  }
  KGRCA_RETURN_IF_ERROR(in.finish("links of a run"));
  return out;
}

core::StatusOr<std::optional<RunLinks>> read_run_links(const store::Snapshot& snapshot, core::EventKey run) {
  KGRCA_ASSIGN_OR_RETURN(const std::optional<std::string> value, snapshot.get(store::keys::run_links(run)));
  if (!value) return std::optional<RunLinks>{};
  KGRCA_ASSIGN_OR_RETURN(RunLinks found, decode_run_links(run, *value));
  return std::optional(std::move(found));
}

core::StatusOr<std::vector<model::Link>> links_of_run(const store::Snapshot& snapshot, core::EventKey run) {
  while (true) {
    KGRCA_ASSIGN_OR_RETURN(std::optional<RunLinks> found, read_run_links(snapshot, run));
    if (!found) return std::vector<model::Link>{};
    if (!found->part_of) return std::move(found->links);
    run = found->part_of;
  }
}

}  // namespace kgrca::graph
