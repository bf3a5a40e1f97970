#include "tests/support/server_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include "kgrca/core/strings.h"
#include "kgrca/net/client.h"

namespace kgrca::test {
namespace {

using Clock = std::chrono::steady_clock;
constexpr double ready_within_seconds = 30;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

void pause_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

// KGRCA_TEST_BINARY names another build of the program, for example one with a sanitizer.
std::string binary() {
  const char* other = std::getenv("KGRCA_TEST_BINARY");
  return other != nullptr ? other : KGRCA_BINARY;
}

// The server takes its settings from KGRCA_ variables too; those of the test run are not meant for it.
std::vector<std::string> child_environment() {
  std::vector<std::string> kept;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    if (!std::string_view(*entry).starts_with("KGRCA_")) kept.emplace_back(*entry);
  }
  return kept;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

long status_kib(pid_t pid, std::string_view field) {
  std::ifstream in(core::cat("/proc/", pid, "/status"));
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(field)) return std::strtol(line.c_str() + field.size(), nullptr, 10);
  }
  return -1;
}

}  // namespace

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

ServerProcess::ServerProcess(std::vector<std::string> flags) : flags_(std::move(flags)) {}

ServerProcess::~ServerProcess() { kill_hard(); }

void ServerProcess::spawn() {
  std::vector<std::string> arguments{binary(), "serve", "--listen", "127.0.0.1:0", "--data-dir", data_dir()};
  arguments.insert(arguments.end(), flags_.begin(), flags_.end());
  std::vector<std::string> environment = child_environment();
  const std::vector<char*> argument_list = pointers(arguments);
  const std::vector<char*> environment_list = pointers(environment);
  const int log = ::open(log_file().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  pid_ = ::fork();
  if (pid_ != 0) {
    ::close(log);
    return;
  }
  // The child: only calls that are safe between fork and exec. It dies with the test.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execve(argument_list[0], argument_list.data(), environment_list.data());
  ::_exit(127);
}

double ServerProcess::start() {
  if (pid_ > 0) throw std::runtime_error("the server runs already");
  const std::size_t log_offset = read_file(log_file()).size();
  url_.clear();
  const auto began = Clock::now();
  spawn();
  while (seconds_since(began) < ready_within_seconds) {
    Ending ending;
    if (wait_for_end(0, ending)) throw std::runtime_error(core::cat("the server ended at its start; its log: ", log_tail()));
    if (read_url(log_offset) && is_ready()) return seconds_since(began);
    pause_ms(5);
  }
  kill_hard();
  throw std::runtime_error(core::cat("the server was not ready in time; its log: ", log_tail()));
}

void ServerProcess::start_and_kill(int after_ms) {
  spawn();
  pause_ms(after_ms);
  kill_hard();
}

bool ServerProcess::read_url(std::size_t log_offset) {
  if (!url_.empty()) return true;
  const std::string log = read_file(log_file());
  const std::size_t started = log.find("\"event\":\"started\"", log_offset);
  if (started == std::string::npos) return false;
  const std::size_t begin = log.find("http://", started);
  const std::size_t end = log.find('"', begin);
  if (begin == std::string::npos || end == std::string::npos) return false;
  url_ = log.substr(begin, end - begin);
  return true;
}

bool ServerProcess::is_ready() const {
  net::ClientOptions options;
  options.url = url_;
  options.timeout_ms = 5000;
  auto client = net::Client::make(options);
  if (!client.ok()) return false;
  const auto response = client->send(net::Method::get, "/readyz", {}, "");
  return response.ok() && response->status == 200;
}

bool ServerProcess::wait_for_end(double seconds, Ending& ending) {
  const auto began = Clock::now();
  while (true) {
    int state = 0;
    if (::waitpid(pid_, &state, WNOHANG) == pid_) {
      pid_ = -1;
      ending.exited = WIFEXITED(state);
      ending.code = WIFEXITED(state) ? WEXITSTATUS(state) : WTERMSIG(state);
      ending.seconds = seconds_since(began);
      return true;
    }
    if (seconds_since(began) >= seconds) return false;
    pause_ms(2);
  }
}

void ServerProcess::kill_hard() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  int state = 0;
  ::waitpid(pid_, &state, 0);
  pid_ = -1;
}

Ending ServerProcess::terminate(double seconds_at_most) {
  Ending ending;
  if (pid_ <= 0) return ending;
  ::kill(pid_, SIGTERM);
  if (!wait_for_end(seconds_at_most, ending)) {
    ending.seconds = seconds_at_most;
    kill_hard();
  }
  return ending;
}

Ending ServerProcess::terminate_twice(double seconds_at_most) {
  if (pid_ > 0) ::kill(pid_, SIGTERM);
  pause_ms(150);
  return terminate(seconds_at_most);
}

bool ServerProcess::running() {
  Ending ending;
  return pid_ > 0 && !wait_for_end(0, ending);
}

int ServerProcess::port() const { return static_cast<int>(core::parse_int(url_.substr(url_.rfind(':') + 1)).value_or(0)); }

std::string ServerProcess::key(std::string_view name) const {
  return std::string(core::trim(read_file(core::cat(data_dir(), "/", name, ".key"))));
}

long ServerProcess::rss_kib() const { return status_kib(pid_, "VmRSS:"); }
long ServerProcess::peak_rss_kib() const { return status_kib(pid_, "VmHWM:"); }

std::string ServerProcess::log_tail() const {
  const std::string log = read_file(log_file());
  return log.substr(log.size() - std::min<std::size_t>(log.size(), 2000));
}

}  // namespace kgrca::test
