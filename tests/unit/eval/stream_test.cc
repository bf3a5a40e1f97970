#include <catch2/catch.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "eval/run.h"
#include "kgrca/core/strings.h"
#include "kgrca/eval/eval.h"
#include "kgrca/wire/compression.h"

namespace kgrca::eval {
namespace {

namespace fs = std::filesystem;

struct Folder {
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "kgrca-eval-test-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  fs::path path;
};

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

std::string event_line(int second, const std::string& reason, const std::string& type) {
  std::string time = core::cat("2025-06-01T10:00:", second < 10 ? "0" : "", second, "Z");
  return core::cat(R"({"arrive_at":")", time, R"(","source":"k8s.event","topic":"raw.k8s.events","key":"acme::)", second,
                   R"(","payload":{"metadata":{"name":"e","namespace":"shop","uid":"uid-)", second,
                   R"("},"involvedObject":{"kind":"Pod","namespace":"shop","name":"orders-1","uid":"pod-1"},"reason":")", reason,
                   R"(","message":"text","type":")", type, R"(","count":1,"firstTimestamp":")", time, R"(","lastTimestamp":")", time,
                   "\"}}\n");
}

}  // namespace

TEST_CASE("eval: a stream is read in order, plain or gzip, and a broken line names itself") {
  Folder folder;
  std::string text = event_line(1, "Scheduled", "Normal") + event_line(2, "Started", "Normal");
  write(folder.path / "a.jsonl", text);
  write(folder.path / "b.jsonl.gz", wire::gzip(text));
  for (const char* name : {"a.jsonl", "b.jsonl.gz"}) {
    auto records = read_stream((folder.path / name).string());
    REQUIRE(records.ok());
    REQUIRE(records->size() == 2);
    CHECK(records->front().source == "k8s.event");
    CHECK(tenant_of_key(records->front().key) == "acme");
  }
  write(folder.path / "c.jsonl", text + "{\"arrive_at\":\"yesterday\"}\n");
  auto broken = read_stream((folder.path / "c.jsonl").string());
  REQUIRE_FALSE(broken.ok());
  CHECK(core::message_of(broken.status()).find("line 3") != std::string::npos);
  CHECK_FALSE(read_stream((folder.path / "absent").string()).ok());
}

TEST_CASE("eval: a case becomes one prediction line with its links and incidents") {
  Folder folder;
  write(folder.path / "in/one/stream.jsonl",
        event_line(1, "OOMKilled", "Warning") + event_line(9, "CrashLoopBackOff", "Warning") + event_line(12, "Failed", "Warning"));
  write(folder.path / "in/one/case.json", R"({"case_id":"the-case"})");
  std::string out = (folder.path / "out.jsonl").string();
  IncidentsOptions options;
  options.data_directory = (folder.path / "in").string();
  options.output_file = out;
  options.threads = 1;
  auto report = eval_incidents(options);
  REQUIRE(report.ok());
  CHECK(report->cases == 1);
  CHECK(report->events == 3);
  CHECK(report->rejected == 0);
  std::string line;
  std::ifstream in(out);
  REQUIRE(std::getline(in, line));
  CHECK(line.find("\"case_id\":\"the-case\"") != std::string::npos);
  CHECK(line.find("uid-1") != std::string::npos);
  CHECK_FALSE(std::getline(in, line));
}

TEST_CASE("eval: a seed damages a stream the same way every time") {
  Folder folder;
  std::string text;
  for (int second = 0; second < 60; ++second) text += event_line(second, "BackOff", "Warning");
  write(folder.path / "in/one/stream.jsonl", text);
  auto perturbed = [&](std::uint64_t seed, const char* name) {
    PerturbOptions options;
    options.data_directory = (folder.path / "in").string();
    options.output_directory = (folder.path / name).string();
    options.seed = seed;
    options.loss = 0.2;
    options.duplicates = 0.2;
    options.shuffle = std::chrono::seconds(30);
    REQUIRE(perturb(options).ok());
    auto records = read_stream((folder.path / name / "one/stream.jsonl.gz").string());
    REQUIRE(records.ok());
    std::string all;
    for (const StreamRecord& r : *records) all += r.key + core::format_rfc3339(r.arrive_at) + "\n";
    return all;
  };
  std::string first = perturbed(1, "a");
  CHECK(first == perturbed(1, "b"));
  CHECK(first != perturbed(2, "c"));
  PerturbOptions nowhere;
  nowhere.data_directory = (folder.path / "nothing").string();
  CHECK_FALSE(perturb(nowhere).ok());
}

}  // namespace kgrca::eval
