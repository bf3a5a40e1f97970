// Runs the program as a user would.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "kgrca/core/strings.h"

namespace kgrca::testing {

struct TempFolder {
  TempFolder() {
    char name[] = "/tmp/kgrca-int-XXXXXX";
    path = mkdtemp(name);
  }
  ~TempFolder() { std::filesystem::remove_all(path); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  std::string path;
};

inline std::string read_file(const std::string& path) {
  std::string out;
  if (std::FILE* file = std::fopen(path.c_str(), "rb")) {
    char buffer[4096];
    for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, file)) > 0;) out.append(buffer, n);
    std::fclose(file);
  }
  return out;
}

// The program with its output in files of `folder`; the test's own KGRCA_ variables do not reach it.
class Process {
 public:
  Process(const std::string& folder, std::vector<std::string> arguments, const std::string& input = {})
      : out_(folder + "/out"), error_(folder + "/err") {
    arguments.insert(arguments.begin(), KGRCA_BINARY);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    std::string client = "KGRCA_CLIENT_FILE=" + folder + "/client.yaml";
    std::string home = "HOME=" + folder;
    std::vector<char*> environment{client.data(), home.data(), nullptr};
    pid_ = fork();
    if (pid_ != 0) return;
    if (!input.empty()) redirect(input, O_RDONLY, 0);
    redirect(out_, O_WRONLY | O_CREAT | O_TRUNC, 1);
    redirect(error_, O_WRONLY | O_CREAT | O_TRUNC, 2);
    execve(argv[0], argv.data(), environment.data());
    _exit(127);
  }
  ~Process() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void signal(int number) const { ::kill(pid_, number); }
  int wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  bool ended() {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) != pid_) return false;
    pid_ = -1;
    return true;
  }
  std::string output() const { return read_file(out_); }
  std::string errors() const { return read_file(error_); }

 private:
  static void redirect(const std::string& path, int flags, int descriptor) {
    const int file = ::open(path.c_str(), flags, 0600);
    if (file < 0) _exit(126);
    dup2(file, descriptor);
  }
  std::string out_;
  std::string error_;
  pid_t pid_ = -1;
};

struct Result {
  int code = 0;
  std::string output;
  std::string errors;
};
inline Result run(const std::vector<std::string>& arguments, const std::string& input = {}) {
  const TempFolder folder;
  Process process(folder.path, arguments, input);
  Result result;
  result.code = process.wait();
  result.output = process.output();
  result.errors = process.errors();
  return result;
}

// A server on a free port with its data in `folder`/data.
class RunningServer {
 public:
  explicit RunningServer(const std::string& folder, std::vector<std::string> more = {}) : data(folder + "/data") {
    std::vector<std::string> arguments{"serve", "--demo", "--listen", "127.0.0.1:0", "--data-dir", data};
    arguments.insert(arguments.end(), more.begin(), more.end());
    process = std::make_unique<Process>(folder, arguments);
    const std::string mark = "\"url\":\"";
    for (int i = 0; i < 600 && url.empty(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      const std::string log = process->errors();
      const std::size_t started = log.find("\"started\"");
      const std::size_t at = started == std::string::npos ? started : log.find(mark, started);
      if (at != std::string::npos) url = log.substr(at + mark.size(), log.find('"', at + mark.size()) - at - mark.size());
      if (process->ended()) break;
    }
    INFO(process->errors());
    REQUIRE_FALSE(url.empty());
  }
  std::string key(const std::string& name) const { return std::string(core::trim(read_file(data + "/" + name + ".key"))); }
  int stop() {
    process->signal(SIGTERM);
    return process->wait();
  }

  std::string data;
  std::string url;
  std::unique_ptr<Process> process;
};

}  // namespace kgrca::testing
