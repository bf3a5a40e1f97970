// The real program as a child process with a store of its own, to be stopped and killed at will.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/temp_directory.h"

namespace kgrca::test {

// How a process ended.
struct Ending {
  bool exited = false;  // by itself, with `code`; else by a signal, or not within the time given
  int code = 0;
  double seconds = 0;   // from the signal we sent to the end
};

// Starts on a free port; the folder goes with the object, and so does a process that still runs. Use from one thread.
class ServerProcess {
 public:
  // `flags` go to every start, after `serve --listen … --data-dir …`.
  explicit ServerProcess(std::vector<std::string> flags = {});
  // On a folder of somebody else, which stays.
  void use_data_dir(const std::string& path) { data_dir_ = path; }
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // Seconds from the start of the process until /readyz says 200. Throws std::runtime_error with the end of the log when
  // the process ends or is not ready within 30 s.
  double start();
  void start_and_kill(int after_ms);        // kills it wherever its start has come to
  void kill_hard();                         // SIGKILL, and waits
  Ending terminate(double seconds_at_most); // SIGTERM, and waits; kills what does not end in time
  Ending terminate_twice(double seconds_at_most);
  bool running();
  pid_t pid() const { return pid_; }

  const std::string& url() const { return url_; }  // of the present run
  int port() const;
  std::string data_dir() const { return data_dir_.empty() ? directory_ / "data" : data_dir_; }
  std::string log_file() const { return directory_ / "server.log"; }
  std::string key(std::string_view name) const;    // of <data_dir>/<name>.key: "default", "admin", "demo"
  long rss_kib() const;                            // resident memory now
  long peak_rss_kib() const;                       // the most since the process began

 private:
  void spawn();
  bool wait_for_end(double seconds, Ending& ending);
  bool read_url(std::size_t log_offset);
  bool is_ready() const;
  std::string log_tail() const;

  TempDirectory directory_;
  std::vector<std::string> flags_;
  std::string url_;
  std::string data_dir_;
  pid_t pid_ = -1;
};

// A whole file; empty when it cannot be read.
std::string read_file(const std::string& path);

}  // namespace kgrca::test
