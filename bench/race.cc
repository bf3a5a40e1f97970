// The store beside what a user would pick instead, on equal data and questions: see bench/race.md; tests/e2e/race.sh runs all.
//   bench_race make FILE [--pods 12500] [--events 200000] [--questions 500]   writes the data set
//   bench_race kgrca|sqlite FILE OUT [--batch 1000] [--dir DIR]               writes OUT.answers and OUT.figures
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "kgrca/core/log.h"
#include "kgrca/core/strings.h"
#include "race_stores.h"
#include "region_home.h"

namespace {

using namespace kgrca;

struct Options {
  std::vector<std::string> names;  // what is no option
  std::size_t pods = 12'500;
  std::uint64_t events = 200'000;
  std::size_t questions = 500;
  std::size_t batch = 1000;
  std::string directory;
};

[[noreturn]] void usage() { bench::die(core::invalid_argument("the head of bench/race.cc names commands and options")); }

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    if (std::strncmp(argv[i], "--", 2) != 0) {
      options.names.emplace_back(argv[i]);
      continue;
    }
    if (i + 1 == argc) usage();
    const std::string name = argv[i++];
    const auto number = std::strtoull(argv[i], nullptr, 10);
    if (name == "--pods") options.pods = number;
    else if (name == "--events") options.events = number;
    else if (name == "--questions") options.questions = number;
    else if (name == "--batch") options.batch = std::max(number, 1ULL);
    else if (name == "--dir") options.directory = argv[i];
    else usage();
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  core::set_log_level(core::LogLevel::warning);
  const Options options = parse(argc, argv);
  const auto& names = options.names;
  if (names.size() == 2 && names[0] == "make") {
    const bench::RaceData data = bench::make_race(options.pods, options.events, options.questions, options.directory);
    bench::write_race(data, names[1]);
    std::printf("%zu resources, %zu edges, %zu events\n", data.resources.size(), data.edges.size(), data.events.size());
    return 0;
  }
  if (names.size() != 3 || (names[0] != "kgrca" && names[0] != "sqlite")) usage();
  const bench::TempDir directory(options.directory);
  const auto store = names[0] == "kgrca" ? bench::open_kgrca(directory.path()) : bench::open_sqlite(directory.path());
  bench::run_race(*store, bench::read_race(names[1]), options.batch, names[2]);
  return 0;
}
