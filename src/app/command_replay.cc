#include <CLI/CLI.hpp>

#include <memory>

#include "app/api_client.h"
#include "app/commands.h"
#include "app/output.h"
#include "app/progress.h"
#include "app/replay_sender.h"
#include "app/table.h"
#include "kgrca/core/strings.h"

namespace kgrca::app {
namespace {

struct Options {
  ConnectionFlags connection;
  std::string stream;
  std::string tenant;
  std::string time = "now";
  double speed = 0;
  bool json = false;
};

void print_result(const ReplayPlan& plan, const Tally& tally, bool again, bool json) {
  if (json) {
    print(core::cat("{\"sent\":", tally.sent, ",\"accepted\":", tally.accepted, ",\"duplicates\":", tally.duplicates,
                    ",\"unused\":", tally.unused, ",\"rejected\":", tally.rejected, "}\n"));
    return;
  }
  Table table({"SENT", "ACCEPTED", "DUPLICATES", "UNUSED", "REJECTED"});
  table.add({core::cat(tally.sent), core::cat(tally.accepted), core::cat(tally.duplicates), core::cat(tally.unused),
             core::cat(tally.rejected)});
  print(table.text());
  if (again) note("The server has this stream already: the same times were sent again and added nothing new.");
  for (const std::string& reason : tally.reasons) note(core::cat("rejected: ", reason));
  for (const auto& [tenant, count] : plan.other_tenants) {
    note(core::cat("left out: ", count, " records of tenant ", tenant, " (choose it with --tenant)"));
  }
  for (const auto& [source, count] : plan.unknown_sources) note(core::cat("left out: ", count, " records of source ", source));
  if (plan.unreadable_tombstones > 0) {
    note(core::cat("left out: ", plan.unreadable_tombstones, " records without a payload whose key names no resource or edge"));
  }
}

int run(const Options& options) {
  const auto stream = eval::read_stream(options.stream);
  if (!stream.ok()) return fail(stream.status());
  BatchLimits limits;
  // At a given speed a request must not hold records back: as much of the stream as passes in 50 ms.
  if (options.speed > 0) limits.span = core::from_seconds(0.05 * options.speed);
  const ReplayPlan plan = plan_replay(*stream, options.tenant, limits);
  if (plan.requests.empty()) return fail(core::not_found(core::cat(options.stream, ": no records of tenant '", plan.tenant, "'")));
  auto client = ApiClient::connect(options.connection);
  if (!client.ok()) return fail(client.status());

  std::chrono::seconds shift{0};
  bool again = false;
  if (options.time == "now") {
    const auto earlier = earlier_shift(*client, plan);
    again = earlier.has_value();
    shift = earlier.value_or(shift_to_now(plan, core::SystemClock().now(), options.speed));
  }
  Tally tally;
  Progress progress("replay", plan.records);
  Sending sending;
  sending.speed = options.speed;
  sending.shift = shift;
  sending.on_sent = [&](const Tally& now, core::Time) { progress.set(now.sent); };
  if (const core::Status sent = send_plan(*client, plan, sending, tally); !sent.ok()) return fail(sent);
  print_result(plan, tally, again, options.json);
  return exit_good;
}

}  // namespace

void add_replay(CLI::App& app, Run& run_later) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("replay", "Send a recorded stream to a server through its real endpoints");
  add_connection_flags(*command, options->connection);
  command->add_option("--stream", options->stream, "stream.jsonl or stream.jsonl.gz")->required();
  command->add_option("--tenant", options->tenant, "send the records of this tenant (default: the first in the file)");
  command->add_option("--speed", options->speed, "times faster than recorded; 0 (default): as fast as possible")
      ->check(CLI::Range(0.0, 1e6));
  command->add_option("--time", options->time, "now (default): shift all times so that the stream ends now; keep: as recorded")
      ->check(CLI::IsMember({"now", "keep"}));
  command->add_flag("--json", options->json, "counts as JSON");
  command->callback([options, &run_later] { run_later = [options] { return run(*options); }; });
}

}  // namespace kgrca::app
