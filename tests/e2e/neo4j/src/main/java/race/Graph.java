package race;

import static org.neo4j.configuration.GraphDatabaseSettings.DEFAULT_DATABASE_NAME;
import static org.neo4j.configuration.GraphDatabaseSettings.pagecache_memory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.neo4j.dbms.api.DatabaseManagementService;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;
import org.neo4j.graphdb.GraphDatabaseService;
import org.neo4j.graphdb.Result;
import org.neo4j.graphdb.Transaction;
import org.neo4j.io.ByteUnit;

/** An embedded Neo4j with the labels, relationships and constraints of the original system; opens what is there. */
final class Graph implements AutoCloseable {
  private static final int ROOTS_MAX = 20;
  private static final int PATH_HOPS_MAX = 8;
  private static final int TOPOLOGY_BATCH = 5000;

  private final Path directory;
  private final DatabaseManagementService service;
  private final GraphDatabaseService db;

  Graph(Path directory) {
    this.directory = directory;
    service = new DatabaseManagementServiceBuilder(directory).setConfig(pagecache_memory, ByteUnit.mebiBytes(512)).build();
    db = service.database(DEFAULT_DATABASE_NAME);
    for (String statement : List.of("CREATE CONSTRAINT IF NOT EXISTS FOR (r:Resource) REQUIRE r.rid IS UNIQUE",
        "CREATE CONSTRAINT IF NOT EXISTS FOR (e:Episodic) REQUIRE e.eid IS UNIQUE", "CREATE INDEX IF NOT EXISTS FOR (e:Episodic) ON (e.event_time)",
        "CREATE INDEX IF NOT EXISTS FOR (e:Episodic) ON (e.severity)", "CREATE INDEX IF NOT EXISTS FOR (e:Episodic) ON (e.reason)"))
      run(statement, Map.of());
    try (Transaction tx = db.beginTx()) {
      tx.schema().awaitIndexesOnline(1, TimeUnit.MINUTES);
    }
  }

  @Override
  public void close() {
    service.shutdown();
  }

  void loadTopology(Data data) {
    for (List<Map<String, Object>> rows : batches(data.resources, TOPOLOGY_BATCH))
      run("UNWIND $rows AS row MERGE (r:Resource {rid: row.rid}) SET r += row", Map.of("rows", rows));
    data.edges.forEach((relation, edges) -> {
      for (List<Map<String, Object>> rows : batches(edges, TOPOLOGY_BATCH))
        run("UNWIND $rows AS row MATCH (a:Resource {rid: row.from}), (b:Resource {rid: row.to}) CREATE (a)-[e:" + relation
            + "]->(b) SET e = row.times", Map.of("rows", rows));
    });
  }

  /** One transaction for the batch. A cause may come after its effect. */
  void upsertBatch(List<Map<String, Object>> events) {
    Map<String, Object> rows = Map.of("rows", events);
    try (Transaction tx = db.beginTx()) {
      tx.execute("UNWIND $rows AS row MERGE (e:Episodic {eid: row.eid}) SET e += row.properties "
          + "MERGE (r:Resource {rid: row.rid}) MERGE (e)-[:ABOUT]->(r)", rows).close();
      tx.execute("UNWIND $rows AS row UNWIND row.causes AS cause MATCH (e:Episodic {eid: row.eid}) MERGE (c:Episodic {eid: cause.eid}) "
          + "MERGE (c)-[l:POTENTIAL_CAUSE]->(e) SET l.confidence = cause.confidence", rows).close();
      tx.commit();
    }
  }

  /** As the original's graph builder: subject, event, ABOUT and every link each in a transaction of its own. */
  void upsertStepByStep(Map<String, Object> event) {
    run("MERGE (r:Resource {rid: $rid})", Map.of("rid", event.get("rid")));
    run("MERGE (e:Episodic {eid: $eid}) SET e += $properties", Map.of("eid", event.get("eid"), "properties", event.get("properties")));
    run("MATCH (e:Episodic {eid: $eid}), (r:Resource {rid: $rid}) MERGE (e)-[:ABOUT]->(r)", Map.of("eid", event.get("eid"), "rid", event.get("rid")));
    for (Object cause : (List<?>) event.get("causes"))
      run("MATCH (e:Episodic {eid: $eid}) MERGE (c:Episodic {eid: $cause.eid}) MERGE (c)-[l:POTENTIAL_CAUSE]->(e) "
          + "SET l.confidence = $cause.confidence", Map.of("eid", event.get("eid"), "cause", cause));
  }

