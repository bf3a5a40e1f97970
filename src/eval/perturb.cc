// Copies of recorded streams with seeded damage, to measure what the engine makes of it.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "eval/overlay.h"
#include "kgrca/core/strings.h"
#include "kgrca/eval/eval.h"
#include "kgrca/wire/compression.h"
#include "kgrca/wire/json_out.h"

namespace kgrca::eval {
namespace {

namespace fs = std::filesystem;
using Random = std::mt19937_64;

// The standard distributions differ between libraries; these do not.
double uniform(Random& random) { return static_cast<double>(random() >> 11) * 0x1.0p-53; }
core::Duration within(Random& random, core::Duration span) {
  return core::Duration(static_cast<std::int64_t>((2 * uniform(random) - 1) * static_cast<double>(span.count())));
}

std::string line_of(const StreamRecord& r) {
  std::string out = "{\"arrive_at\":";
  core::append_json_string(out, core::format_rfc3339(r.arrive_at));
  core::append(out, ",\"source\":");
  core::append_json_string(out, r.source);
  core::append(out, ",\"topic\":");
  core::append_json_string(out, r.topic);
  core::append(out, ",\"key\":");
  core::append_json_string(out, r.key);
  core::append(out, ",\"payload\":", r.payload.empty() ? std::string("null") : r.payload, "}\n");
  return out;
}

// Moves the record's own times; ids keep their text, so the truth still names them.
void shift_member(boost::json::object& object, std::string_view name, core::Duration by) {
  auto* member = object.if_contains(name);
  if (member == nullptr || !member->is_string()) return;
  std::string_view text(member->as_string().data(), member->as_string().size());
  auto time = core::parse_rfc3339(text);
  if (!time) return;
  std::size_t dot = text.find('.');
  int digits = dot == std::string_view::npos ? 0 : static_cast<int>(std::min<std::size_t>(6, text.size() - dot - 2));
  *member = core::format_rfc3339(*time + by, digits);
}

void jitter(StreamRecord& record, core::Duration by) {
  boost::json::error_code error;
  boost::json::value payload = boost::json::parse(record.payload, error);
  if (error || !payload.is_object()) return;
  auto& object = payload.as_object();
  for (std::string_view name : {"firstTimestamp", "lastTimestamp", "eventTime", "timestamp"}) shift_member(object, name, by);
  record.payload = wire::to_json(payload);
}

bool is_edge(const StreamRecord& record) { return record.source == "state.k8s.topology"; }

std::vector<StreamRecord> damaged(std::vector<StreamRecord> records, const PerturbOptions& o, Random& random) {
  std::vector<StreamRecord> out;
  for (StreamRecord& record : records) {
    if (is_edge(record) && uniform(random) < o.edges_missing) continue;
    if (!is_edge(record) && uniform(random) < o.loss) continue;
    // Alerts and state records carry their time in their identity: only events and logs are moved.
    bool movable = record.source == "k8s.event" || record.source == "log";
    if (o.jitter != core::Duration{} && movable) jitter(record, within(random, o.jitter));
    if (o.late_share > 0 && uniform(random) < o.late_share) record.arrive_at += o.late_by;
    if (o.shuffle != core::Duration{}) {
      core::Duration by = within(random, o.shuffle);
      record.arrive_at += by < core::Duration{} ? -by : by;
    }
    bool again = uniform(random) < o.duplicates;
    StreamRecord copy = again ? record : StreamRecord{};
    out.push_back(std::move(record));
    if (!again) continue;
    copy.arrive_at += core::Duration(static_cast<std::int64_t>(uniform(random) * 30e6));
    out.push_back(std::move(copy));
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.arrive_at < b.arrive_at; });
  return out;
}

core::Status write_stream(const fs::path& folder, const std::vector<StreamRecord>& records) {
  std::error_code error;
  fs::create_directories(folder, error);
  std::string text;
  for (const StreamRecord& record : records) text += line_of(record);
  const fs::path file = folder / "stream.jsonl.gz";  // the name that scorers know
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << wire::gzip(text);
  out.close();
  if (!out) return core::unavailable(core::cat("writing ", file.string(), " failed"));
  return core::ok_status();
}

core::StatusOr<std::vector<fs::path>> find_streams(const std::string& directory) {
  std::vector<fs::path> out;
  std::error_code error;
  for (fs::recursive_directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    std::string name = it->path().filename().string();
    if (name == "stream.jsonl" || name == "stream.jsonl.gz") out.push_back(it->path());
  }
  if (error || out.empty()) return core::not_found(core::cat("no stream.jsonl[.gz] below ", directory));
  std::sort(out.begin(), out.end());
  return out;
}

// Fisher and Yates; std::shuffle differs between libraries.
void shuffle(std::vector<fs::path>& streams, Random& random) {
  for (std::size_t i = streams.size(); i > 1; --i) {
    std::swap(streams[i - 1], streams[static_cast<std::size_t>(uniform(random) * static_cast<double>(i))]);
  }
}

core::StatusOr<RecordedCase> read_case(const fs::path& stream) {
  RecordedCase read;
  read.name = stream.parent_path().filename().string();
  KGRCA_ASSIGN_OR_RETURN(read.records, read_stream(stream.string()));
  std::ifstream in(stream.parent_path() / "case.json", std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  read.truth = std::move(text).str();
  return read;
}

core::Status write_case(const fs::path& folder, const RecordedCase& made) {
  KGRCA_RETURN_IF_ERROR(write_stream(folder, made.records));
  if (made.truth.empty()) return core::ok_status();
  std::ofstream out(folder / "case.json", std::ios::binary | std::ios::trunc);
  out << made.truth;
  out.close();
  if (!out) return core::unavailable(core::cat("writing ", (folder / "case.json").string(), " failed"));
  return core::ok_status();
}

}  // namespace

core::Status perturb(const PerturbOptions& options) {
  KGRCA_ASSIGN_OR_RETURN(std::vector<fs::path> streams, find_streams(options.data_directory));
  Random random(options.seed);
  const std::size_t together = std::max<std::size_t>(1, options.overlay);
  if (together > 1) shuffle(streams, random);
  for (std::size_t at = 0; at < streams.size(); at += together) {
    std::vector<RecordedCase> cases;
    for (std::size_t i = at; i < std::min(at + together, streams.size()); ++i) {
      KGRCA_ASSIGN_OR_RETURN(cases.emplace_back(), read_case(streams[i]));
    }
    RecordedCase made = overlay(std::move(cases), [&random] { return uniform(random); });
    made.records = damaged(std::move(made.records), options, random);
    KGRCA_RETURN_IF_ERROR(write_case(fs::path(options.output_directory) / made.name, made));
  }
  return core::ok_status();
}

}  // namespace kgrca::eval
