#include <CLI/CLI.hpp>

#include <filesystem>
#include <memory>
#include <thread>

#include "app/api_client.h"
#include "app/bootstrap.h"
#include "app/commands.h"
#include "app/output.h"
#include "app/progress.h"
#include "app/table.h"
#include "app/verify_store.h"
#include "kgrca/core/metrics.h"
#include "kgrca/core/strings.h"
#include "kgrca/store/backup.h"

namespace kgrca::app {
namespace {

constexpr auto poll_every = std::chrono::milliseconds(300);

struct BackupFlags {
  ConnectionFlags connection;
  std::string data_dir;
  std::string to;
  int keep = 0;
  bool list = false;
  bool json = false;
};

struct RestoreFlags {
  std::string from;
  std::string data_dir;
  std::uint32_t id = 0;
};

void print_sets(const wire::JsonValue& root) {
  Table table({"ID", "BEGUN", "BYTES", "DATABASES"});
  root["items"].each_item([&](wire::JsonValue set) {
    table.add({core::cat(set["id"].integer().value_or(0)), std::string(set["at"].string_or("-")),
               core::format_thousands(set["bytes"].integer().value_or(0)), core::cat(set["databases"].integer().value_or(0))});
    return true;
  });
  print(table.text(terminal_width()));
}

// Follows the server's run to its end.
core::StatusOr<JsonAnswer> wait_for_end(ApiClient& client) {
  Progress progress("backup", 0);
  for (;;) {
    KGRCA_ASSIGN_OR_RETURN(JsonAnswer state, client.json(net::Method::get, "/api/v1/admin/backups"));
    if (!state.root["running"].boolean().value_or(false)) return state;
    progress.set(static_cast<std::size_t>(state.root["copied_bytes"].integer().value_or(0)), "bytes copied");
    std::this_thread::sleep_for(poll_every);
  }
}

int through_server(const BackupFlags& flags) {
  auto client = ApiClient::connect(flags.connection);
  if (!client.ok()) return fail(client.status());
  if (!flags.list) {
    const auto begun = client->json(net::Method::post, "/api/v1/admin/backups");
    if (!begun.ok()) return fail(begun.status());
  }
  const auto state = flags.list ? client->json(net::Method::get, "/api/v1/admin/backups") : wait_for_end(*client);
  if (!state.ok()) return fail(state.status());
  if (flags.json) print(state->text);
  else print_sets(state->root);
  const std::string_view error = state->root["error"].string_or();
  if (error.empty() || flags.list) return exit_good;
  print_error(error);
  return exit_failed;
}

int of_stopped_store(const BackupFlags& flags) {
  const auto place = find_store(flags.data_dir);
  if (!place.ok()) return fail(place.status());
  store::StoreOptions options;
  options.directory = place->directory;
  options.create = false;
  core::Metrics metrics;
  const auto opened = store::Store::open(options, metrics);
  if (!opened.ok()) return fail(opened.status());
  Progress progress("backup", (*opened)->disk_bytes());
  store::BackupOptions how;
  how.directory = flags.to;
  how.keep = flags.keep;
  how.files = {{"pepper", core::cat(flags.data_dir, "/pepper")}};
  how.go_on = [&](std::uint64_t copied) {
    progress.set(static_cast<std::size_t>(copied), "bytes copied");
    return true;
  };
  const auto set = store::back_up(**opened, how, core::SystemClock().now());
  progress.clear();
  if (!set.ok()) return fail(set.status());
  print(core::cat("Backup ", set->id, " in ", flags.to, ": ", size_text(set->bytes), ", opened and read.\n"));
  return exit_good;
}

int back_up_now(const BackupFlags& flags) {
  if (flags.data_dir.empty()) return through_server(flags);
  if (!flags.to.empty()) return of_stopped_store(flags);
  print_error("with --data-dir give --to, the folder of the backups");
  return exit_usage;
}

// The restored pepper, or a word on where it has to come from.
core::Status place_pepper(const RestoreFlags& flags, const store::BackupSet& set) {
  const std::string path = core::cat(flags.data_dir, "/pepper");
  const auto pepper = store::backup_file(flags.from, set, "pepper");
  if (pepper.ok()) return write_secret_file(path, *pepper);
  if (!absl::IsNotFound(pepper.status())) return pepper.status();
  note(core::cat("The backup holds no pepper. Put the one of this store at ", path,
                 ", or name it with auth.pepper_file, before the start."));
  return core::ok_status();
}

int restore(const RestoreFlags& flags) {
  std::error_code error;
  if (std::filesystem::exists(flags.data_dir, error) && !std::filesystem::is_empty(flags.data_dir, error))
    return fail(core::failed_precondition(core::cat(flags.data_dir, " is not empty: give a new or an empty directory")));
  store::RestoreOptions how;
  how.from = flags.from;
  how.id = flags.id;
  how.to = core::cat(flags.data_dir, "/store");
  Progress progress("restore", 0);
  how.restored = [&](int done, int of) {
    progress.set(static_cast<std::size_t>(done), core::cat("of ", of, " databases"));
  };
  const auto set = store::restore_backup(how);
  progress.clear();
  if (!set.ok()) return fail(set.status());
  if (const core::Status placed = place_pepper(flags, *set); !placed.ok()) return fail(placed);
  print(core::cat("Backup ", set->id, " of ", core::format_rfc3339(set->at, 0), " restored into ", flags.data_dir, ": ",
                  size_text(set->bytes), ". Check it with: kgrca verify --data-dir ", flags.data_dir, "\n"));
  return exit_good;
}

}  // namespace

void add_backup(CLI::App& app, Run& run_later) {
  auto options = std::make_shared<BackupFlags>();
  CLI::App* command = app.add_subcommand("backup", "Back the store up: through the running server, or a stopped one with --data-dir");
  add_connection_flags(*command, options->connection);
  command->add_flag("--list", options->list, "only list the server's backups");
  command->add_option("--data-dir", options->data_dir, "data directory of a stopped server");
  command->add_option("--to", options->to, "with --data-dir: folder of the backups");
  command->add_option("--keep", options->keep, "with --data-dir: newest backups that stay (default: all)")->check(CLI::Range(0, 10000));
  command->add_flag("--json", options->json, "the API's answer as it is");
  command->callback([options, &run_later] { run_later = [options] { return back_up_now(*options); }; });
}

void add_restore(CLI::App& app, Run& run_later) {
  auto options = std::make_shared<RestoreFlags>();
  CLI::App* command = app.add_subcommand("restore", "Make a data directory of a backup");
  command->add_option("--from", options->from, "folder of the backups")->required();
  command->add_option("--id", options->id, "which one (default: the newest)");
  command->add_option("--data-dir", options->data_dir, "new or empty data directory")->required();
  command->callback([options, &run_later] { run_later = [options] { return restore(*options); }; });
}

}  // namespace kgrca::app
