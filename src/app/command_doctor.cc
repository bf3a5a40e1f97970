#include <CLI/CLI.hpp>

#include <cmath>
#include <memory>
#include <vector>

#include "app/api_client.h"
#include "app/commands.h"
#include "app/output.h"
#include "app/table.h"
#include "kgrca/core/strings.h"

namespace kgrca::app {
namespace {

constexpr double clock_offset_warn_seconds = 2;
constexpr double clock_offset_fail_seconds = 60;
constexpr double source_quiet_seconds = 600;

struct Options {
  ConnectionFlags connection;
  bool json = false;
};

struct Finding {
  std::string level;  // ok, warn, fail
  std::string what;
  std::string detail;
  std::string mend;
};
using Findings = std::vector<Finding>;

// Offset of the server's clock in seconds; the request is taken to be half way between its ends.
double clock_offset(const wire::JsonValue& root, core::Time before, core::Time after) {
  const auto server = core::parse_rfc3339(root["time"].string_or());
  if (!server) return 0;
  return core::to_seconds(*server - (before + (after - before) / 2));
}

Finding judge_clock(double offset) {
  const std::string detail = core::cat("differs by ", core::format_fixed(std::abs(offset), 2), " s");
  if (std::abs(offset) < clock_offset_warn_seconds) return {"ok", "clock", detail, ""};
  return {std::abs(offset) < clock_offset_fail_seconds ? "warn" : "fail", "clock", detail,
          "set both machines' clocks by NTP: causes are ordered by time"};
}

bool check_reachable(ApiClient& client, Findings& findings) {
  const core::SystemClock clock;
  const core::Time before = clock.now();
  const auto health = client.json(net::Method::get, "/healthz");
  const core::Time after = clock.now();
  if (!health.ok()) {
    findings.push_back({"fail", "server", core::message_of(health.status()),
                        "start it with kgrca serve, or name another with --url or KGRCA_URL"});
    return false;
  }
  findings.push_back({"ok", "server", core::cat(client.connection().url, ", version ", health->root["version"].string_or("unknown"),
                                                ", answers in ", core::format_fixed(core::to_seconds(after - before) * 1000, 1), " ms"),
                      ""});
  findings.push_back(judge_clock(clock_offset(health->root, before, after)));
  return true;
}

bool check_key(ApiClient& client, Findings& findings) {
  const auto me = client.json(net::Method::get, "/api/v1/whoami");
  if (!me.ok()) {
    findings.push_back({"fail", "key", core::message_of(me.status()), ""});
    return false;
  }
  findings.push_back({"ok", "key", core::cat("tenant ", me->root["tenant"].string_or(), ", from ", client.connection().key_origin), ""});
  return true;
}

void check_ready(ApiClient& client, Findings& findings) {
  const auto ready = client.send(net::Method::get, "/readyz");
  if (ready.ok()) {
    findings.push_back({"ok", "ready", "takes traffic", ""});
  } else {
    findings.push_back({"fail", "ready", core::message_of(ready.status()), "see the server's log"});
  }
}

std::string ago_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 120) return core::cat(whole, " s ago");
  if (whole < 7200) return core::cat(whole / 60, " min ago");
  return core::cat(whole / 3600, " h ago");
}

void check_sources(const wire::JsonValue& stats, Findings& findings) {
  const core::Time now = core::parse_rfc3339(stats["time"].string_or()).value_or(core::SystemClock().now());
  bool any = false;
  stats["sources"].each_item([&](wire::JsonValue source) {
    any = true;
    const std::string name = core::cat("source ", source["protocol"].string_or());
    const auto last = core::parse_rfc3339(source["last"].string_or());
    const double quiet = last ? core::to_seconds(now - *last) : 0;
    const std::int64_t rejected = source["rejected"].integer().value_or(0);
    const std::string detail = core::cat(source["records"].integer().value_or(0), " records, ", rejected, " rejected, last ",
                                         ago_text(quiet));
    if (quiet > source_quiet_seconds) {
      findings.push_back({"warn", name, detail, "nothing for ten minutes: see whether the sender still runs"});
    } else if (rejected > 0) {
      findings.push_back({"warn", name, detail, "the answers to the sender say why items were rejected"});
    } else {
      findings.push_back({"ok", name, detail, ""});
    }
    return true;
  });
  if (any) return;
  findings.push_back({"warn", "sources", "nothing arrived since the server started",
                      "try: kubectl get nodes,pods,deploy,rs,sts,ds,jobs,svc,pvc,cm,hpa,ing,events -A -o json --show-managed-fields | "
                      "kgrca push k8s -"});
}

void check_stats(ApiClient& client, Findings& findings) {
  const auto stats = client.json(net::Method::get, "/api/v1/stats");
  if (!stats.ok()) {
    findings.push_back({"fail", "stats", core::message_of(stats.status()), "see the server's log"});
    return;
  }
  stats->root["health"]["checks"].each_item([&](wire::JsonValue check) {
    const bool ok = check["ok"].boolean().value_or(false);
    const std::string_view detail = check["detail"].string_or();
    findings.push_back({ok ? "ok" : "fail", std::string(check["name"].string_or()),
                        std::string(detail.empty() && ok ? "yes" : detail), ""});
    return true;
  });
  check_sources(stats->root, findings);
}

void print_findings(const Findings& findings, bool json) {
  if (!json) {
    Table table({"", "CHECK", "FOUND"});
    for (const Finding& finding : findings) {
      table.add({finding.level, finding.what, core::cat(finding.detail, finding.mend.empty() ? "" : " → ", finding.mend)});
    }
    print(table.text());
    return;
  }
  std::string out;
  for (const Finding& finding : findings) {
    core::append(out, out.empty() ? "[" : ",", "{\"level\":\"", finding.level, "\",\"check\":");
    core::append_json_string(out, finding.what);
    out += ",\"found\":";
    core::append_json_string(out, finding.detail);
    out += ",\"mend\":";
    core::append_json_string(out, finding.mend);
    out += "}";
  }
  print(core::cat(out, "]\n"));
}

int run(const Options& options) {
  auto client = ApiClient::connect(options.connection);
  if (!client.ok()) return fail(client.status());
  Findings findings;
  if (check_reachable(*client, findings)) {
    check_ready(*client, findings);
    if (check_key(*client, findings)) check_stats(*client, findings);
  }
  print_findings(findings, options.json);
  for (const Finding& finding : findings) {
    if (finding.level == "fail") return exit_failed;
  }
  return exit_good;
}

}  // namespace

void add_doctor(CLI::App& app, Run& run_later) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("doctor", "Check server, key, clock, incoming data and space, and say how to mend them");
  add_connection_flags(*command, options->connection);
  command->add_flag("--json", options->json, "findings as JSON");
  command->callback([options, &run_later] { run_later = [options] { return run(*options); }; });
}

}  // namespace kgrca::app
