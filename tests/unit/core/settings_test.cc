#include "kgrca/core/settings.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include <unistd.h>

#include "core/settings_value.h"
#include "kgrca/core/strings.h"
#include "kgrca/core/yaml.h"

using namespace kgrca::core;

namespace {

class TempFile {
 public:
  explicit TempFile(std::string_view text) {
    static int count = 0;
    path_ = (std::filesystem::temp_directory_path() / cat("kgrca-settings-", getpid(), '-', ++count)).string();
    std::ofstream(path_) << text;
  }
  ~TempFile() { std::filesystem::remove(path_); }
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string error_of(const Settings::Sources& sources) {
  const auto loaded = Settings::load(sources);
  if (loaded.ok()) return "loaded";
  CHECK(loaded.status().code() == absl::StatusCode::kInvalidArgument);
  return message_of(loaded.status());
}

std::string file_error(std::string_view text) {
  const TempFile file(text);
  std::string message = error_of({file.path(), {}, {}});
  const std::size_t at = message.find(file.path());
  return at == 0 ? message.substr(file.path().size()) : message;
}

bool contains(std::string_view text, std::string_view piece) { return text.find(piece) != std::string_view::npos; }

}  // namespace

TEST_CASE("settings: every row of the table is whole and its default allowed") {
  std::set<std::string> names;
  for (const SettingSpec& spec : setting_table()) {
    INFO(spec.name);
    CHECK(names.insert(std::string(spec.name)).second);
    CHECK(split(spec.name, '.').size() == 2);
    CHECK(spec.help.ends_with('.'));
    CHECK(check_setting(spec, spec.default_value).ok());
  }
}

TEST_CASE("settings: defaults can be read by their kind") {
  const Settings settings = Settings::defaults();
  CHECK(settings.text("server.listen") == "127.0.0.1:8080");
  CHECK(settings.integer("ingest.native_body_bytes") == 5 << 20);
  CHECK(settings.integer("engine.resources_max") == 200'000);
  CHECK(settings.duration("engine.evict_after") == Duration(15min));
  CHECK(settings.list("mask.patterns").empty());
  CHECK(settings.text("auth.pepper_file") == "/var/lib/kgrca/pepper");
  CHECK(settings.origin("server.listen") == "default");
}

TEST_CASE("settings: flags go over environment over file over defaults") {
  const TempFile file("server:\n  listen: file:1\n  io_threads: 3\nlog: {level: debug}\nstorage:\n");
  const Settings settings = *Settings::load({file.path(),
                                             {{"server.listen", "flag:1"}},
                                             {{"KGRCA_SERVER_LISTEN", "env:1"}, {"KGRCA_LOG_LEVEL", "error"}}});
  CHECK(settings.text("server.listen") == "flag:1");
  CHECK(settings.origin("server.listen") == "flag");
  CHECK(settings.text("log.level") == "error");
  CHECK(settings.origin("log.level") == "environment");
  CHECK(settings.integer("server.io_threads") == 3);
  CHECK(settings.origin("server.io_threads") == "file");
  CHECK(settings.origin("server.work_threads") == "default");
}

TEST_CASE("settings: the data folder has a short variable and moves what lies in it") {
  const Settings settings = *Settings::load({"", {}, {{"KGRCA_DATA_DIR", "/data"}}});
  CHECK(settings.text("storage.data_dir") == "/data");
  CHECK(settings.text("auth.pepper_file") == "/data/pepper");
  CHECK(Settings::load({"", {}, {{"KGRCA_DATA_DIR", "/a"}, {"KGRCA_STORAGE_DATA_DIR", "/b"}}})->text("storage.data_dir") == "/b");
}

TEST_CASE("settings: unknown names are errors that name the nearest known one") {
  CHECK(file_error("server:\n  lissten: x\n") ==
        " line 2: unknown setting 'server.lissten'; the nearest known one is 'server.listen'");
  CHECK(contains(file_error("storge:\n  data_dir: x\n"), "'storge.data_dir'; the nearest known one is 'storage.data_dir'"));
  CHECK(contains(file_error("listen: x\n"), " line 1: unknown setting 'listen'"));
  CHECK(contains(file_error("- a\n"), "sections such as 'server:' are expected"));
  CHECK(contains(error_of({"", {{"log.levl", "info"}}, {}}), "'log.level'"));
  CHECK(contains(error_of({"", {}, {{"KGRCA_LOG_LEVL", "info"}}}), "KGRCA_LOG_LEVEL"));
  CHECK(contains(error_of({"", {{std::string(100'000, 'x'), "1"}}, {}}), "the nearest known one is"));
}

TEST_CASE("settings: variables that are not ours are left alone") {
  CHECK(Settings::load({"", {}, {{"PATH", "/bin"}, {"KGRCA_URL", "http://x"}, {"KGRCA_SERVER_SERVICE_HOST", "10.0.0.1"},
                                 {"KGRCA_SERVER_PORT", "tcp://10.0.0.1:8080"}, {"KGRCA_SERVER_PORT_8080_TCP_ADDR", "10.0.0.1"}}})
            .ok());
}

TEST_CASE("settings: wrong values say where they stand and what is allowed") {
  CHECK(file_error("server:\n  io_threads: many\n") ==
        " line 2: setting 'server.io_threads': 'many' is not allowed; give a whole number, from 1 to 64");
  CHECK(contains(file_error("server:\n  io_threads: 65\n"), "from 1 to 64"));
  CHECK(contains(file_error("server:\n  io_threads: 0\n"), "'0' is not allowed"));
  CHECK(contains(file_error("server:\n  io_threads: [1]\n"), "a single value is expected"));
  CHECK(contains(file_error("server:\n  listen: {a: b}\n"), "a single value is expected"));
  CHECK(contains(file_error("server:\n  listen: a\n  listen: b\n"), "stands twice"));
  CHECK(contains(file_error("log: {level: loud}\n"), "one of debug, info, warning, error"));
  CHECK(contains(file_error("ingest: {queue_bytes: 5GB}\n"), "a size such as"));
  CHECK(contains(file_error("ingest: {queue_bytes: 99999999999TiB}\n"), "not allowed"));
  CHECK(contains(file_error("engine: {evict_after: soon}\n"), "a duration such as"));
  CHECK(contains(error_of({"", {{"log.level", "loud"}}, {}}), "flag log.level: "));
  CHECK(contains(error_of({"", {}, {{"KGRCA_LOG_LEVEL", "loud"}}}), "environment KGRCA_LOG_LEVEL: "));
  CHECK(Settings::load({"/nonexistent/kgrca.yaml", {}, {}}).status().code() == absl::StatusCode::kNotFound);
}

TEST_CASE("settings: lists come as YAML lists or commas, with commas inside items") {
  const TempFile file("mask:\n  patterns:\n    - 'a{1,2}'\n    - b\n");
  CHECK(Settings::load({file.path(), {}, {}})->list("mask.patterns") == std::vector<std::string>{"a{1,2}", "b"});
  CHECK(Settings::load({"", {{"mask.patterns", " x ,, a{1\\,2}"}}, {}})->list("mask.patterns") ==
        std::vector<std::string>{"x", "a{1,2}"});
}

TEST_CASE("settings: secrets come from files and are never shown") {
  const TempFile secret("kg_hidden_value\n");
  const Settings settings = *Settings::load({"", {}, {{"KGRCA_AUTH_BOOTSTRAP_KEY_FILE", secret.path()}}});
  CHECK(settings.text("auth.bootstrap_key") == "kg_hidden_value");
  CHECK(settings.text("auth.bootstrap_key_file") == secret.path());
  CHECK(settings.origin("auth.bootstrap_key") == "environment");
  CHECK_FALSE(contains(settings.to_yaml(), "hidden"));
  CHECK(contains(settings.to_yaml(), "bootstrap_key: \"***\"  # environment"));
  CHECK(contains(error_of({"", {{"auth.bootstrap_key_file", "/nonexistent/key"}}, {}}), "/nonexistent/key"));
  const std::string bad = error_of({"", {{"auth.bootstrap_key", "hidden\xff"}}, {}});
  CHECK_FALSE(contains(bad, "hidden"));
  CHECK(Settings::load({"", {{"auth.bootstrap_key_file", ""}}, {}}).ok());
}

TEST_CASE("settings: what is printed loads again to the same values") {
  const Settings first = *Settings::load({"", {{"mask.patterns", "a\\,b,c\"d"}, {"server.listen", "[::1]:80"}}, {}});
  const std::string printed = first.to_yaml();
  CHECK(contains(printed, "server:\n  listen: \"[::1]:80\"  # flag\n"));
  CHECK(contains(printed, "  io_threads: 2  # default\n"));
  const TempFile file(printed);
  const auto second = Settings::load({file.path(), {}, {}});
  REQUIRE(second.ok());
  for (const SettingSpec& spec : setting_table()) {
    INFO(spec.name);
    CHECK(second->list(spec.name) == first.list(spec.name));
  }
}

TEST_CASE("settings: the JSON schema holds every name") {
  const auto schema = Yaml::parse(settings_json_schema());  // JSON is YAML
  REQUIRE(schema.ok());
  for (const SettingSpec& spec : setting_table()) {
    INFO(spec.name);
    const auto parts = split(spec.name, '.');
    const Yaml* section = schema->find("properties")->find(parts[0]);
    REQUIRE(section != nullptr);
    REQUIRE(section->find("properties")->find(parts[1]) != nullptr);
    CHECK(section->find("properties")->find(parts[1])->text_or("description", "") == spec.help);
    CHECK((section->find("properties")->find(cat(parts[1], "_file")) != nullptr) ==
          (spec.secret || find_setting(cat(spec.name, "_file")) != nullptr));
  }
}

TEST_CASE("settings: the documentation has one row per setting") {
  const std::string table = settings_markdown_table();
  CHECK(split(table, '\n').size() == setting_table().size() + 3);
  CHECK(contains(table, "| `server.listen` | `KGRCA_SERVER_LISTEN` | `127.0.0.1:8080` |"));
}

TEST_CASE("settings: the page of settings holds the table as it is") {
  std::ifstream in(KGRCA_SOURCE_DIR "/docs/configuration.md");
  const std::string page((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const std::size_t at = page.find("| Setting |");
  REQUIRE(at != std::string::npos);
  CHECK(page.substr(at) == settings_markdown_table());
}
