#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "kgrca/model/taxonomy.h"

using namespace kgrca;
using model::Severity;

namespace {

struct Line {
  std::string text;
  Severity severity;
  std::string type;
};

const std::vector<Line> lines = {
    {"panic: assignment to entry in nil map", Severity::info, "log.panic"},
    {"FATAL: segmentation fault at 0x0000", Severity::fatal, "log.panic"},
    {"[server] thread 'main' panicked at src/lib.rs:12", Severity::error, "log.panic"},
    {"java.lang.OutOfMemoryError: Java heap space", Severity::error, "log.oom"},
    {"Memory cgroup out of memory: Killed process 71 (node)", Severity::warning, "log.oom"},
    {"write /data/seg-18: no space left on device", Severity::error, "log.disk_full"},
    {"PANIC: could not extend file: No space left on device", Severity::fatal, "log.disk_full"},
    {"open /etc/app/state: read-only file system", Severity::error, "log.read_only"},
    {"accept4: too many open files", Severity::error, "log.too_many_files"},
    {"x509: certificate has expired or is not yet valid", Severity::error, "log.cert_expired"},
    {"nginx: SSL certificate \"shop\" for server \"a.example\" expired", Severity::warning, "log.cert_expired"},
    {"http: TLS handshake error from 10.1.2.3:5512: EOF", Severity::error, "log.tls"},
    {"PKIX path building failed: unable to find valid certification path", Severity::error, "log.tls"},
    {"ACME server rejected the challenge for shop.example", Severity::error, "log.cert_request"},
    {"dial tcp: lookup orders.shop.svc on 10.96.0.10:53: no such host", Severity::error, "log.dns"},
    {"dial tcp: lookup orders on 10.96.0.10:53: read udp: i/o timeout", Severity::error, "log.dns"},
    {"Error: getaddrinfo ENOTFOUND billing", Severity::error, "log.dns"},
    {"psycopg2.OperationalError: FATAL: sorry, too many clients already", Severity::error, "log.db_connections"},
    {"ERROR 1040 (HY000): Too many connections", Severity::error, "log.db_connections"},
    {"HikariPool-1 - Connection is not available, request timed out after 30000ms", Severity::error, "log.db_pool"},
    {"connection pool exhausted: 50 of 50 in use", Severity::error, "log.db_pool"},
    {"QueuePool limit of size 5 overflow 10 reached, connection timed out", Severity::error, "log.db_pool"},
    {"ERROR: deadlock detected", Severity::error, "log.db_deadlock"},
    {"LOG: duration: 61022.5 ms  statement: UPDATE stock SET n = n - 1", Severity::info, "log.db_slow"},
    {"FATAL: the database system is starting up", Severity::fatal, "log.db_unavailable"},
    {"MySQL server has gone away", Severity::error, "log.db_unavailable"},
    {"duplicate key value violates unique constraint \"orders_pk\"", Severity::error, "log.db_schema"},
    {"migration 0007_split failed: syntax error", Severity::error, "log.migration_failed"},
    {"environment variable DATABASE_URL is not set", Severity::error, "log.missing_env"},
    {"could not load configuration: yaml: line 7: mapping values are not allowed", Severity::error, "log.config_error"},
    {"invalid configuration: unknown field \"retires\"", Severity::error, "log.config_error"},
    {"/etc/coredns/Corefile:4 - Error during parsing: Unknown directive 'forwrd'", Severity::info, "log.config_error"},
    {"debug logging enabled, dumping bodies", Severity::warning, "log.debug_enabled"},
    {"configuration reloaded from /etc/app", Severity::info, "log.config_reload"},
    {"pods is forbidden: User \"system:serviceaccount:a:b\" cannot list", Severity::error, "log.forbidden"},
    {"password authentication failed for user \"orders\"", Severity::error, "log.auth"},
    {"401 Unauthorized: token expired", Severity::warning, "log.auth"},
    {"Failed to pull image \"r.example/app:9\": manifest unknown", Severity::warning, "log.image_pull"},
    {"registry denied: toomanyrequests", Severity::error, "log.image_pull"},
    {"MountVolume.SetUp failed for volume \"cfg\"", Severity::warning, "log.mount"},
    {"Back-off restarting failed container app", Severity::warning, "log.crash_loop"},
    {"attempting to reclaim ephemeral-storage", Severity::warning, "log.eviction"},
    {"Liveness probe failed: HTTP 500", Severity::warning, "log.liveness_failed"},
    {"GET /ready 503 1ms user_agent=kube-probe/1.29", Severity::info, "log.readiness_failed"},
    {"listen tcp :8080: bind: address already in use", Severity::error, "log.port_in_use"},
    {"exec: \"/app/server\": executable file not found in $PATH", Severity::error, "log.command_missing"},
    {"ModuleNotFoundError: No module named 'payments'", Severity::error, "log.command_missing"},
    {"Application run failed", Severity::error, "log.startup_failed"},
    {"Unhandled exception in worker 3", Severity::error, "log.unhandled"},
    {"child exited with code 3", Severity::warning, "log.exit"},
    {"circuit breaker 'payments' is OPEN", Severity::warning, "log.circuit_open"},
    {"request queue full, shedding load (queue=256)", Severity::warning, "log.queue_full"},
    {"rate limit exceeded for upstream", Severity::warning, "log.rate_limited"},
    {"unable to create new native thread", Severity::error, "log.resource_exhausted"},
    {"no healthy upstream", Severity::error, "log.no_upstream"},
    {"upstream timed out (110: Operation timed out) while reading", Severity::error, "log.timeout"},
    {"connect() failed (111: Connection refused) while connecting to upstream", Severity::error, "log.connection_refused"},
    {"Error: connect ECONNREFUSED 10.0.0.9:5432", Severity::error, "log.connection_refused"},
    {"dial tcp 10.0.0.9:80: connect: no route to host", Severity::error, "log.no_route"},
    {"read tcp: connection reset by peer", Severity::error, "log.connection_reset"},
    {"call to http://billing failed: 503 Service Unavailable", Severity::error, "log.upstream"},
    {"request to http://billing failed: 500 Internal Server Error", Severity::error, "log.upstream"},
    {"rpc error: code = DeadlineExceeded desc = context deadline exceeded", Severity::error, "log.timeout"},
    {"java.net.SocketTimeoutException: Read timed out", Severity::error, "log.timeout"},
    {"requests.exceptions.ReadTimeout: HTTPConnectionPool(host='b', port=80): Read timed out.", Severity::error, "log.timeout"},
    {"call to ledger failed: request took 5.1s, budget 2s", Severity::error, "log.timeout"},
    {"failed to connect to broker kafka-0", Severity::error, "log.connection_failed"},
    {"POST /checkout status=502 12ms", Severity::warning, "log.http_5xx"},
    {"slow query took 912 ms: select 1", Severity::warning, "log.slow"},
    {"retrying request attempt=2", Severity::warning, "log.retry"},
    {"\tat com.shop.Cart.add(Cart.java:31)", Severity::error, "log.stack"},
    {"  File \"/app/main.py\", line 12, in run", Severity::error, "log.stack"},
    {"KeyError: 'sku' raised, error: KeyError", Severity::error, "log.exception"},
    {"card declined by issuer", Severity::error, "log.request_rejected"},
    {"client closed connection before response", Severity::error, "log.client_gone"},
    {"everything is wrong today", Severity::fatal, "log.fatal"},
    {"something odd", Severity::error, "log.error"},
    {"connection pool usage at 81%", Severity::warning, "log.warning"},
    {"handled request path=/api/v1/items status=200 duration=23ms", Severity::info, "log.info"},
    {"request timeout set to 30s", Severity::info, "log.info"},
    {"open files limit raised", Severity::debug, "log.info"},
    {"2025-01-02 10:00:00.503 user agent kube-probe/1.29 answered 200", Severity::info, "log.info"},
};

}  // namespace

