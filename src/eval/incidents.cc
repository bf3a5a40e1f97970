#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>

#include "eval/predictions.h"
#include "eval/run.h"
#include "kgrca/core/strings.h"
#include "kgrca/eval/eval.h"
#include "kgrca/wire/json.h"

namespace kgrca::eval {
namespace {

namespace fs = std::filesystem;

struct Case {
  std::string folder;
  std::string stream;
};

core::StatusOr<std::vector<Case>> find_cases(const std::string& directory) {
  std::error_code error;
  std::vector<Case> out;
  for (fs::recursive_directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    std::string name = it->path().filename().string();
    if (name == "stream.jsonl" || name == "stream.jsonl.gz") out.push_back({it->path().parent_path().string(), it->path().string()});
  }
  if (error) return core::not_found(core::cat("cannot read ", directory, ": ", error.message()));
  if (out.empty()) return core::not_found(core::cat("no folder below ", directory, " has stream.jsonl or stream.jsonl.gz"));
  std::sort(out.begin(), out.end(), [](const Case& a, const Case& b) { return a.folder < b.folder; });
  return out;
}

// Only `case_id` is read of case.json; the folder's name stands in when there is no such file.
std::string case_id_of(const std::string& folder) {
  std::ifstream in(folder + "/case.json");
  std::ostringstream text;
  text << in.rdbuf();
  wire::JsonDocument document;
  auto value = document.parse(text.str());
  if (value.ok() && (*value)["case_id"].string()) return std::string(*(*value)["case_id"].string());
  return fs::path(folder).filename().string();
}

core::StatusOr<std::string> run_case(const Case& which, core::Duration at, IncidentsReport& report, std::mutex& mutex) {
  KGRCA_ASSIGN_OR_RETURN(std::vector<StreamRecord> records, read_stream(which.stream));
  auto start = std::chrono::steady_clock::now();
  KGRCA_ASSIGN_OR_RETURN(std::unique_ptr<CaseRun> run, CaseRun::open(at));
  for (const StreamRecord& record : records) KGRCA_RETURN_IF_ERROR(run->feed(record));
  KGRCA_RETURN_IF_ERROR(run->finish());
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  KGRCA_ASSIGN_OR_RETURN(std::string line, prediction_line(*run, case_id_of(which.folder), took.count()));
  std::lock_guard lock(mutex);
  if (run->rejected() > 0)
    std::fprintf(stderr, "%s: %zu rejected, first: %s\n", which.folder.c_str(), run->rejected(), run->first_rejection().c_str());
  KGRCA_RETURN_IF_ERROR(add_to_report(*run, report));
  return line;
}

}  // namespace

core::StatusOr<IncidentsReport> eval_incidents(const IncidentsOptions& options) {
  KGRCA_ASSIGN_OR_RETURN(std::vector<Case> cases, find_cases(options.data_directory));
  std::ofstream out(options.output_file, std::ios::binary | std::ios::trunc);
  if (!out) return core::invalid_argument(core::cat("cannot write ", options.output_file));
  auto start = std::chrono::steady_clock::now();
  IncidentsReport report;
  std::mutex mutex;
  std::vector<std::string> lines(cases.size());
  core::Status failure = core::ok_status();
  std::atomic<std::size_t> next{0};
  std::size_t done = 0;
  auto work = [&] {
    for (std::size_t i = next++; i < cases.size(); i = next++) {
      auto line = run_case(cases[i], options.at, report, mutex);
      std::lock_guard lock(mutex);
      if (line.ok()) lines[i] = *std::move(line);
      else if (failure.ok()) failure = core::with_context(line.status(), cases[i].folder);
      if (options.progress) options.progress(++done, cases.size());
    }
  };
  int count = options.threads > 0 ? options.threads : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  std::vector<std::jthread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back(work);
  threads.clear();
  KGRCA_RETURN_IF_ERROR(failure);
  for (const std::string& line : lines) out << line << '\n';
  out.close();
  if (!out) return core::unavailable(core::cat("writing ", options.output_file, " failed"));
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace kgrca::eval
