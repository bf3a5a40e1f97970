// One function per command: adds it to the command line. When the user chose it, `run` holds what to do; it gives the exit
// code: 0 good, 1 failed, 2 wrong usage.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace kgrca::app {

using Run = std::function<int()>;

void add_serve(CLI::App& app, Run& run);
void add_incidents(CLI::App& app, Run& run);
void add_explain(CLI::App& app, Run& run);
void add_stats(CLI::App& app, Run& run);
void add_doctor(CLI::App& app, Run& run);
void add_push(CLI::App& app, Run& run);
void add_replay(CLI::App& app, Run& run);
void add_demo(CLI::App& app, Run& run);
void add_eval(CLI::App& app, Run& run);
void add_config(CLI::App& app, Run& run);
void add_healthcheck(CLI::App& app, Run& run);
void add_version(CLI::App& app, Run& run);
void add_admin(CLI::App& app, Run& run);
void add_backup(CLI::App& app, Run& run);
void add_restore(CLI::App& app, Run& run);
void add_verify(CLI::App& app, Run& run);
void add_export(CLI::App& app, Run& run);
void add_import(CLI::App& app, Run& run);

inline constexpr int exit_good = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;

}  // namespace kgrca::app
