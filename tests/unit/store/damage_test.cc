// Damaged files. Each hurt store is opened in a child process: a signal there is a finding, not the end of the test.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>

#include "kgrca/core/strings.h"
#include "tests/support/environment.h"
#include "tests/unit/store/damage.h"
#include "tests/unit/store/temp_store.h"

extern char** environ;

namespace kgrca::store {
namespace {

using namespace testing;

constexpr const char* child_case = "store: (child of the damage test) looks at hurt stores";
constexpr const char* directory_variable = "KGRCA_TEST_DAMAGE_DIRECTORY";
constexpr const char* first_variable = "KGRCA_TEST_DAMAGE_FIRST";
constexpr const char* last_variable = "KGRCA_TEST_DAMAGE_LAST";

// Runs the child case for the seeds first..last; it appends a line for each to `report`. Returns its wait status.
int run_child(const std::string& directory, std::uint64_t first, std::uint64_t last) {
  ::setenv(directory_variable, directory.c_str(), 1);
  ::setenv(first_variable, core::cat(first).c_str(), 1);
  ::setenv(last_variable, core::cat(last).c_str(), 1);
  std::string program = "/proc/self/exe";
  std::string name = child_case;
  char* arguments[] = {program.data(), name.data(), nullptr};
  const std::string log = directory + "/child.log";
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t pid = 0;
  REQUIRE(::posix_spawn(&pid, program.c_str(), &actions, nullptr, arguments, environ) == 0);
  posix_spawn_file_actions_destroy(&actions);
  for (const char* variable : {directory_variable, first_variable, last_variable}) ::unsetenv(variable);
  int state = 0;
  REQUIRE(::waitpid(pid, &state, 0) == pid);
  return state;
}

std::vector<std::string> lines_of(const std::string& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

struct Tally {
  std::map<char, int> by_finding;  // first letter of the line
  std::vector<std::string> bad;
};

Tally hurt_and_look(const std::string& directory, std::uint64_t first, std::uint64_t count) {
  Tally tally;
  const std::uint64_t last = first + count - 1;
  for (std::uint64_t next = first; next <= last;) {
    const int state = run_child(directory, next, last);
    const auto lines = lines_of(directory + "/report");
    for (const auto& line : lines) {
      ++tally.by_finding[line[0]];
      if (line[0] == 'W') tally.bad.push_back(line);
    }
    next += lines.size();
    if (next > last) break;
    const auto log = lines_of(directory + "/child.log");
    tally.bad.push_back(core::cat("seed ", next, ": the child ended with ", WIFSIGNALED(state) ? "signal " : "code ",
                                  WIFSIGNALED(state) ? WTERMSIG(state) : WEXITSTATUS(state), "; ", log.empty() ? "" : log.back()));
    ++next;
  }
  return tally;
}

}  // namespace

TEST_CASE("store: (child of the damage test) looks at hurt stores", "[.]") {
  const char* directory = std::getenv(directory_variable);
  if (directory == nullptr) return;
  const std::string root = directory;
  std::filesystem::remove_all(root + "/known");
  const Expected expected = make_known_store(root + "/known");
  std::ofstream report(root + "/report", std::ios::trunc);
  const std::uint64_t last = test::number_from(last_variable, 0);
  for (std::uint64_t seed = test::number_from(first_variable, 1); seed <= last; ++seed) {
    const std::string store = root + "/hurt";
    std::filesystem::remove_all(store);
    std::filesystem::copy(root + "/known", store, std::filesystem::copy_options::recursive);
    const std::string what = hurt(store, seed);
    std::cout << "seed " << seed << ": " << what << std::endl;
    const Look look = look_at(store, expected);
    static constexpr const char* words[] = {"untouched", "partly unreadable", "refused", "WRONG"};
    report << words[static_cast<int>(look.findings)] << ": seed " << seed << ": " << what << ": " << look.text << std::endl;
  }
}

// KGRCA_DAMAGES sets how often (scripts/soak: 1000), KGRCA_SEED where the seeds begin.
TEST_CASE("store: damaged files give errors, never wrong answers and never a signal") {
  TempDirectory directory(test::fast_directory());
  const std::uint64_t count = test::number_from("KGRCA_DAMAGES", 150);
  Tally tally = hurt_and_look(directory.path(), test::number_from("KGRCA_SEED", 1), count);
  std::cout << "damages " << count << ": untouched " << tally.by_finding['u'] << ", partly unreadable " << tally.by_finding['p']
            << ", refused " << tally.by_finding['r'] << "\n";
  if (const char* file = std::getenv("KGRCA_DAMAGE_REPORT")) std::filesystem::copy(directory / "report", file);
  for (const auto& bad : tally.bad) UNSCOPED_INFO(bad);
  CHECK(tally.bad.empty());
}

}  // namespace kgrca::store
