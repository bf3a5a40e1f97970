#include <CLI/CLI.hpp>

#include <memory>

#include "app/commands.h"
#include "app/output.h"
#include "app/progress.h"
#include "app/verify_store.h"
#include "kgrca/core/strings.h"

namespace kgrca::app {
namespace {

struct Options {
  std::string directory;
  std::string tenant;
  std::uint32_t backup = 0;
  std::size_t listed = 20;
  bool json = false;
};

int run(const Options& options) {
  const auto place = find_store(options.directory);
  if (!place.ok()) return fail(place.status());
  VerifyRequest request;
  request.place = *place;
  request.backup = options.backup;
  request.tenant = options.tenant;
  request.limits.listed_per_kind = options.listed;
  std::unique_ptr<Progress> progress;
  std::string doing;
  request.progress = [&](std::string_view what, std::size_t done, std::size_t of) {
    if (!progress || doing != what) progress = std::make_unique<Progress>(doing = core::cat("verify ", what), of);
    doing = what;
    progress->set(done);
  };
  const auto verdict = verify_store(request);
  progress.reset();
  if (!verdict.ok()) return fail(verdict.status());
  print(options.json ? verdict_json(*verdict) : verdict_text(*verdict));
  return verdict->report.clean() ? exit_good : exit_failed;
}

}  // namespace

void add_verify(CLI::App& app, Run& run_later) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("verify", "Check every file, key and relation of a stopped store or of a backup; reads only");
  command->add_option("--data-dir", options->directory, "data directory of a stopped server, or a folder of backups")
      ->envname("KGRCA_DATA_DIR")
      ->required();
  command->add_option("--backup", options->backup, "of a folder of backups: which one (default: the newest)");
  command->add_option("--tenant", options->tenant, "only this tenant's graph (default: all)");
  command->add_option("--list", options->listed, "findings to print of each kind; all are counted (default: 20)");
  command->add_flag("--json", options->json, "the report as JSON");
  command->callback([options, &run_later] { run_later = [options] { return run(*options); }; });
}

}  // namespace kgrca::app
