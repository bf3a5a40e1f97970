#include "pipeline/journal.h"

#include <algorithm>
#include <utility>

#include "kgrca/core/bytes.h"
#include "kgrca/core/strings.h"

namespace kgrca::pipeline {
namespace {

constexpr std::uint8_t format = 1;
constexpr std::size_t op_bytes_min = 2;

void write_op(core::BytesWriter& out, const JournalOp& op) {
  out.u8(static_cast<std::uint8_t>(op.kind));
  if (op.kind == JournalKind::touched || op.kind == JournalKind::merged) {
    out.fixed64(op.a.value);
    if (op.kind == JournalKind::merged) out.fixed64(op.b.value);
    return;
  }
  if (op.kind == JournalKind::passed) return out.zigzag(core::to_micros(op.last));
  out.fixed64(op.key.time_us);
  out.fixed64(op.key.hash);
  if (op.kind == JournalKind::correct) return;
  out.zigzag(core::to_micros(op.last) - static_cast<std::int64_t>(op.key.time_us));
  out.varint(op.count);
  out.u8(static_cast<std::uint8_t>((static_cast<unsigned>(op.severity) << 1) | (op.resolved ? 1u : 0u)));
}

JournalOp read_op(core::BytesReader& in) {
  JournalOp op;
  op.kind = static_cast<JournalKind>(in.u8());
  if (op.kind == JournalKind::touched || op.kind == JournalKind::merged) {
    op.a.value = in.fixed64();
    if (op.kind == JournalKind::merged) op.b.value = in.fixed64();
    return op;
  }
  if (op.kind == JournalKind::passed) {
    op.last = core::from_micros(in.zigzag());
    return op;
  }
  op.key.time_us = in.fixed64();
  op.key.hash = in.fixed64();
  if (op.kind == JournalKind::correct) return op;
  op.last = core::from_micros(static_cast<std::int64_t>(op.key.time_us) + in.zigzag());
  op.count = static_cast<std::uint32_t>(in.varint());
  const std::uint8_t flags = in.u8();
  op.resolved = (flags & 1) != 0;
  op.severity = static_cast<model::Severity>(std::min(flags >> 1, static_cast<int>(model::Severity::fatal)));
  return op;
}

bool known_kind(JournalKind kind) { return kind >= JournalKind::observe && kind <= JournalKind::passed; }

core::Status damaged(std::string_view what) {
  return core::data_loss(core::cat(what, " of the lane cannot be read: damaged or written by a newer version"));
}

}  // namespace

std::string encode_journal(const JournalEntry& entry) {
  std::string bytes;
  bytes.reserve(32 + entry.ops.size() * 28);
  core::BytesWriter out(bytes);
  out.u8(format);
  out.varint(entry.sequence);
  out.zigzag(core::to_micros(entry.now));
  out.zigzag(core::to_micros(entry.newest));
  out.varint(entry.ops.size());
  for (const JournalOp& op : entry.ops) write_op(out, op);
  return bytes;
}

core::StatusOr<JournalEntry> decode_journal(std::string_view value) {
  core::BytesReader in(value);
  JournalEntry entry;
  if (in.u8() != format) return damaged("a journal entry");
  entry.sequence = in.varint();
  entry.now = core::from_micros(in.zigzag());
  entry.newest = core::from_micros(in.zigzag());
  const std::size_t count = in.count(op_bytes_min);
  entry.ops.reserve(count);
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    entry.ops.push_back(read_op(in));
    if (!known_kind(entry.ops.back().kind)) return damaged("a journal entry");
  }
  if (!in.ok() || !in.at_end()) return damaged("a journal entry");
  return entry;
}

std::string encode_position(const Position& position) {
  std::string bytes;
  core::BytesWriter out(bytes);
  out.u8(format);
  out.varint(position.sequence);
  out.zigzag(core::to_micros(position.now));
  out.zigzag(core::to_micros(position.newest));
  return bytes;
}

core::StatusOr<Position> decode_position(std::string_view value) {
  core::BytesReader in(value);
  Position position;
  if (in.u8() != format) return damaged("the checkpoint position");
  position.sequence = in.varint();
  position.now = core::from_micros(in.zigzag());
  position.newest = core::from_micros(in.zigzag());
  if (!in.ok() || !in.at_end()) return damaged("the checkpoint position");
  return position;
}

void put_part(store::Batch& batch, std::uint16_t part, std::string_view bytes) {
  std::string value;
  value.reserve(bytes.size() + 3);
  core::BytesWriter(value).varint(part);
  value.append(bytes);
  batch.put(store::keys::checkpoint_part(part), value);
}

core::StatusOr<StoredParts> read_parts(const store::Snapshot& snapshot) {
  StoredParts parts;
  store::Scan scan = snapshot.scan(store::keys::checkpoint_parts());
  for (; scan.valid(); scan.next()) {
    core::BytesReader in(scan.value());
    const std::uint64_t part = in.varint();
    if (!in.ok() || part > position_part) return damaged("a checkpoint part");
    if (part == position_part) {
      KGRCA_ASSIGN_OR_RETURN(parts.position, decode_position(in.rest()));
    } else if (part >= journal_first_part) {
      KGRCA_ASSIGN_OR_RETURN(JournalEntry entry, decode_journal(in.rest()));
      parts.journal.push_back(std::move(entry));
    } else {
      parts.engine.emplace_back(static_cast<std::uint16_t>(part), std::string(in.rest()));
    }
  }
  KGRCA_RETURN_IF_ERROR(core::with_context(scan.status(), "reading the checkpoint"));
  std::erase_if(parts.journal, [&](const JournalEntry& entry) { return entry.sequence <= parts.position.sequence; });
  std::sort(parts.journal.begin(), parts.journal.end(),
            [](const JournalEntry& x, const JournalEntry& y) { return x.sequence < y.sequence; });
  return parts;
}

}  // namespace kgrca::pipeline
