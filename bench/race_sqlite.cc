// SQLite as a careful user would set it up: WAL, a sync at every commit as the others have it, prepared statements, covering
// indexes in both directions of an edge, rows clustered by primary key, recursive queries.
#include <sqlite3.h>

#include <array>
#include <filesystem>
#include <map>

#include "kgrca/core/strings.h"
#include "race_stores.h"
#include "region_home.h"

namespace kgrca::bench {
namespace {

constexpr const char* schema = R"(
  PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -524288;
  PRAGMA wal_autocheckpoint = 4000; PRAGMA mmap_size = 4294967296; PRAGMA temp_store = MEMORY;
  CREATE TABLE resource(id INTEGER PRIMARY KEY, cluster TEXT, kind TEXT, ns TEXT, name TEXT);
  CREATE TABLE edge(src INTEGER, until INTEGER, relation TEXT, dst INTEGER, since INTEGER,
                    PRIMARY KEY(src, until, relation, dst, since)) WITHOUT ROWID;
  CREATE UNIQUE INDEX edge_in ON edge(dst, until, relation, src, since);
  CREATE TABLE event(eid TEXT PRIMARY KEY, time INTEGER, resource INTEGER, severity INTEGER, type TEXT, reason TEXT, message TEXT,
                     source_id TEXT) WITHOUT ROWID;
  CREATE INDEX event_time ON event(time);
  CREATE INDEX event_resource ON event(resource, time);
  CREATE INDEX event_severity ON event(severity, time) WHERE severity >= 2;
  CREATE INDEX event_reason ON event(reason, time) WHERE severity >= 2;
  CREATE TABLE link(effect TEXT, cause TEXT, confidence INTEGER, PRIMARY KEY(effect, cause)) WITHOUT ROWID;
  CREATE INDEX link_cause ON link(cause, effect);
)";
constexpr const char* open_end = "9223372036854775807";

class Sqlite final : public RaceStore {
 public:
  explicit Sqlite(const std::string& directory) : path_(directory + "/race.sqlite") {
    check(sqlite3_open(path_.c_str(), &db_));
    run(schema);
  }
  ~Sqlite() override {
    for (auto& [sql, statement] : statements_) sqlite3_finalize(statement);
    sqlite3_close(db_);
  }
  Sqlite(const Sqlite&) = delete;
  Sqlite& operator=(const Sqlite&) = delete;

  void load_topology(const RaceData& data) override {
    run("BEGIN");
    for (const RaceResource& r : data.resources)
      step("INSERT INTO resource VALUES(?,?,?,?,?)", r.id, r.cluster, r.kind, r.ns, r.name);
    for (const RaceEdge& t : data.edges) step("INSERT OR REPLACE INTO edge VALUES(?,?,?,?,?)", t.from, t.until, t.relation, t.to, t.since);
    run("COMMIT");
  }

  void upsert(const RaceEvent* first, std::size_t count) override {
    run("BEGIN");
    for (const RaceEvent* e = first; e != first + count; ++e) {
      step("INSERT INTO event VALUES(?,?,?,?,?,?,?,?) ON CONFLICT(eid) DO UPDATE SET severity = excluded.severity, message = excluded.message",
           e->eid, e->time, e->resource, std::int64_t{e->severity}, e->type, e->reason, e->message, e->source_id);
      for (const auto& [cause, confidence] : e->causes)
        step("INSERT INTO link VALUES(?,?,?) ON CONFLICT(effect, cause) DO UPDATE SET confidence = excluded.confidence", e->eid, cause,
             std::int64_t{confidence});
    }
    run("COMMIT");
  }

  void finish_loading() override {
    run("PRAGMA wal_checkpoint(TRUNCATE)");
    run("ANALYZE");
  }

  std::string neighbours(std::int64_t id) override {
    std::vector<std::string> edges;
    static const std::string sql = core::cat("SELECT relation, '>', dst FROM edge WHERE src = ?1 AND until = ", open_end,
                                             " UNION ALL SELECT relation, '<', src FROM edge WHERE dst = ?1 AND until = ", open_end);
    each(sql, [&](sqlite3_stmt* row) { edges.push_back(core::cat(text(row, 0), text(row, 1), sqlite3_column_int64(row, 2))); }, id);
    return shown(std::move(edges));
  }

