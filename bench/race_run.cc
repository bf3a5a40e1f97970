// The same course for every store: load, then each kind of question twice, the first time for the answers and to warm up.
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>

#include "kgrca/core/strings.h"
#include "parts.h"
#include "race_data.h"

namespace kgrca::bench {
namespace {

class Course {
 public:
  explicit Course(const std::string& out) : answers_(out + ".answers"), figures_(out + ".figures") {}

  void figure(std::string_view name, double value) { figures_ << name << '\t' << value << std::endl; }
  void answer(std::string_view question, const std::string& text) { answers_ << question << '\t' << text << '\n'; }

  template <typename Question>
  void ask(const std::string& name, const std::vector<Question>& questions, const std::function<std::string(const Question&)>& one) {
    for (std::size_t i = 0; i < questions.size(); ++i) answer(core::cat(name, " ", i), one(questions[i]));
    std::vector<double> micros;
    for (const Question& question : questions) {
      const double begin = wall_seconds();
      one(question);
      micros.push_back((wall_seconds() - begin) * 1e6);
    }
    if (micros.empty()) return;
    std::sort(micros.begin(), micros.end());
    figure(name + " p50 µs", micros[micros.size() / 2]);
    figure(name + " p99 µs", micros[std::min(micros.size() - 1, micros.size() * 99 / 100)]);
  }

 private:
  std::ofstream answers_;
  std::ofstream figures_;
};

}  // namespace

void run_race(RaceStore& store, const RaceData& data, std::size_t batch, const std::string& out) {
  Course course(out);
  double wall = wall_seconds();
  store.load_topology(data);
  course.figure("topology s", wall_seconds() - wall);
  wall = wall_seconds();
  double cpu = process_cpu_seconds();
  for (std::size_t first = 0; first < data.events.size(); first += batch)
    store.upsert(&data.events[first], std::min(batch, data.events.size() - first));
  const auto events = static_cast<double>(data.events.size());
  course.figure("upsert events/s", events / (wall_seconds() - wall));
  course.figure("upsert events per CPU-second", events / (process_cpu_seconds() - cpu));
  store.finish_loading();
  course.answer("counts", store.counts());
  course.figure("disk B per event, graph included", static_cast<double>(store.disk_bytes()) / events);
  using Pair = std::pair<std::int64_t, std::int64_t>;
  const RaceQuestions& q = data.questions;
  course.ask<std::int64_t>("1 hop", q.neighbours, [&](const std::int64_t& id) { return store.neighbours(id); });
  course.ask<std::int64_t>("2 hops", q.two_hops, [&](const std::int64_t& id) { return store.two_hops(id); });
  course.ask<Pair>("shortest path", q.paths, [&](const Pair& p) { return store.path(p.first, p.second); });
  course.ask<Pair>("root causes of an hour", q.roots, [&](const Pair& p) { return store.roots(p.first, p.second); });
  course.figure("resident MiB", resident_mib(getpid()));
}

}  // namespace kgrca::bench
