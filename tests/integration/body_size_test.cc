// Bodies that are far too large, plain and packed: refused early, in little memory.
#include <catch2/catch.hpp>

#include <fstream>

#include "kgrca/core/strings.h"
#include "kgrca/wire/compression.h"
#include "tests/integration/endpoints.h"
#include "tests/support/api.h"
#include "tests/support/server_process.h"
#include "tests/unit/net/raw.h"

namespace kgrca::integration {
namespace {

constexpr std::size_t mebibyte = 1u << 20;
constexpr std::size_t huge = 100 * mebibyte;
constexpr long slack_kib = 16 * 1024;

// Resident memory that the process needed at most during `attack`, above what it had before.
template <typename Attack>
long growth_kib(test::ServerProcess& server, Attack attack) {
  std::ofstream(core::cat("/proc/", server.pid(), "/clear_refs")) << "5";
  const long before = server.rss_kib();
  attack();
  return server.peak_rss_kib() - before;
}

std::string head_of(const Endpoint& endpoint, const std::string& key, const std::string& length_field) {
  return core::cat("POST ", endpoint.path, " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ", key,
                   "\r\nContent-Type: application/json\r\n", length_field, "\r\n\r\n");
}

// Sends until the server answers or everything is through.
std::string send_sized(int port, const Endpoint& endpoint, const std::string& key) {
  net::testing::RawSocket socket(port);
  socket.send(head_of(endpoint, key, core::cat("Content-Length: ", huge)));
  socket.send(std::string(16 << 10, ' '));
  return socket.response();
}

std::string send_chunked(int port, const Endpoint& endpoint, const std::string& key) {
  net::testing::RawSocket socket(port);
  socket.send(head_of(endpoint, key, "Transfer-Encoding: chunked"));
  const std::string chunk = core::cat("10000\r\n", std::string(0x10000, ' '), "\r\n");
  for (std::size_t sent = 0; sent < huge; sent += 0x10000) {
    if (!socket.send(chunk)) break;
  }
  return socket.response();
}

// A zstd frame of 128 KiB blocks, each one byte repeated: 4 bytes on the wire for 131,072.
std::string zstd_bomb(std::size_t bytes) {
  std::string out("\x28\xb5\x2f\xfd\x00\x58", 6);
  constexpr std::size_t block = 128 << 10;
  for (std::size_t done = 0; done < bytes; done += block) {
    const bool last = done + block >= bytes;
    const std::uint32_t header = (last ? 1u : 0u) | (1u << 1) | (static_cast<std::uint32_t>(block) << 3);
    for (int i = 0; i < 3; ++i) out.push_back(static_cast<char>((header >> (8 * i)) & 0xff));
    out.push_back(' ');
  }
  return out;
}

}  // namespace

TEST_CASE("integration: a body of 100 MB is refused early and costs little memory") {
  test::ServerProcess server;
  server.start();
  const std::string key = server.key("default");
  test::Api api(server.url(), key);
  const pid_t pid = server.pid();
  for (const Endpoint& endpoint : endpoints()) {
    CHECK(api.post(endpoint.path, endpoint.good).status == endpoint.success);
    std::string answer;
    long growth = growth_kib(server, [&] { answer = send_sized(server.port(), endpoint, key); });
    INFO(endpoint.path << ", sized: " << growth << " KiB, " << answer.substr(0, 300));
    CHECK(answer.starts_with("HTTP/1.1 413 "));
    CHECK(growth <= slack_kib);
    std::string chunked_answer;
    growth = growth_kib(server, [&] { chunked_answer = send_chunked(server.port(), endpoint, key); });
    INFO(endpoint.path << ", chunked: " << growth << " KiB, " << chunked_answer.substr(0, 300));
    // The peer may have closed before our last chunk was out, and a reset can overtake the answer.
    CHECK((chunked_answer.starts_with("HTTP/1.1 413 ") || chunked_answer.empty()));
    CHECK(growth <= slack_kib + static_cast<long>(endpoint.limit_bytes / 1024));
    CHECK(api.get("/healthz").status == 200);
  }
  CHECK(server.running());
  CHECK(server.pid() == pid);
}

TEST_CASE("integration: packed bombs are refused once they pass the limit") {
  test::ServerProcess server;
  server.start();
  test::Api api(server.url(), server.key("default"));
  const std::string zeros = wire::gzip(std::string(huge, ' '));
  const std::vector<std::pair<std::string, std::string>> bombs = {
      {"gzip", zeros}, {"zstd", zstd_bomb(huge)}, {"gzip, gzip", wire::gzip(zeros)}, {"zstd, gzip", wire::gzip(zstd_bomb(10 * huge))}};
  for (const Endpoint& endpoint : endpoints()) {
    CHECK(api.post(endpoint.path, endpoint.good).status == endpoint.success);
    for (const auto& [encoding, body] : bombs) {
      test::Answer answer;
      const long growth = growth_kib(server, [&] { answer = api.post(endpoint.path, body, {{"Content-Encoding", encoding}}); });
      INFO(endpoint.path << " " << encoding << ": " << growth << " KiB, " << answer.status << " " << answer.body.substr(0, 300));
      CHECK(answer.status == 413);
      CHECK(growth <= slack_kib + static_cast<long>(2 * endpoint.limit_bytes / 1024));
    }
    CHECK(api.get("/healthz").status == 200);
  }
  CHECK(server.running());
}

TEST_CASE("integration: a large body without a good key is refused before it is read") {
  test::ServerProcess server;
  server.start();
  for (const Endpoint& endpoint : endpoints()) {
    net::testing::RawSocket socket(server.port());
    socket.send(head_of(endpoint, "kg_wrong", "Content-Length: 4000000"));
    socket.send(std::string(16 << 10, ' '));
    INFO(endpoint.path);
    CHECK(socket.response().starts_with("HTTP/1.1 401 "));
  }
}

}  // namespace kgrca::integration
