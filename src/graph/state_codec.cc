#include "graph/state_codec.h"
#include "kgrca/graph/records.h"

namespace kgrca::graph {

void put_state(Encoder& out, const model::ResourceState& state) {
  out.ref(state.ref);
  out.time(state.at);
  out.u8(static_cast<std::uint8_t>((state.deleted ? 1 : 0) | (state.partial ? 2 : 0)));
  out.pairs(state.labels);
  out.pairs(state.fields);
  out.pairs(state.selector);
  out.varint(state.references.size());
  for (const model::Reference& reference : state.references) {
    out.u8(static_cast<std::uint8_t>(reference.relation));
    out.u8(static_cast<std::uint8_t>(static_cast<int>(reference.evidence) * 2 + (reference.outgoing ? 1 : 0)));
    out.ref(reference.target);
  }
  out.varint(state.addresses.size());
  for (const std::string& address : state.addresses) out.text(address);
  out.text(state.source_id);
}

model::ResourceState take_state(Decoder& in) {
  model::ResourceState state;
  state.ref = in.ref();
  state.at = in.time();
  const std::uint8_t flags = in.u8();
  if (flags > 3) in.reject();
  state.deleted = (flags & 1) != 0;
  state.partial = (flags & 2) != 0;
  state.labels = in.pairs();
  state.fields = in.pairs();
  state.selector = in.pairs();
  state.references.resize(in.count(7));
  for (model::Reference& reference : state.references) {
    reference.relation = in.number(model::Relation::controls, model::Relation::emits);
    const std::uint8_t packed = in.u8();
    if (packed > 7) in.reject();
    reference.evidence = static_cast<model::Evidence>((packed >> 1) & 3);
    reference.outgoing = (packed & 1) != 0;
    reference.target = in.ref();
  }
  state.addresses.resize(in.count());
  for (std::string& address : state.addresses) address = in.string();
  state.source_id = in.string();
  return state;
}

std::string encode_state(const model::ResourceState& state) {
  std::string bytes;
  Encoder out(bytes);
  put_state(out, state);
  return bytes;
}

core::StatusOr<model::ResourceState> decode_state(std::string_view value) {
  Decoder in(value);
  model::ResourceState state;
  if (in.good()) state = take_state(in);
  KGRCA_RETURN_IF_ERROR(in.finish("resource state"));
  return state;
}

}  // namespace kgrca::graph
