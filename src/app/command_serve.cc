#include <CLI/CLI.hpp>

#include <csignal>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "app/build_info.h"
#include "app/commands.h"
#include "app/instance.h"
#include "app/output.h"
#include "app/process_metrics.h"
#include "kgrca/core/log.h"
#include "kgrca/core/strings.h"

namespace kgrca::app {
namespace {

constexpr long metrics_every_seconds = 5;
constexpr std::chrono::seconds stop_hard_cap{25};

struct Options {
  SettingsFlags settings;
  bool demo = false;
};

sigset_t handled_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

// Waits for a signal; 0 when `seconds` passed without one.
int next_signal(const sigset_t& set, long seconds) {
  const timespec timeout{seconds, 0};
  const int signal = sigtimedwait(&set, nullptr, &timeout);
  return signal > 0 ? signal : 0;
}

// While the server drains: a second signal, or the hard cap, ends the process at once.
class StopWatchdog {
 public:
  explicit StopWatchdog(const sigset_t& set) : thread_([this, set] { watch(set); }) {}
  ~StopWatchdog() {
    done_ = true;
    thread_.join();
  }
  StopWatchdog(const StopWatchdog&) = delete;
  StopWatchdog& operator=(const StopWatchdog&) = delete;

 private:
  void watch(const sigset_t& set) {
    const auto deadline = std::chrono::steady_clock::now() + stop_hard_cap;
    while (!done_) {
      const timespec tenth{0, 100'000'000};
      const int signal = sigtimedwait(&set, nullptr, &tenth);
      if (signal == SIGTERM || signal == SIGINT) _exit(128 + signal);
      if (std::chrono::steady_clock::now() > deadline) _exit(exit_failed);
    }
  }

  std::atomic<bool> done_{false};
  std::thread thread_;
};

void serve_until_told(Instance& instance, const sigset_t& set) {
  ProcessMetrics process(instance.metrics());
  while (true) {
    const int signal = next_signal(set, metrics_every_seconds);
    process.refresh();
    if (signal == SIGHUP) (void)instance.reload().ok();  // logs what came of it
    if (signal == SIGTERM || signal == SIGINT) {
      core::log(core::LogLevel::info, "stopping", {{"signal", std::string_view(signal == SIGTERM ? "SIGTERM" : "SIGINT")}});
      return;
    }
  }
}

int serve(const Options& options) {
  // Blocked before any thread starts, so that only this thread takes them.
  const sigset_t set = handled_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  auto instance = Instance::start(options.settings, options.demo);
  if (!instance.ok()) return fail(instance.status());
  const std::string url = (*instance)->url();
  core::log(core::LogLevel::info, "started", {{"url", url}, {"version", version()}});
  serve_until_told(**instance, set);
  {
    const StopWatchdog watchdog(set);
    (*instance)->stop();
    instance->reset();
  }
  core::log(core::LogLevel::info, "stopped");
  return exit_good;
}

}  // namespace

void add_serve(CLI::App& app, Run& run_later) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("serve", "Run the server");
  add_settings_flags(*command, options->settings);
  command->add_flag("--demo", options->demo, "also make tenant demo with <data_dir>/demo.key, and <data_dir>/client.yaml that names it");
  command->callback([options, &run_later] { run_later = [options] { return serve(*options); }; });
}

}  // namespace kgrca::app
