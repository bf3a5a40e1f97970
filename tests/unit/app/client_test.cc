#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>

#include "app/api_client.h"
#include "app/bootstrap.h"
#include "app/connection.h"
#include "app/progress.h"
#include "app/table.h"

using namespace kgrca;

namespace {

app::Environment environment(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

struct TempDir {
  TempDir() {
    char name[] = "/tmp/kgrca-app-XXXXXX";
    path = mkdtemp(name);
  }
  ~TempDir() { std::filesystem::remove_all(path); }
  std::string path;
};

}  // namespace

TEST_CASE("connection: flag over environment over client file over default") {
  const TempDir dir;
  const std::string file = dir.path + "/client.yaml";
  REQUIRE(app::write_secret_file(file, "url: http://file:1\nkey: from-file\nca_file: /file.crt\n").ok());
  auto from_file = app::resolve_connection({}, environment({{"KGRCA_CLIENT_FILE", file}}));
  REQUIRE(from_file.ok());
  CHECK(from_file->url == "http://file:1");
  CHECK(from_file->key == "from-file");
  CHECK(from_file->key_origin == file);
  CHECK(from_file->ca_file == "/file.crt");
  auto from_environment = app::resolve_connection({}, environment({{"KGRCA_CLIENT_FILE", file}, {"KGRCA_KEY", "e"}, {"KGRCA_CA_FILE", "/e.crt"}}));
  CHECK(from_environment->key == "e");
  CHECK(from_environment->ca_file == "/e.crt");
  CHECK(from_environment->url == "http://file:1");
  auto from_flag = app::resolve_connection({"http://flag:2", "f", "/f.crt"}, environment({{"KGRCA_CLIENT_FILE", file}, {"KGRCA_KEY", "e"}}));
  CHECK(from_flag->url == "http://flag:2");
  CHECK(from_flag->key == "f");
  CHECK(from_flag->ca_file == "/f.crt");
  auto none = app::resolve_connection({}, environment({}));
  CHECK(none->url == "http://127.0.0.1:8080");
  CHECK(none->key.empty());
}

TEST_CASE("connection: the client file's place follows XDG") {
  CHECK(app::client_file(environment({{"HOME", "/home/a"}})) == "/home/a/.config/kgrca/client.yaml");
  CHECK(app::client_file(environment({{"HOME", "/home/a"}, {"XDG_CONFIG_HOME", "/x"}})) == "/x/kgrca/client.yaml");
  CHECK(app::client_file(environment({})).empty());
}

TEST_CASE("connection: a client file that others may read is refused") {
  const TempDir dir;
  const std::string file = dir.path + "/client.yaml";
  REQUIRE(app::write_secret_file(file, "key: x\n").ok());
  REQUIRE(chmod(file.c_str(), 0644) == 0);
  const auto connection = app::resolve_connection({}, environment({{"KGRCA_CLIENT_FILE", file}}));
  CHECK(connection.status().code() == absl::StatusCode::kFailedPrecondition);
}

TEST_CASE("secret files: only the owner may read them") {
  const TempDir dir;
  const std::string file = dir.path + "/x.key";
  REQUIRE(app::write_secret_file(file, "secret").ok());
  struct stat info {};
  REQUIRE(stat(file.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  CHECK_FALSE(app::write_secret_file(dir.path + "/missing/x.key", "secret").ok());
}

TEST_CASE("table: columns are as wide as their widest cell and the last one is cut") {
  app::Table table({"A", "LONGER"});
  table.add({"größe", "x"});
  table.add({"b", "0123456789abcdefghij"});
  CHECK(table.text() == "A      LONGER\ngröße  x\nb      0123456789abcdefghij\n");
  CHECK(table.text(20) == "A      LONGER\ngröße  x\nb      0123456789ab…\n");
}

TEST_CASE("table: what could steer the terminal becomes a blank") {
  app::Table table({"A"});
  table.add({"x\x1b[2Jy\n"});
  CHECK(table.text() == "A\nx [2Jy\n");
}

TEST_CASE("progress: the line shows share and counts") {
  CHECK(app::progress_line("replay", 1234, 2468, "") == "replay  [############            ]  50 %  1,234 of 2,468");
  CHECK(app::progress_line("x", 5, 0, "").find("100 %") != std::string::npos);
}

TEST_CASE("url encoding: only unreserved characters stay") {
  CHECK(app::url_encode("st:pod:a/b@2025+1 ü") == "st%3Apod%3Aa%2Fb%402025%2B1%20%C3%BC");
}
