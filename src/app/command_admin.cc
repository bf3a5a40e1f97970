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

std::string keys_target(const Options& options) { return core::cat("/api/v1/admin/tenants/", url_encode(options.tenant), "/keys"); }

int list_keys(const Options& options) {
  return call(options, net::Method::get, keys_target(options), "", [](const wire::JsonValue& root) {
    Table table({"ID", "SCOPES", "CREATED", "EXPIRES", "REVOKED", "LABEL"});
    root["items"].each_item([&](wire::JsonValue item) {
      table.add({std::string(item["id"].string_or()), listed(item["scopes"]), std::string(item["created"].string_or("-")),
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
  make_tenant->add_option("--plan", options->plan, "plan (default: free)");

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
