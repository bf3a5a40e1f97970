package race;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The data set and the questions, as bench/race_data.h describes the file. Rows are parameters of Cypher statements. */
final class Data {
  record Pair(long first, long second) {}

  final List<Map<String, Object>> resources = new ArrayList<>();
  final Map<String, List<Map<String, Object>>> edges = new java.util.TreeMap<>();  // by relation
  final List<Map<String, Object>> events = new ArrayList<>();
  final List<Long> neighbours = new ArrayList<>();
  final List<Long> twoHops = new ArrayList<>();
  final List<Pair> paths = new ArrayList<>();
  final List<Pair> roots = new ArrayList<>();

  static Data read(Path path) throws IOException {
    Data data = new Data();
    try (BufferedReader in = Files.newBufferedReader(path)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) data.take(line.split("\t", -1));
    }
    return data;
  }

  private void take(String[] part) {
    switch (part[0]) {
      case "r" -> resources.add(Map.of("rid", number(part[1]), "cluster", part[2], "kind", part[3], "ns", part[4], "name", part[5]));
      case "t" -> edges.computeIfAbsent(part[2], relation -> new ArrayList<>()).add(edge(part));
      case "e" -> events.add(event(part));
      case "q1" -> neighbours.add(number(part[1]));
      case "q2" -> twoHops.add(number(part[1]));
      case "qp" -> paths.add(new Pair(number(part[1]), number(part[2])));
      case "qr" -> roots.add(new Pair(number(part[1]), number(part[2])));
      default -> throw new IllegalArgumentException("unknown line " + part[0]);
    }
  }

  private static long number(String text) { return Long.parseLong(text); }

  /** An open edge has no `until`. */
  private static Map<String, Object> edge(String[] part) {
    Map<String, Object> times = part[5].equals("-") ? Map.of("since", number(part[4])) : Map.of("since", number(part[4]), "until", number(part[5]));
    return Map.of("from", number(part[1]), "to", number(part[3]), "times", times);
  }

  private static Map<String, Object> event(String[] part) {
    List<Map<String, Object>> causes = new ArrayList<>();
    if (!part[9].equals("-")) {
      for (String cause : part[9].split(",")) {
        int at = cause.indexOf('=');
        causes.add(Map.of("eid", cause.substring(0, at), "confidence", number(cause.substring(at + 1))));
      }
    }
    Map<String, Object> properties = Map.of("event_time", number(part[2]), "severity", number(part[4]), "etype", part[5], "reason", part[6],
        "message", part[7], "source_id", part[8]);
    return Map.of("eid", part[1], "rid", number(part[3]), "properties", properties, "causes", causes);
  }
}
