#include <CLI/CLI.hpp>

#include <memory>
#include <optional>

#include "app/commands.h"
#include "app/output.h"
#include "app/progress.h"
#include "kgrca/core/log.h"
#include "kgrca/core/strings.h"
#include "kgrca/eval/eval.h"

namespace kgrca::app {
namespace {

struct PerturbFlags {
  eval::PerturbOptions options;
  std::string jitter = "0s";
  std::string late_by = "10m";
  std::string shuffle = "0s";
};

core::Status read_duration(const std::string& text, std::string_view flag, core::Duration& out) {
  const auto value = core::parse_duration(text);
  if (!value) return core::invalid_argument(core::cat(flag, ": '", text, "' is no duration; write it like 30s or 10m"));
  out = *value;
  return core::ok_status();
}

int usage(const core::Status& status) {
  print_error(core::message_of(status));
  return exit_usage;
}

int run_incidents(eval::IncidentsOptions options, const std::string& at) {
  if (at != "end") {
    if (const core::Status status = read_duration(at, "--at", options.at); !status.ok()) return usage(status);
  }
  core::set_log_level(core::LogLevel::warning);  // every case is a small server: its life is no news here
  std::optional<Progress> progress;
  options.progress = [&progress](std::size_t done, std::size_t cases) {
    if (!progress) progress.emplace("eval", cases);
    progress->set(done);
  };
  const auto report = eval::eval_incidents(options);
  progress.reset();
  if (!report.ok()) return fail(report.status());
  note(core::cat(report->cases, " cases, ", report->records, " records (", report->rejected, " rejected), ", report->events, " events (",
                 report->events_on_unstated_resources, " on ", report->unstated_resources, " unstated resources), ", report->links,
                 " links, ", report->incidents, " incidents in ", core::format_fixed(report->seconds, 1), " s"));
  return exit_good;
}

int run_perturb(PerturbFlags flags) {
  for (const core::Status& status : {read_duration(flags.jitter, "--jitter", flags.options.jitter),
                                     read_duration(flags.late_by, "--late-by", flags.options.late_by),
                                     read_duration(flags.shuffle, "--shuffle", flags.options.shuffle)}) {
    if (!status.ok()) return usage(status);
  }
  const core::Status done = eval::perturb(flags.options);
  return done.ok() ? exit_good : fail(done);
}

void add_eval_incidents(CLI::App& parent, Run& run_later) {
  auto options = std::make_shared<eval::IncidentsOptions>();
  auto at = std::make_shared<std::string>("end");
  CLI::App* command = parent.add_subcommand("incidents", "Run recorded cases through the engine and write predictions");
  command->add_option("--data", options->data_directory, "folder with the cases")->required();
  command->add_option("--out", options->output_file, "prediction lines")->required();
  command->add_option("--at", *at, "30s, 120s or end (default): as each incident stood that long after it opened");
  command->add_option("--threads", options->threads, "0 (default): cores")->check(CLI::Range(0, 256));
  command->callback([options, at, &run_later] { run_later = [options, at] { return run_incidents(*options, *at); }; });
}

void add_eval_perturb(CLI::App& parent, Run& run_later) {
  auto flags = std::make_shared<PerturbFlags>();
  CLI::App* command = parent.add_subcommand("perturb", "Write the cases with seeded disturbances");
  command->add_option("--data", flags->options.data_directory, "folder with the cases")->required();
  command->add_option("--out", flags->options.output_directory, "folder to write")->required();
  command->add_option("--seed", flags->options.seed, "same seed, same disturbances");
  command->add_option("--jitter", flags->jitter, "event times move by up to this");
  command->add_option("--loss", flags->options.loss, "share of records dropped")->check(CLI::Range(0.0, 1.0));
  command->add_option("--duplicates", flags->options.duplicates, "share delivered twice")->check(CLI::Range(0.0, 1.0));
  command->add_option("--late", flags->options.late_share, "share delivered late")->check(CLI::Range(0.0, 1.0));
  command->add_option("--late-by", flags->late_by, "how late");
  command->add_option("--shuffle", flags->shuffle, "arrival order changed within this span");
  command->add_option("--edges-missing", flags->options.edges_missing, "share of topology records dropped")->check(CLI::Range(0.0, 1.0));
  command->add_option("--overlay", flags->options.overlay, "so many cases at a time in one cluster")->check(CLI::Range(1, 16));
  command->callback([flags, &run_later] { run_later = [flags] { return run_perturb(*flags); }; });
}

}  // namespace

void add_eval(CLI::App& app, Run& run_later) {
  CLI::App* command = app.add_subcommand("eval", "Measure the engine on recorded data");
  command->require_subcommand(1);
  add_eval_incidents(*command, run_later);
  add_eval_perturb(*command, run_later);
}

}  // namespace kgrca::app