  String neighbours(long id) {
    List<String> edges = new ArrayList<>();
    each("MATCH (a:Resource {rid: $id})-[e]-(b:Resource) WHERE e.until IS NULL RETURN type(e) AS relation, startNode(e) = a AS away, b.rid AS other",
        Map.of("id", id), row -> edges.add(row.get("relation") + ((Boolean) row.get("away") ? ">" : "<") + row.get("other")));
    Collections.sort(edges);
    return String.join(",", edges);
  }

  String twoHops(long id) {
    long[] found = new long[2];
    each("MATCH (a:Resource {rid: $id})-[e]-(b:Resource) WHERE e.until IS NULL WITH a, collect(DISTINCT b) AS near UNWIND near AS b "
            + "OPTIONAL MATCH (b)-[f]-(c:Resource) WHERE f.until IS NULL WITH a, near, collect(DISTINCT c) AS far "
            + "UNWIND near + far AS n WITH DISTINCT a, n WHERE n <> a RETURN n.rid AS rid",
        Map.of("id", id), row -> {
          found[0]++;
          found[1] += (Long) row.get("rid");
        });
    return found[0] + " " + found[1];
  }

  String path(long from, long to) {
    String[] length = {"-"};
    if (from == to) return "0";
    each("MATCH (a:Resource {rid: $from}), (b:Resource {rid: $to}) MATCH p = shortestPath((a)-[:CONTROLS|RUNS_ON|SELECTS|CALLS*.." + PATH_HOPS_MAX
            + "]-(b)) WHERE all(e IN relationships(p) WHERE e.until IS NULL) RETURN length(p) AS length",
        Map.of("from", from, "to", to), row -> length[0] = row.get("length").toString());
    return length[0];
  }

  String roots(long from, long to) {
    List<String> roots = new ArrayList<>();
    each("MATCH (e:Episodic) WHERE e.event_time >= $from AND e.event_time <= $to MATCH (c:Episodic)-[:POTENTIAL_CAUSE]->(e) "
            + "WITH c, count(e) AS effects WHERE NOT EXISTS { (:Episodic)-[:POTENTIAL_CAUSE]->(c) } "
            + "RETURN c.eid AS eid, effects ORDER BY effects DESC, eid LIMIT " + ROOTS_MAX,
        Map.of("from", from, "to", to), row -> roots.add(row.get("eid") + "=" + row.get("effects")));
    return String.join(",", roots);
  }

  String counts() {
    String[] out = {""};
    each("MATCH (e:Episodic) WITH count(e) AS events MATCH ()-[l:POTENTIAL_CAUSE]->() RETURN events, count(l) AS links", Map.of(),
        row -> out[0] = row.get("events") + " " + row.get("links"));
    return out[0];
  }

  /** Files of the store; all is in them once it was closed. */
  long diskBytes() throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve("data/databases").resolve(DEFAULT_DATABASE_NAME))) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    }
  }

  static <T> List<List<T>> batches(List<T> all, int size) {
    List<List<T>> out = new ArrayList<>();
    for (int first = 0; first < all.size(); first += size) out.add(all.subList(first, Math.min(first + size, all.size())));
    return out;
  }

  private interface Row {
    void take(Map<String, Object> row);
  }

  private void each(String statement, Map<String, Object> parameters, Row row) {
    try (Transaction tx = db.beginTx(); Result result = tx.execute(statement, parameters)) {
      while (result.hasNext()) row.take(result.next());
    }
  }

  private void run(String statement, Map<String, Object> parameters) {
    try (Transaction tx = db.beginTx()) {
      tx.execute(statement, parameters).close();
      tx.commit();
    }
  }
}