  std::string two_hops(std::int64_t id) override {
    std::vector<std::int64_t> nodes;
    static const std::string sql = core::cat(R"(
      WITH RECURSIVE near(node, hops) AS (VALUES(?1, 0)
        UNION SELECT dst, hops + 1 FROM near JOIN edge ON src = node WHERE hops < 2 AND until = )", open_end, R"(
        UNION SELECT src, hops + 1 FROM near JOIN edge ON dst = node WHERE hops < 2 AND until = )", open_end, R"()
      SELECT DISTINCT node FROM near WHERE node <> ?1)");
    each(sql, [&](sqlite3_stmt* row) { nodes.push_back(sqlite3_column_int64(row, 0)); }, id);
    return shown(std::move(nodes));
  }

  // Rows come in the order of hops, so the first is the answer and ends the search.
  std::string path(std::int64_t from, std::int64_t to) override {
    std::string relations;
    for (const char* relation : path_relations) core::append(relations, relations.empty() ? "'" : ",'", relation, "'");
    static const std::string sql = core::cat(R"(
      WITH RECURSIVE way(node, hops) AS (VALUES(?1, 0)
        UNION SELECT dst, hops + 1 FROM way JOIN edge ON src = node WHERE hops < )", path_hops_max, " AND until = ", open_end,
                                             " AND relation IN (", relations, R"()
        UNION SELECT src, hops + 1 FROM way JOIN edge ON dst = node WHERE hops < )", path_hops_max, " AND until = ", open_end,
                                             " AND relation IN (", relations, R"())
      SELECT hops FROM way WHERE node = ?2 LIMIT 1)");
    std::string out = "-";
    each(sql, [&](sqlite3_stmt* row) { out = std::to_string(sqlite3_column_int64(row, 0)); }, from, to);
    return out;
  }

  std::string roots(std::int64_t from, std::int64_t to) override {
    std::vector<RaceRoot> out;
    static const std::string sql = core::cat(R"(
      SELECT link.cause, COUNT(*) AS effects FROM event JOIN link ON link.effect = event.eid
      WHERE event.time BETWEEN ?1 AND ?2 AND NOT EXISTS (SELECT 1 FROM link AS up WHERE up.effect = link.cause)
      GROUP BY link.cause ORDER BY effects DESC, link.cause LIMIT )", roots_max);
    each(sql, [&](sqlite3_stmt* row) { out.push_back({text(row, 0), sqlite3_column_int64(row, 1)}); }, from, to);
    return shown(out);
  }

  std::string counts() override {
    std::string out;
    each("SELECT (SELECT COUNT(*) FROM event), (SELECT COUNT(*) FROM link)",
         [&](sqlite3_stmt* row) { out = core::cat(sqlite3_column_int64(row, 0), " ", sqlite3_column_int64(row, 1)); });
    return out;
  }

  std::uint64_t disk_bytes() override { return std::filesystem::file_size(path_); }

 private:
  void check(int code) const {
    if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW) die(core::internal_error(sqlite3_errmsg(db_)));
  }
  void run(const char* sql) { check(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr)); }
  static std::string text(sqlite3_stmt* row, int column) {
    return {reinterpret_cast<const char*>(sqlite3_column_text(row, column)), static_cast<std::size_t>(sqlite3_column_bytes(row, column))};
  }
  sqlite3_stmt* prepared(const std::string& sql) {
    sqlite3_stmt*& statement = statements_[sql];
    if (statement == nullptr) check(sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr));
    return statement;
  }
  void bind(sqlite3_stmt* statement, int at, std::int64_t value) { check(sqlite3_bind_int64(statement, at, value)); }
  void bind(sqlite3_stmt* statement, int at, const std::string& value) {
    check(sqlite3_bind_text(statement, at, value.data(), static_cast<int>(value.size()), SQLITE_STATIC));
  }
  template <typename Row, typename... Values>
  void each(const std::string& sql, const Row& row, const Values&... values) {
    sqlite3_stmt* statement = prepared(sql);
    int at = 0;
    (bind(statement, ++at, values), ...);
    int code = sqlite3_step(statement);
    for (; code == SQLITE_ROW; code = sqlite3_step(statement)) row(statement);
    check(code);
    check(sqlite3_reset(statement));
  }
  template <typename... Values>
  void step(const std::string& sql, const Values&... values) {
    each(sql, [](sqlite3_stmt*) {}, values...);
  }

  std::string path_;
  sqlite3* db_ = nullptr;
  std::map<std::string, sqlite3_stmt*, std::less<>> statements_;
};

}  // namespace

std::unique_ptr<RaceStore> open_sqlite(const std::string& directory) { return std::make_unique<Sqlite>(directory); }

}  // namespace kgrca::bench