TEST_CASE("taxonomy: realistic log lines find their types") {
  const auto taxonomy = model::Taxonomy::embedded();
  CHECK(lines.size() >= 60);
  for (const auto& line : lines) {
    INFO(line.text);
    CHECK(taxonomy->match_log(line.text, line.severity).type == line.type);
  }
}

TEST_CASE("taxonomy: letter case and position in the line do not matter") {
  const auto taxonomy = model::Taxonomy::embedded();
  CHECK(taxonomy->match_log("CONNECTION REFUSED", Severity::error).type == "log.connection_refused");
  CHECK(taxonomy->match_log(std::string(3000, 'x') + " Connection Refused", Severity::error).type == "log.connection_refused");
}

TEST_CASE("taxonomy: only the first 4 KiB of a line are read") {
  const auto taxonomy = model::Taxonomy::embedded();
  CHECK(taxonomy->match_log(std::string(5000, 'x') + " connection refused", Severity::error).type == "log.error");
}

TEST_CASE("taxonomy: empty and binary lines fall back to the level") {
  const auto taxonomy = model::Taxonomy::embedded();
  CHECK(taxonomy->match_log("", Severity::info).type == "log.info");
  CHECK(taxonomy->match_log(std::string("\0\xff\xfe\x80", 4), Severity::warning).type == "log.warning");
}
