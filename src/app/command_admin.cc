#include <CLI/CLI.hpp>

#include <memory>

#include "app/api_client.h"
#include "app/commands.h"
#include "app/output.h"
#include "app/table.h"
#include "kgrca/core/strings.h"
#include "kgrca/tenancy/tenancy.h"

namespace kgrca::app {
namespace {

struct Options {
  ConnectionFlags connection;
  std::string tenant;
  std::string plan = "free";
  std::string scopes = "ingest,read";
  std::string label;
  std::string cluster;
  std::string expires;
  std::string key_id;
  std::string confirm;
  std::string normal;
  std::string warning;
  std::string incidents;
  std::string history;
  bool json = false;
};

std::string json_text(std::string_view text) {
  std::string out;
  core::append_json_string(out, text);
  return out;
}

std::string listed(const wire::JsonValue& list) {
  std::vector<std::string> words;
  list.each_item([&](wire::JsonValue item) {
    words.emplace_back(item.string_or());
    return true;
  });
  return core::join(words, ",");
}

// Sends the request and lets `show` print the answer for people.
int call(const Options& options, net::Method method, const std::string& target, const std::string& body,
         const std::function<void(const wire::JsonValue&)>& show) {
  auto client = ApiClient::connect(options.connection);
  if (!client.ok()) return fail(client.status());
  const auto answer = client->json(method, target, body);
  if (!answer.ok()) return fail(answer.status());
  if (options.json) {
    print(answer->text);
  } else {
    show(answer->root);
  }
  return exit_good;
}

int list_tenants(const Options& options) {
  return call(options, net::Method::get, "/api/v1/admin/tenants", "", [](const wire::JsonValue& root) {
    Table table({"NAME", "PLAN", "CREATED"});
    root["items"].each_item([&](wire::JsonValue item) {
      table.add({std::string(item["name"].string_or()), std::string(item["plan"].string_or()),
                 std::string(item["created"].string_or("-"))});
      return true;
    });
    print(table.text(terminal_width()));
  });
}

int create_tenant(const Options& options) {
  const std::string body = core::cat("{\"name\":", json_text(options.tenant), ",\"plan\":", json_text(options.plan), "}");
  return call(options, net::Method::post, "/api/v1/admin/tenants", body, [](const wire::JsonValue& root) {
    print(core::cat("Tenant ", root["name"].string_or(), " made. Give it a key: kgrca admin key create --tenant ",
                    root["name"].string_or(), "\n"));
  });
}

int keep_tenant(const Options& options) {
  std::string members;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) core::append(members, members.empty() ? "" : ",", "\"", name, "\":", json_text(value));
  };
  add("normal", options.normal);
  add("warning", options.warning);
  add("incidents", options.incidents);
  add("history", options.history);
  const std::string target = core::cat("/api/v1/admin/tenants/", url_encode(options.tenant), "/retention");
  return call(options, net::Method::post, target, core::cat("{", members, "}"), [](const wire::JsonValue& root) {
    Table table({"CLASS", "KEPT FOR"});
    for (const char* name : {"normal", "warning", "incidents", "history"}) table.add({name, std::string(root[name].string_or())});
    print(table.text(terminal_width()));
  });
}

int delete_tenant(const Options& options) {
  const std::string target = core::cat("/api/v1/admin/tenants/", url_encode(options.tenant), "?confirm=", url_encode(options.confirm));
  return call(options, net::Method::del, target, "", [](const wire::JsonValue& root) {
    print(core::cat("Tenant ", root["name"].string_or(), " is being deleted: its keys are refused from now on. The certificate comes into "
                    "`kgrca admin audit` as tenant.deleted when its data is gone.\n"));
  });
}

int show_usage(const Options& options) {
  int code = exit_good;
  const int called = call(options, net::Method::get, "/api/v1/admin/usage", "", [&](const wire::JsonValue& root) {
    Table table({"TENANT", "PLAN", "RESOURCES", "EDGES", "EVENTS", "LINKS", "LOGICAL BYTES", "DISK (ESTIMATE)"});
    root["items"].each_item([&](wire::JsonValue item) {
      const auto figure = [&](wire::JsonValue value) { return core::format_thousands(value.integer().value_or(0)); };
      table.add({std::string(item["name"].string_or()), std::string(item["plan"].string_or()), figure(item["resources"]),
                 figure(item["edges"]), figure(item["events"]), figure(item["links"]), figure(item["logical_bytes"]["total"]),
                 figure(item["disk_bytes_estimate"])});
      return true;
    });
    print(table.text(terminal_width()));
    root["failed"].each_item([&](wire::JsonValue item) {
      print_error(core::cat("tenant ", item["name"].string_or(), ": ", item["error"].string_or()));
      code = exit_failed;
      return true;
    });
  });
  return called == exit_good ? code : called;
}

int show_audit(const Options& options) {
  return call(options, net::Method::get, "/api/v1/admin/audit", "", [](const wire::JsonValue& root) {
    Table table({"TIME", "ACTION", "TARGET", "DETAIL"});
    root["items"].each_item([&](wire::JsonValue item) {
      table.add({std::string(item["time"].string_or()), std::string(item["action"].string_or()), std::string(item["target"].string_or()),
                 std::string(item["detail"].string_or())});
      return true;
    });
    print(table.text(terminal_width()));
  });
}

std::string keys_target(const Options& options) { return core::cat("/api/v1/admin/tenants/", url_encode(options.tenant), "/keys"); }

