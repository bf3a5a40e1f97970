#include "pipeline/journal.h"

#include <catch2/catch.hpp>

namespace kgrca::pipeline {
namespace {

core::Time micros(std::int64_t us) { return core::from_micros(us); }

JournalEntry sample() {
  JournalEntry entry;
  entry.sequence = 7;
  entry.now = micros(1'700'000'000'000'000);
  entry.newest = micros(1'700'000'000'000'100);
  JournalOp observe;
  observe.key = {1'699'999'999'000'000, 42};
  observe.last = micros(1'699'999'999'500'000);
  observe.count = 3;
  observe.resolved = true;
  observe.severity = model::Severity::fatal;
  JournalOp repeat = observe;
  repeat.kind = JournalKind::repeat;
  repeat.last = micros(1'699'999'998'000'000);
  JournalOp correct;
  correct.kind = JournalKind::correct;
  correct.key = {5, 6};
  JournalOp touched;
  touched.kind = JournalKind::touched;
  touched.a.value = 9;
  JournalOp merged;
  merged.kind = JournalKind::merged;
  merged.a.value = 10;
  merged.b.value = 11;
  JournalOp passed;
  passed.kind = JournalKind::passed;
  passed.last = micros(1'699'999'999'600'000);
  entry.ops = {observe, repeat, correct, touched, merged, passed};
  return entry;
}

}  // namespace

TEST_CASE("journal: an entry reads back as it was written") {
  const auto read = decode_journal(encode_journal(sample()));
  REQUIRE(read.ok());
  CHECK(*read == sample());
  const auto empty = decode_journal(encode_journal(JournalEntry{}));
  REQUIRE(empty.ok());
  CHECK(empty->ops.empty());
}

TEST_CASE("journal: every cut of an entry is data loss, never a crash") {
  const std::string whole = encode_journal(sample());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto read = decode_journal(std::string_view(whole).substr(0, length));
    CHECK(read.status().code() == absl::StatusCode::kDataLoss);
  }
  CHECK_FALSE(decode_journal(whole + "x").ok());
}

TEST_CASE("journal: an unknown kind of operation is data loss") {
  JournalEntry entry;
  JournalOp touched;
  touched.kind = JournalKind::touched;
  entry.ops = {touched};
  std::string bytes = encode_journal(entry);
  bytes[bytes.size() - 9] = 99;
  CHECK(decode_journal(bytes).status().code() == absl::StatusCode::kDataLoss);
}

TEST_CASE("journal: the position reads back and refuses another format") {
  const Position position{12, micros(34), micros(56)};
  std::string bytes = encode_position(position);
  const auto read = decode_position(bytes);
  REQUIRE(read.ok());
  CHECK(*read == position);
  bytes[0] = 77;
  CHECK(decode_position(bytes).status().code() == absl::StatusCode::kDataLoss);
  CHECK_FALSE(decode_position("").ok());
}

}  // namespace kgrca::pipeline
