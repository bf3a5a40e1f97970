#include <CLI/CLI.hpp>

#include <chrono>
#include <cmath>
#include <memory>
#include <thread>

#include "app/api_client.h"
#include "app/commands.h"
#include "app/demo_pace.h"
#include "app/output.h"
#include "app/progress.h"
#include "app/replay_sender.h"
#include "kgrca/core/strings.h"

namespace kgrca::app {
namespace {

constexpr auto look_every = std::chrono::milliseconds(500);
constexpr auto settle_for = std::chrono::milliseconds(1500);
constexpr double news_percent = 5;  // the same cause a little more or less sure is no news
constexpr std::size_t line_bytes_max = 100;

std::string clock_text(core::Time time) { return core::format_rfc3339(time, 0).substr(11, 8); }

struct Options {
  ConnectionFlags connection;
  std::string stream;
  double seconds = 17;
};

// Prints a line each time the newest open incident has another title or top cause, or is clearly more or less sure of it.
class Watcher {
 public:
  Watcher(ApiClient client, Progress& progress) : client_(std::move(client)), progress_(progress) {}

  // `stream_time`: how far the stream has come, in the time that the server was told.
  void look(core::Time stream_time) {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return;
    next_ = now + look_every;
    const auto answer = client_.json(net::Method::get, "/api/v1/incidents?status=open&limit=1");
    if (!answer.ok()) return;
    answer->root["items"].each_item([&](wire::JsonValue incident) {
      show(incident, clock_text(stream_time));
      return false;
    });
  }

 private:
  void show(const wire::JsonValue& incident, const std::string& clock) {
    const std::string title(incident["title"].string_or());
    if (title != title_) say(core::cat(clock, "  INCIDENT    ", title));
    title_ = title;
    const wire::JsonValue root = incident["root"];
    if (!root.is_object()) return;
    const std::string cause = core::cat(root["resource_name"].string_or(), " ", root["title"].string_or());
    const double percent = root["confidence"].number().value_or(0) * 100;
    if (cause == cause_ && std::abs(percent - percent_) < news_percent) return;
    cause_ = cause;
    percent_ = percent;
    say(core::cat(clock, "  CAUSE ", core::format_fixed(percent, 0), " %  ", cause));
  }

  void say(const std::string& line) {
    progress_.clear();
    const bool fits = line.size() <= line_bytes_max;
    print(core::cat(core::clip_utf8(line, line_bytes_max), fits ? "\n" : "…\n"));
  }

  ApiClient client_;
  Progress& progress_;
  std::chrono::steady_clock::time_point next_{};
  std::string title_;
  std::string cause_;
  double percent_ = 0;
};

// The stream's last batch is answered when it is durable; the incident's final ranking may follow a moment later.
void settle(Watcher& watcher, core::Time stream_time) {
  const auto until = std::chrono::steady_clock::now() + settle_for;
  while (std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(look_every);
    watcher.look(stream_time);
  }
}

// Never places a record in the future of the moment it is sent.
std::chrono::seconds shift_to_end(const ReplayPlan& plan, const DemoPace& pace) {
  const core::Time end = core::SystemClock().now() + core::from_seconds(pace.seconds_at(plan.last));
  return std::chrono::floor<std::chrono::seconds>(end - plan.last);
}

core::Status stream_and_watch(ApiClient& client, ApiClient watching, const ReplayPlan& plan, double seconds) {
  const DemoPace pace(plan.first, seconds);
  Progress progress("demo", plan.records);
  Watcher watcher(std::move(watching), progress);
  Sending sending;
  sending.shift = shift_to_end(plan, pace);
  sending.pace = [&pace](core::Time due) { return pace.seconds_at(due); };
  sending.on_sent = [&](const Tally& now, core::Time due) {
    watcher.look(due + sending.shift);
    progress.set(now.sent, clock_text(due + sending.shift));
  };
  Tally tally;
  KGRCA_RETURN_IF_ERROR(send_plan(client, plan, sending, tally));
  settle(watcher, plan.last + sending.shift);
  return core::ok_status();
}

core::Status send_again(ApiClient& client, const ReplayPlan& plan, std::chrono::seconds shift) {
  Sending sending;
  sending.shift = shift;
  Tally tally;
  return send_plan(client, plan, sending, tally);
}

int run(const Options& options) {
  const auto stream = eval::read_stream(options.stream);
  if (!stream.ok()) return fail(stream.status());
  const ReplayPlan plan = plan_replay(*stream, {}, BatchLimits{});
  if (plan.requests.empty()) return fail(core::not_found(core::cat(options.stream, " holds no records")));
  auto client = ApiClient::connect(options.connection);
  if (!client.ok()) return fail(client.status());
  auto second = ApiClient::connect(options.connection);
  if (!second.ok()) return fail(second.status());

  const auto earlier = earlier_shift(*client, plan);
  if (earlier) note("the server has this stream already: sending it again adds nothing");
  const core::Status streamed = earlier ? send_again(*client, plan, *earlier)
                                        : stream_and_watch(*client, *std::move(second), plan, options.seconds);
  if (!streamed.ok()) return fail(streamed);
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
  command->add_option("--seconds", options->seconds, "how long the streaming takes (default 17)")
      ->check(CLI::Range(0.1, demo_seconds_max));
  command->callback([options, &run_later] { run_later = [options] { return run(*options); }; });
}

}  // namespace kgrca::app
