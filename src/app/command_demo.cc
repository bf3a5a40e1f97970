#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <thread>

#include "app/api_client.h"
#include "app/commands.h"
#include "app/output.h"
#include "app/replay_sender.h"
#include "kgrca/core/strings.h"

namespace kgrca::app {
namespace {

constexpr auto look_every = std::chrono::milliseconds(500);
constexpr auto settle_for = std::chrono::seconds(2);

struct Options {
  ConnectionFlags connection;
  std::string stream;
  double seconds = 15;
};

// Prints a line each time the newest incident shows another top cause.
class Watcher {
 public:
  explicit Watcher(ApiClient client) : client_(std::move(client)), started_(std::chrono::steady_clock::now()) {}

  void look(std::size_t records) {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return;
    next_ = now + look_every;
    const auto answer = client_.json(net::Method::get, "/api/v1/incidents?limit=1");
    if (!answer.ok()) return;
    answer->root["items"].each_item([&](wire::JsonValue incident) {
      show(incident, records);
      return false;
    });
  }

 private:
  void show(const wire::JsonValue& incident, std::size_t records) {
    const wire::JsonValue root = incident["root"];
    const std::string cause = root.is_object() ? core::cat(root["resource_name"].string_or(), " ", root["title"].string_or())
                                               : std::string("no cause yet");
    const double percent = root["confidence"].number().value_or(0) * 100;
    // The same cause a little more or less sure is no news.
    if (cause == cause_ && std::abs(percent - percent_) < 5) return;
    cause_ = cause;
    percent_ = percent;
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
    const std::string line =
        core::cat("  ", core::format_fixed(seconds, 1), " s  ", core::format_thousands(static_cast<std::int64_t>(records)),
                  " records  ", core::format_fixed(percent, 0), " %  ", cause);
    note(core::clip_utf8(line, 100));
  }

  ApiClient client_;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point next_{};
  std::string cause_;
  double percent_ = 0;
};

// The stream's last batch is answered when it is durable; the incident's final ranking may follow a moment later.
void settle(Watcher& watcher, std::size_t records) {
  const auto until = std::chrono::steady_clock::now() + settle_for;
  while (std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(look_every);
    watcher.look(records);
  }
}

int run(const Options& options) {
  const auto stream = eval::read_stream(options.stream);
  if (!stream.ok()) return fail(stream.status());
  BatchLimits limits;
  ReplayPlan plan = plan_replay(*stream, {}, limits);
  if (plan.requests.empty()) return fail(core::not_found(core::cat(options.stream, " holds no records")));
  const double speed = std::max(1.0, core::to_seconds(plan.last - plan.first) / options.seconds);
  limits.span = core::from_seconds(0.05 * speed);
  plan = plan_replay(*stream, {}, limits);
  auto client = ApiClient::connect(options.connection);
  if (!client.ok()) return fail(client.status());
  auto second = ApiClient::connect(options.connection);
  if (!second.ok()) return fail(second.status());

  const auto earlier = earlier_shift(*client, plan);
  if (earlier) note("the server has this stream already: sending it again adds nothing");
  Watcher watcher(*std::move(second));
  Tally tally;
  const std::chrono::seconds shift = earlier.value_or(shift_to_now(plan, core::SystemClock().now(), speed));
  const Sending sending{earlier ? 0 : speed, shift, [&](const Tally& now) { watcher.look(now.sent); }};
  if (const core::Status sent = send_plan(*client, plan, sending, tally); !sent.ok()) return fail(sent);
  settle(watcher, tally.sent);
  const auto answer = client->send(net::Method::get, "/api/v1/incidents/latest?format=text");
  if (!answer.ok()) return fail(answer.status());
  print(core::cat("\n", answer->body));
  return exit_good;
}

}  // namespace

void add_demo(CLI::App& app, Run& run_later) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("demo", "Stream a recorded incident, show the cause settle, print the answer");
  add_connection_flags(*command, options->connection);
  command->add_option("--stream", options->stream, "stream.jsonl or stream.jsonl.gz")->required();
  command->add_option("--seconds", options->seconds, "how long the streaming takes at most (default 15)")->check(CLI::Range(0.1, 600.0));
  command->callback([options, &run_later] { run_later = [options] { return run(*options); }; });
}

}  // namespace kgrca::app
