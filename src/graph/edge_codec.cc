#include "graph/edge_codec.h"

#include "graph/codec.h"

namespace kgrca::graph {

std::string encode_edge(model::Evidence evidence) {
  std::string bytes;
  Encoder out(bytes);
  out.u8(static_cast<std::uint8_t>(evidence));
  return bytes;
}

core::StatusOr<model::Evidence> decode_edge(std::string_view value) {
  Decoder in(value);
  const auto evidence = in.number(model::Evidence::stated, model::Evidence::inferred);
  KGRCA_RETURN_IF_ERROR(in.finish("edge record"));
  return evidence;
}

std::string statement_name(const Triple& triple) {
  std::string name;
  core::BytesWriter out(name);
  out.fixed64(triple.from.value);
  out.fixed64(triple.to.value);
  out.u8(static_cast<std::uint8_t>(triple.relation));
  return name;
}

std::optional<Triple> triple_of(std::string_view name) {
  core::BytesReader in(name);
  Triple triple;
  triple.from.value = in.fixed64();
  triple.to.value = in.fixed64();
  const std::uint8_t relation = in.u8();
  if (!in.ok() || !in.at_end() || relation < 1 || relation > static_cast<std::uint8_t>(model::Relation::emits)) return std::nullopt;
  triple.relation = static_cast<model::Relation>(relation);
  return triple;
}

std::string encode_statement(const Statement& statement) {
  std::string bytes;
  Encoder out(bytes);
  out.u8(statement.trimmed ? 1 : 0);
  out.varint(statement.marks.size());
  for (const Statement::Mark& mark : statement.marks) {
    out.time(mark.at);
    out.u8(mark.open ? 1 : 0);
  }
  return bytes;
}

core::StatusOr<Statement> decode_statement(std::string_view value) {
  Decoder in(value);
  Statement statement;
  statement.trimmed = in.u8() == 1;
  statement.marks.resize(in.count(2));
  for (Statement::Mark& mark : statement.marks) {
    mark.at = in.time();
    mark.open = in.u8() == 1;
  }
  if (statement.marks.empty()) in.reject();
  KGRCA_RETURN_IF_ERROR(in.finish("edge statement"));
  return statement;
}

std::string encode_time(core::Time time) {
  std::string bytes;
  Encoder out(bytes);
  out.time(time);
  return bytes;
}

core::StatusOr<core::Time> decode_time(std::string_view value) {
  Decoder in(value);
  const core::Time time = in.time();
  KGRCA_RETURN_IF_ERROR(in.finish("time record"));
  return time;
}

}  // namespace kgrca::graph
