#include <CLI/CLI.hpp>

#include <cstdio>
#include <map>
#include <memory>
#include <optional>

#include "app/api_client.h"
#include "app/commands.h"
#include "app/full_list.h"
#include "app/object_splitter.h"
#include "app/output.h"
#include "app/progress.h"
#include "app/table.h"
#include "kgrca/core/strings.h"
#include "kgrca/normalize/decode.h"

namespace kgrca::app {
namespace {

// The server takes 5 MiB; what remains is room for the List around the items.
constexpr std::size_t body_bytes = 4 << 20;
constexpr std::size_t input_bytes_max = std::size_t{2} << 30;
constexpr std::size_t reasons_shown = 10;

struct Options {
  ConnectionFlags connection;
  std::string file = "-";
  bool json = false;
  bool full = false;
  bool all_namespaces = false;
  std::string at;
  FullListScope scope;
};

// What the objects were understood as. Counted with the decoder of the server, which the server then runs itself.
struct Understood {
  struct Kind {
    std::size_t objects = 0;
    std::size_t edges = 0;
  };
  std::map<std::string, Kind> kinds;
  std::size_t events = 0;
  std::size_t objects = 0;
  std::size_t accepted = 0;
  std::size_t rejected = 0;
  std::size_t ended = 0;
  std::map<std::string, std::size_t> reasons;
};

core::StatusOr<std::string> read_all(const std::string& file) {
  std::FILE* in = file == "-" ? stdin : std::fopen(file.c_str(), "rb");
  if (in == nullptr) return core::not_found(core::cat(file, ": cannot be opened"));
  std::string text;
  char buffer[1 << 16];
  std::size_t count = 0;
  while ((count = std::fread(buffer, 1, sizeof buffer, in)) > 0 && text.size() <= input_bytes_max) text.append(buffer, count);
  const bool failed = std::ferror(in) != 0;
  if (in != stdin) std::fclose(in);
  if (failed) return core::data_loss(core::cat(file, ": reading failed"));
  if (text.size() > input_bytes_max) {
    return core::out_of_range(core::cat(file, ": over 2 GiB; push it in parts, for example by namespace"));
  }
  if (core::trim(text).empty()) {
    return core::invalid_argument(core::cat(file == "-" ? "stdin" : file, " is empty; pipe kubectl get … -o json into it"));
  }
  return text;
}

void count_understood(const normalize::Decoded& decoded, Understood& understood) {
  for (const model::Record& record : decoded.records) {
    const auto* state = std::get_if<model::ResourceState>(&record);
    if (state != nullptr && state->partial) continue;  // what holds since a creation, or what an Event says of its object
    if (state != nullptr) {
      Understood::Kind& kind = understood.kinds[model::display_kind(state->ref.kind)];
      ++kind.objects;
      kind.edges += state->references.size();
    } else if (std::holds_alternative<model::Event>(record)) {
      ++understood.events;
    }
  }
}

void count_answer(const JsonAnswer& answer, Understood& understood) {
  understood.accepted += static_cast<std::size_t>(answer.root["accepted"].integer().value_or(0));
  understood.rejected += static_cast<std::size_t>(answer.root["rejected_total"].integer().value_or(0));
  answer.root["rejected"].each_item([&](wire::JsonValue item) {
    if (understood.reasons.size() < reasons_shown) ++understood.reasons[std::string(item["reason"].string_or())];
    return true;
  });
}

core::StatusOr<JsonAnswer> send(ApiClient& client, const std::string& target, const std::string& body) {
  KGRCA_ASSIGN_OR_RETURN(const net::Response response, client.send_compressed(target, "application/json", body));
  return parse_answer(response.body);
}

// After the objects, so that none of them is new when its kind's full state comes.
core::Status end_absent(ApiClient& client, const FullList& list, Understood& understood) {
  KGRCA_ASSIGN_OR_RETURN(const std::vector<std::string> records, list.records(body_bytes));
  for (const std::string& record : records) {
    for (std::int64_t left = 1; left > 0;) {
      KGRCA_ASSIGN_OR_RETURN(const JsonAnswer answer, send(client, "/api/v1/ingest/state", record));
      if (answer.root["unused"].integer().value_or(0) > 0) {
        return core::failed_precondition("the tenant has several clusters: push a full list with a key that is bound to its cluster");
      }
      understood.ended += static_cast<std::size_t>(answer.root["ended"].integer().value_or(0));
      left = answer.root["left_to_end"].integer().value_or(0);
    }
  }
  return core::ok_status();
}

core::StatusOr<Understood> push(ApiClient& client, const std::string& text, std::optional<FullList> list, core::Time listed) {
  normalize::Context context;
  context.taxonomy = model::Taxonomy::embedded();
  KGRCA_ASSIGN_OR_RETURN(context.masker, normalize::Masker::make("push"));
  context.received = core::SystemClock().now();
  context.listed = listed;
  std::string target = "/api/v1/ingest/k8s-objects";
  if (list) core::append(target, "?listed_at=", url_encode(core::format_rfc3339(listed, 6)));
  Understood understood;
  Progress progress("push", text.size());
  std::size_t done = 0;
  bool in_list = false;
  const auto send_part = [&](const std::string& body, std::size_t objects) -> core::Status {
    understood.objects += objects;
    const normalize::Decoded decoded = normalize::decode_kubernetes_objects(body, context);
    if (list && !in_list) {
      return core::invalid_argument("an object by itself is no full list: push what kubectl get prints of a whole kind");
    }
    if (list) KGRCA_RETURN_IF_ERROR(list->add(decoded));
    KGRCA_ASSIGN_OR_RETURN(const JsonAnswer answer, send(client, target, body));
    count_answer(answer, understood);
    count_understood(decoded, understood);
    progress.set(done += body.size());
    return core::ok_status();
  };
  const auto check_list = [&](std::string_view metadata) {
    in_list = true;
    return list ? FullList::check_page(metadata) : core::ok_status();
  };
  core::Status status = split_objects(text, body_bytes, send_part, check_list);
  if (status.ok() && list && understood.rejected == 0) status = end_absent(client, *list, understood);
  if (!status.ok() && understood.accepted == 0) return status;
  if (!status.ok()) return core::with_context(status, core::cat("after ", understood.accepted, " accepted objects"));
  if (understood.objects == 0 && !list) return core::invalid_argument("the input holds no objects: kubectl found nothing to print");
  return understood;
}

// Nothing may be ended by mistake: what the list is full of must be said.
core::StatusOr<std::optional<FullList>> full_list(Options& options, core::Time started) {
  if (!options.full) {
    const bool alone = options.scope.kinds.empty() && options.scope.ns.empty() && !options.all_namespaces && options.at.empty();
    if (alone) return std::optional<FullList>();
    return core::invalid_argument("--kinds, --namespace, --all-namespaces and --at go with --full");
  }
  if (options.all_namespaces != options.scope.ns.empty()) {
    return core::invalid_argument("--full needs either --all-namespaces or --namespace, as kubectl was told");
  }
  if (options.at.empty() && options.file != "-") {
    return core::invalid_argument("--full with a file needs --at: a moment just before kubectl made the list");
  }
  options.scope.at = started;
  if (!options.at.empty()) {
    const auto at = core::parse_rfc3339(options.at);
    if (!at || *at > started) return core::invalid_argument("--at is no RFC 3339 time of the past, such as 2026-01-05T10:00:00Z");
    options.scope.at = *at;
  }
  KGRCA_ASSIGN_OR_RETURN(FullList list, FullList::of(options.scope));
  return std::optional(std::move(list));
}

void print_json(const Understood& understood) {
  std::string kinds;
  for (const auto& [kind, counts] : understood.kinds) {
    core::append(kinds, kinds.empty() ? "" : ",");
    core::append_json_string(kinds, kind);
    core::append(kinds, ":{\"objects\":", counts.objects, ",\"edges\":", counts.edges, "}");
  }
  print(core::cat("{\"objects\":", understood.objects, ",\"accepted\":", understood.accepted, ",\"rejected\":", understood.rejected,
                  ",\"ended\":", understood.ended, ",\"events\":", understood.events, ",\"kinds\":{", kinds, "}}\n"));
}

void print_table(const Understood& understood) {
  Table table({"KIND", "OBJECTS", "EDGES"});
  std::size_t edges = 0;
  std::size_t resources = 0;
  for (const auto& [kind, counts] : understood.kinds) {
    table.add({kind, core::cat(counts.objects), core::cat(counts.edges)});
    edges += counts.edges;
    resources += counts.objects;
  }
  if (!table.empty()) print(table.text());
  const std::string_view kinds = understood.kinds.size() == 1 ? " kind, " : " kinds, ";
  print(core::cat("Understood ", resources, " resources of ", understood.kinds.size(), kinds, edges, " edges stated, ",
                  understood.events, " events. Accepted ", understood.accepted, " of ", understood.objects, " objects, rejected ",
                  understood.rejected, ".\n"));
  if (understood.ended > 0) print(core::cat("Ended ", understood.ended, " resources that the full list does not hold.\n"));
  for (const auto& [reason, count] : understood.reasons) print(core::cat(count, " rejected: ", clip_line(reason, 0), "\n"));
}

// kubectl leaves the times of writes out unless it is told otherwise, and a ConfigMap has no others.
void note_hidden_times(const std::string& text, const Understood& understood) {
  if (understood.kinds.empty() || text.find("\"managedFields\"") != std::string::npos) return;
  note("The objects do not say when they were configured, so changes of images, variables and ConfigMaps may be missed or dated wrongly: "
       "give kubectl get --show-managed-fields.");
}

int run(Options options) {
  const core::Time started = core::SystemClock().now();
  auto list = full_list(options, started);
  if (!list.ok()) {
    fail(list.status());
    return exit_usage;
  }
  const auto text = read_all(options.file);
  if (!text.ok()) return fail(text.status());
  auto client = ApiClient::connect(options.connection);
  if (!client.ok()) return fail(client.status());
  const bool full = list->has_value();
  const auto understood = push(*client, *text, *std::move(list), full ? options.scope.at : core::Time{});
  if (!understood.ok()) return fail(understood.status());
  if (options.json) {
    print_json(*understood);
  } else {
    print_table(*understood);
  }
  note_hidden_times(*text, *understood);
  if (full && understood->rejected > 0) return fail(core::failed_precondition("objects were rejected, so the full list ended nothing"));
  return understood->accepted == 0 && !full ? exit_failed : exit_good;
}

}  // namespace

void add_push(CLI::App& app, Run& run_later) {
  CLI::App* command = app.add_subcommand("push", "Send data to a server");
  command->require_subcommand(1);
  auto options = std::make_shared<Options>();
  CLI::App* objects = command->add_subcommand("k8s", "Kubernetes objects as kubectl get … -o json prints them");
  add_connection_flags(*objects, options->connection);
  objects->add_option("file", options->file, "file, or - for stdin (default)");
  objects->add_flag("--json", options->json, "counts as JSON");
  objects->add_flag("--full", options->full, "the input is complete for each kind in it: end what it does not hold");
  objects->add_flag("-A,--all-namespaces", options->all_namespaces, "with --full: of all namespaces");
  objects->add_option("-n,--namespace", options->scope.ns, "with --full: of this namespace; kinds without one are complete anyway");
  objects->add_option("--kinds", options->scope.kinds, "with --full: complete even if the input holds none, as pods,services")
      ->delimiter(',');
  objects->add_option("--at", options->at, "with --full: when the list was made (RFC 3339); default: when this command began");
  objects->callback([options, &run_later] { run_later = [options] { return run(*options); }; });
}

}  // namespace kgrca::app
