// Process death: a child commits and reports acknowledgements through a pipe; the parent kills it and looks.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "kgrca/core/strings.h"
#include "tests/unit/store/temp_store.h"

extern char** environ;

namespace kgrca::store {
namespace {

using namespace testing;

constexpr const char* child_case = "store: (child of the kill test) commits until killed";
constexpr const char* directory_variable = "KGRCA_TEST_CRASH_DIRECTORY";
constexpr int report_fd = 3;

// Runs the child case of this very program with the write end of a pipe as its descriptor 3.
struct Child {
  explicit Child(const std::string& directory) {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], report_fd);
    ::setenv(directory_variable, directory.c_str(), 1);
    std::string program = "/proc/self/exe";
    std::string name = child_case;
    char* arguments[] = {program.data(), name.data(), nullptr};
    REQUIRE(::posix_spawn(&pid, program.c_str(), &actions, nullptr, arguments, environ) == 0);
    ::unsetenv(directory_variable);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    reports = ends[0];
  }
  ~Child() { ::close(reports); }

  // The numbers reported until `enough` came, then, after the kill, what else lies in the pipe.
  std::uint64_t last_report_when_killed_after(std::uint64_t enough) {
    std::uint64_t last = 0;
    std::uint64_t report = 0;
    while (last < enough && ::read(reports, &report, sizeof report) == sizeof report) last = report;
    ::kill(pid, SIGKILL);
    int state = 0;
    ::waitpid(pid, &state, 0);
    while (::read(reports, &report, sizeof report) == sizeof report) last = report;
    return last;
  }

  pid_t pid = 0;
  int reports = -1;
};

}  // namespace

TEST_CASE("store: (child of the kill test) commits until killed", "[.]") {
  const char* directory = std::getenv(directory_variable);
  if (directory == nullptr) return;
  core::Metrics metrics;
  auto opened = Store::open(small_options(directory), metrics);
  REQUIRE(opened.ok());
  auto view = TenantViewOpener::open(**opened, core::TenantNumber{1}, 0);
  std::uint64_t next = static_cast<std::uint64_t>(*view.snapshot().counter(keys::count("events"))) + 1;
  const std::string value(2000, 'v');
  for (;; ++next) {
    auto batch = view.batch();
    batch.put(keys::event({next, 1}), value);
    batch.add(keys::count("events"), 1);
    const auto status = view.commit(std::move(batch), [next] {
      if (::write(report_fd, &next, sizeof next) != sizeof next) std::_Exit(1);
    });
    REQUIRE(status.ok());
  }
}

TEST_CASE("store: kill -9 loses no acknowledged batch and doubles none") {
  TempDirectory directory;
  for (int round = 1; round <= 5; ++round) {
    CAPTURE(round);
    Child child(directory / "store");
    const auto acknowledged = child.last_report_when_killed_after(static_cast<std::uint64_t>(round) * 700);
    core::Metrics metrics;
    auto opened = Store::open(small_options(directory / "store"), metrics);
    INFO(opened.status().ToString());
    REQUIRE(opened.ok());
    auto snapshot = TenantViewOpener::open(**opened, core::TenantNumber{1}, 0).snapshot();
    std::uint64_t last = 0;
    for (auto scan = snapshot.scan(keys::events()); scan.valid(); scan.next()) {
      REQUIRE(keys::event_of(scan.key()).time_us == last + 1);
      ++last;
    }
    REQUIRE(acknowledged > 0);
    REQUIRE(last >= acknowledged);
    REQUIRE(*snapshot.counter(keys::count("events")) == static_cast<std::int64_t>(last));
  }
}

TEST_CASE("store: a torn end of the log gives everything before it") {
  TempStore temp;
  const std::string first_only(50, 'a');
  put(temp.view(1), keys::resource({1}), first_only);
  temp.store().close();
  std::string log;
  for (const auto& file : std::filesystem::directory_iterator(temp.path() + "/store/0"))
    if (file.path().extension() == ".log" && file.file_size() > 0) log = file.path().string();
  REQUIRE_FALSE(log.empty());
  std::ofstream(log, std::ios::app | std::ios::binary) << std::string("\x12\x34\x56\x78\xff\x00\x01garbage", 14);
  temp.reopen();
  CHECK(value_of(temp.view(1), keys::resource({1})) == first_only);
}

}  // namespace kgrca::store