int list_keys(const Options& options) {
  return call(options, net::Method::get, keys_target(options), "", [](const wire::JsonValue& root) {
    Table table({"ID", "SCOPES", "CLUSTER", "CREATED", "EXPIRES", "REVOKED", "LABEL"});
    root["items"].each_item([&](wire::JsonValue item) {
      const std::string_view cluster = item["cluster"].string_or();
      table.add({std::string(item["id"].string_or()), listed(item["scopes"]), std::string(cluster.empty() ? "any" : cluster),
                 std::string(item["created"].string_or("-")),
                 std::string(item["expires"].string_or("never")), item["revoked"].boolean().value_or(false) ? "yes" : "no",
                 std::string(item["label"].string_or())});
      return true;
    });
    print(table.text(terminal_width()));
  });
}

int create_key(const Options& options) {
  std::string scopes;
  for (const std::string_view scope : core::split(options.scopes, ',')) {
    core::append(scopes, scopes.empty() ? "" : ",", json_text(core::trim(scope)));
  }
  std::string body = core::cat("{\"scopes\":[", scopes, "],\"label\":", json_text(options.label), ",\"cluster\":",
                               json_text(options.cluster));
  if (!options.expires.empty()) core::append(body, ",\"expires\":", json_text(options.expires));
  body += "}";
  return call(options, net::Method::post, keys_target(options), body, [](const wire::JsonValue& root) {
    note("The key is shown this once; keep it.");
    print(core::cat(root["key"].string_or(), "\n"));
  });
}

int generate_key(const Options&) {
  print(core::cat(tenancy::new_key_text(), "\n"));
  return exit_good;
}

int revoke_key(const Options& options) {
  auto client = ApiClient::connect(options.connection);
  if (!client.ok()) return fail(client.status());
  const auto answer = client->send(net::Method::del, core::cat("/api/v1/admin/keys/", url_encode(options.key_id)));
  if (!answer.ok()) return fail(answer.status());
  print(core::cat("Key ", options.key_id, " is revoked.\n"));
  return exit_good;
}

using Action = int (*)(const Options&);

CLI::App* add_action(CLI::App& parent, const std::string& name, const std::string& help, const std::shared_ptr<Options>& options,
                     Run& run_later, Action action) {
  CLI::App* command = parent.add_subcommand(name, help);
  add_connection_flags(*command, options->connection);
  command->add_flag("--json", options->json, "the API's answer as it is");
  command->callback([options, &run_later, action] { run_later = [options, action] { return action(*options); }; });
  return command;
}

}  // namespace

void add_admin(CLI::App& app, Run& run_later) {
  CLI::App* command = app.add_subcommand("admin", "Tenants and keys, through the API");
  command->require_subcommand(1);
  auto options = std::make_shared<Options>();

  CLI::App* tenant = command->add_subcommand("tenant", "Tenants");
  tenant->require_subcommand(1);
  add_action(*tenant, "list", "All tenants", options, run_later, list_tenants);
  CLI::App* make_tenant = add_action(*tenant, "create", "Make a tenant", options, run_later, create_tenant);
  make_tenant->add_option("name", options->tenant, "[a-z0-9][a-z0-9-]*, at most 63 characters")->required();
  make_tenant->add_option("--plan", options->plan,
                          "how long data is kept: free 7d, pro 90d, enterprise 365d, any other name 30d (default: free)");

  CLI::App* keep = add_action(*tenant, "retention", "How long its data is kept, by class; without options what is in force", options,
                              run_later, keep_tenant);
  keep->add_option("name", options->tenant, "the tenant")->required();
  keep->add_option("--normal", options->normal, "DEBUG and INFO events, for example 7d; plan: as the plan says");
  keep->add_option("--warning", options->warning, "WARNING and above, with their links");
  keep->add_option("--incidents", options->incidents, "incidents");
  keep->add_option("--history", options->history, "former states and relationships");
  CLI::App* remove = add_action(*tenant, "delete", "Delete a tenant and all its data for good", options, run_later, delete_tenant);
  remove->add_option("name", options->tenant, "the tenant")->required();
  remove->add_option("--confirm", options->confirm, "its name again")->required();

  add_action(*command, "usage", "What each tenant holds", options, run_later, show_usage);
  add_action(*command, "audit", "The operator's audit, its newest 100 records", options, run_later, show_audit);

  CLI::App* key = command->add_subcommand("key", "Keys of a tenant");
  key->require_subcommand(1);
  CLI::App* list = add_action(*key, "list", "Keys of a tenant, without secrets", options, run_later, list_keys);
  list->add_option("--tenant", options->tenant, "the tenant")->required();
  CLI::App* make_key = add_action(*key, "create", "Make a key; its text is printed once", options, run_later, create_key);
  make_key->add_option("--tenant", options->tenant, "the tenant")->required();
  make_key->add_option("--scopes", options->scopes, "of ingest, read, admin (default: ingest,read)");
  make_key->add_option("--label", options->label, "what it is for");
  make_key->add_option("--cluster", options->cluster, "cluster whose data it sends");
  make_key->add_option("--expires", options->expires, "RFC 3339 time (default: never)");
  add_action(*key, "generate", "Print a new key text for auth.bootstrap_key; asks no server", options, run_later, generate_key);
  CLI::App* revoke = add_action(*key, "revoke", "Revoke a key at once", options, run_later, revoke_key);
  revoke->add_option("id", options->key_id, "the key's id")->required();
}

}  // namespace kgrca::app
