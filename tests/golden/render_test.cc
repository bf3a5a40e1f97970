// Renderings of an incident against files in this folder. KGRCA_UPDATE_GOLDEN=1 writes them anew; read the diff before you commit.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "api/columns.h"
#include "api/incident_view.h"
#include "api/render.h"
#include "kgrca/core/strings.h"

namespace {

using namespace kgrca;

core::Time at(std::string_view clock) { return *core::parse_rfc3339(core::cat("2025-04-09T", clock, "Z")); }

model::ResourceRef ref(std::string kind, std::string ns, std::string name) {
  return {"prod", std::move(kind), std::move(ns), std::move(name), ""};
}

struct Step {
  std::string clock;
  model::ResourceRef resource;
  std::string title;
  model::EventSource source = model::EventSource::kubernetes;
  std::string message = {};
};

// Adds an event and the link from `cause`, when there is one.
core::EventKey add(api::IncidentView& view, const Step& step, core::EventKey cause, std::string role) {
  api::EventView event;
  const core::Time time = at(step.clock);
  event.stored.key = {static_cast<std::uint64_t>(core::to_micros(time)), view.events.size() + 1};
  event.stored.event.source = step.source;
  event.stored.event.message = step.message;
  event.stored.event.first = event.stored.event.onset = event.stored.event.last = time;
  event.stored.resource = model::resource_id(step.resource);
  event.title = step.title;
  event.role = std::move(role);
  event.member = true;
  if (cause) {
    model::Link link;
    link.cause = cause;
    link.effect = event.stored.key;
    link.confidence = 0.81F;
    link.lag_seconds = static_cast<float>(core::to_seconds(time - cause.time()));
    link.hops = 1;
    link.path = "orders <-CALLS- payments";
    link.terms.pair = 1.2F;
    link.terms.competition = -0.6F;
    event.stored.links.push_back(link);
  }
  view.resources[event.stored.resource] = step.resource;
  view.incident.members.push_back({event.stored.key, event.stored.resource, event.role == "symptom"});
  if (event.role == "symptom") view.incident.blast_radius.push_back(event.stored.resource);
  const core::EventKey key = event.stored.key;
  view.events.emplace(key, std::move(event));
  return key;
}

void add_suspects(api::IncidentView& view, const std::vector<core::EventKey>& path) {
  model::Suspect root;
  root.event = path.front();
  root.resource = model::resource_id(ref("deployment", "shop", "orders"));
  root.confidence = 0.86F;
  root.resource_name = "Deployment shop/orders";
  root.title = "new image rolled out (DB_POOL_SIZE 50 → 5, image …)";
  root.sentence = "The rollout came 41 s before the first error and explains 97 % of the symptoms.";
  root.path = path;
  view.incident.roots.push_back(root);
  model::Suspect innocent;
  innocent.resource = model::resource_id(ref("node", "", "node-3"));
  innocent.confidence = 0.04F;
  innocent.resource_name = "Node node-3";
  innocent.title = "node memory pressure";
  innocent.sentence = "none of the failing pods run there";
  view.incident.ruled_out.push_back(innocent);
}

api::IncidentView demo_view() {
  api::IncidentView view;
  view.incident.id = {0x1234567890abcdef};
  view.incident.title = "checkout is failing: gateway 5xx";
  view.incident.severity = model::Severity::fatal;
  view.incident.started = at("10:02:11");
  view.incident.first_symptom = at("10:02:52");
  view.incident.last_activity = at("10:06:00");
  view.incident.alerts = 38;
  const auto root = add(view, {"10:02:11", ref("deployment", "shop", "orders"), "rollout", model::EventSource::state, ""}, {}, "root");
  view.events.at(root).stored.event.changes = {{"env.DB_POOL_SIZE", "50", "5"},
                                                    {"image", "registry:5000/shop/orders:v2.3.0", "registry:5000/shop/orders:v2.3.1"}};
  const auto pool = add(view, {"10:02:52", ref("service", "shop", "orders"), "", model::EventSource::log, "pool exhausted"}, root, "symptom");
  const auto payments = add(view, {"10:03:29", ref("service", "shop", "payments"), "timeouts"}, pool, "symptom");
  const auto gateway = add(view, {"10:04:10", ref("pod", "shop", "gateway-1"), "5xx", model::EventSource::alert, ""}, payments, "symptom");
  add_suspects(view, {root, pool, payments, gateway});
  view.noise = {1243, 612, false};
  view.naming.after_first_symptom_seconds = 6;
  view.naming.before_first_alert_seconds = 97;
  view.recommendation = api::Recommendation{"kubectl -n shop rollout undo deploy/orders", "low", "go back to the revision that worked"};
  view.base_url = "http://127.0.0.1:8080";
  return view;
}

void compare(const std::string& text, const std::string& name) {
  const std::string path = core::cat(KGRCA_SOURCE_DIR, "/tests/golden/", name);
  if (std::getenv("KGRCA_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ifstream in(path);
  REQUIRE(in);
  const std::string expected((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  CHECK(text == expected);
}

void check_size(const std::string& text) {
  const auto lines = core::split(text, '\n');
  CHECK(lines.size() <= 41);
  for (const std::string_view line : lines) CHECK(api::display_width(line) <= 100);
}

}  // namespace

TEST_CASE("golden: an incident with a cause as text") {
  const std::string text = api::render_text(demo_view());
  check_size(text);
  compare(text, "incident.txt");
}

TEST_CASE("golden: where it is known how trouble spread, the tree shows that") {
  api::IncidentView view = demo_view();
  const std::vector<core::EventKey>& path = view.incident.roots.front().path;
  view.spread = {{path[1], 0}, {path[2], 1}, {path[3], 1}};
  compare(api::render_text(view), "spread.txt");
}

TEST_CASE("golden: an incident with a cause as markdown") { compare(api::render_markdown(demo_view()), "incident.md"); }

TEST_CASE("golden: markdown tells whole sentences, a root once, and how a cause was found") {
  api::IncidentView view = demo_view();
  model::Suspect& root = view.incident.roots.front();
  root.sentence = core::cat(std::string(600, 'a'), " end of it");
  model::Suspect other = root;
  other.event = root.path[1];
  other.title = "other change";
  other.sentence.clear();
  view.incident.changes = {root, other};
  view.events.at(root.path[1]).stored.links.front().path = "named in its message";
  const std::string text = api::render_markdown(view);
  CHECK_THAT(text, Catch::Contains(" end of it") && Catch::Contains("## Other changes near the start"));
  CHECK(text.find(root.sentence) == text.rfind(root.sentence));
  CHECK_THAT(text, Catch::Contains("\"pool exhausted\", named in its message: "));
}

TEST_CASE("golden: the digest of all data is told only where no key is") {
  const model::FieldChange whole{"data.digest", "#aa", "#bb"};
  CHECK(api::change_words({whole}, 3) == "data.digest changed");
  CHECK(api::change_words({{"data.POOL_SIZE", "20", "0"}, whole}, 3) == "data.POOL_SIZE 20 → 0");
  CHECK(api::change_words({{"data.A", "1", "2"}, {"data.B", "1", "2"}, whole}, 1) == "data.A 1 → 2, and 1 more");
}

TEST_CASE("golden: one record is no plural, and a cause named at once is not 0 s late") {
  api::IncidentView view = demo_view();
  view.noise = {1, 0, false};
  view.naming.after_first_symptom_seconds = 0;
  CHECK_THAT(api::noise_words(view), Catch::StartsWith("1 record, "));
  CHECK_THAT(api::naming_words(view), Catch::StartsWith("cause named at the first symptom, "));
}

TEST_CASE("golden: an incident without a certain cause says so") {
  api::IncidentView view = demo_view();
  view.incident.abstained = true;
  view.incident.roots.front().confidence = 0.31F;
  view.recommendation.reset();
  view.naming = {};
  const std::string text = api::render_text(view);
  check_size(text);
  compare(text, "abstained.txt");
}

TEST_CASE("golden: an incident without any suspect still names itself") {
  api::IncidentView view = demo_view();
  view.incident.roots.clear();
  view.incident.ruled_out.clear();
  compare(api::render_text(view), "no_cause.txt");
}

TEST_CASE("golden: hostile text cannot widen lines or move the cursor") {
  api::IncidentView view = demo_view();
  view.incident.title = std::string(500, 'x') + "\x1b[2J\r\n";
  view.incident.roots.front().title = std::string(3000, 'y');
  view.incident.ruled_out.front().sentence = "a \x1b]0;b\x07 " + std::string(400, 'z');
  const std::string text = api::render_text(view);
  check_size(text);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\x07') == std::string::npos);
}

TEST_CASE("golden: a share too small to show is not rounded to nothing") {
  CHECK(api::percent_text(0) == "<1 %");
  CHECK(api::percent_text(0.004) == "<1 %");
  CHECK(api::percent_text(0.006) == "1 %");
  CHECK(api::percent_text(1) == "99 %");
}

TEST_CASE("golden: a new version is told only when one image has another tag") {
  api::IncidentView view = demo_view();
  const model::Suspect& root = view.incident.roots.front();
  auto& changes = view.events.at(root.event).stored.event.changes;
  CHECK_THAT(api::suspect_statement(root, view), Catch::Contains("rolled out v2.3.1 at 10:02:11 (DB_POOL_SIZE 50 → 5)"));
  changes[1] = {"image", "orders@sha256:aa", "orders@sha256:bb"};
  CHECK_THAT(api::suspect_statement(root, view), Catch::Contains("new image rolled out at 10:02:11"));
  changes[1] = {"image", "orders:v1", "orders:v2"};
  changes.push_back({"containers.proxy.image", "proxy:v1", "proxy:v2"});
  CHECK_THAT(api::suspect_statement(root, view), Catch::Contains("new image rolled out at 10:02:11"));
}
