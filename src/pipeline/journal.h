// What the engine was told since its last checkpoint, in order: one small value per batch. Opening a lane tells it again, so a
// restart ends in the state that no restart would have had.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kgrca/core/ids.h"
#include "kgrca/core/status.h"
#include "kgrca/core/time.h"
#include "kgrca/model/event.h"
#include "kgrca/store/store.h"

namespace kgrca::pipeline {

// Stored as its number; never renumber.
enum class JournalKind : std::uint8_t { observe = 1, repeat = 2, correct = 3, touched = 4, merged = 5, passed = 6 };

struct JournalOp {
  JournalKind kind = JournalKind::observe;
  core::EventKey key;  // observe, repeat, correct; the body is read from the event's record
  core::Time last{};   // observe, repeat: as this observation had it; passed: tenant time after events that are not linked
  std::uint32_t count = 1;
  bool resolved = false;
  model::Severity severity = model::Severity::info;
  core::ResourceId a;             // touched; merged: former id
  core::ResourceId b;             // merged: present id
  bool operator==(const JournalOp&) const = default;
};

// One batch.
struct JournalEntry {
  std::uint64_t sequence = 0;     // of the batch, from 1
  core::Time now{};               // the Clock's present at its settle
  core::Time newest{};            // highest observation time so far
  std::vector<JournalOp> ops;
  bool operator==(const JournalEntry&) const = default;
};
std::string encode_journal(const JournalEntry& entry);
core::StatusOr<JournalEntry> decode_journal(std::string_view value);

// The lane's own part of the checkpoint.
struct Position {
  std::uint64_t sequence = 0;     // last batch the engine's parts contain
  core::Time now{};
  core::Time newest{};
  bool operator==(const Position&) const = default;
};
std::string encode_position(const Position& position);
core::StatusOr<Position> decode_position(std::string_view value);

// Checkpoint parts by number: the engine's, then the journal as a ring of slots (an old slot is told by its sequence and
// overwritten in time, so nothing is ever deleted), then the lane's. Each value begins with its part number.
inline constexpr std::uint16_t journal_first_part = 0x8000;
inline constexpr std::uint16_t journal_slots = 4096;
inline constexpr std::uint16_t position_part = 0xffff;

void put_part(store::Batch& batch, std::uint16_t part, std::string_view bytes);

// All parts of a tenant as stored.
struct StoredParts {
  Position position;
  std::vector<std::pair<std::uint16_t, std::string>> engine;
  std::vector<JournalEntry> journal;  // after the position, in sequence
};
core::StatusOr<StoredParts> read_parts(const store::Snapshot& snapshot);

}  // namespace kgrca::pipeline
