package race;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Race FILE OUT DIRECTORY BATCH STEPWISE: the course of bench/race_run.cc; STEPWISE events also one transaction per step. */
public final class Race {
  private final PrintWriter answers;
  private final PrintWriter figures;

  private Race(String out) throws IOException {
    answers = new PrintWriter(Files.newBufferedWriter(Path.of(out + ".answers")));
    figures = new PrintWriter(Files.newBufferedWriter(Path.of(out + ".figures")));
  }

  public static void main(String[] args) throws IOException {
    Data data = Data.read(Path.of(args[0]));
    Race race = new Race(args[1]);
    Path directory = Path.of(args[2]);
    try (Graph graph = new Graph(directory.resolve("stepwise"))) {
      race.stepwise(graph, data, Integer.parseInt(args[4]));
    }
    try (Graph graph = new Graph(directory.resolve("batches"))) {
      race.load(graph, data, Integer.parseInt(args[3]));
    }
    try (Graph graph = new Graph(directory.resolve("batches"))) {
      race.ask(graph, data);
    }
    race.answers.close();
    race.figures.close();
  }

  private void stepwise(Graph graph, Data data, int count) {
    List<Map<String, Object>> some = data.events.subList(0, Math.min(count, data.events.size()));
    graph.loadTopology(data);
    int warm = some.size() / 4;  // the first quarter warms the machine up
    some.subList(0, warm).forEach(graph::upsertStepByStep);
    long begin = System.nanoTime();
    double cpu = cpuSeconds();
    some.subList(warm, some.size()).forEach(graph::upsertStepByStep);
    figure("upsert step by step events/s", (some.size() - warm) / seconds(begin));
    figure("upsert step by step events per CPU-second", (some.size() - warm) / (cpuSeconds() - cpu));
  }

  private void load(Graph graph, Data data, int batch) {
    long begin = System.nanoTime();
    graph.loadTopology(data);
    figure("topology s", seconds(begin));
    begin = System.nanoTime();
    double cpu = cpuSeconds();
    Graph.batches(data.events, batch).forEach(graph::upsertBatch);
    figure("upsert events/s", data.events.size() / seconds(begin));
    figure("upsert events per CPU-second", data.events.size() / (cpuSeconds() - cpu));
  }

  private void ask(Graph graph, Data data) throws IOException {
    answer("counts", graph.counts());
    figure("disk B per event, graph included", (double) graph.diskBytes() / data.events.size());
    ask("1 hop", data.neighbours, graph::neighbours);
    ask("2 hops", data.twoHops, graph::twoHops);
    ask("shortest path", data.paths, pair -> graph.path(pair.first(), pair.second()));
    ask("root causes of an hour", data.roots, pair -> graph.roots(pair.first(), pair.second()));
    figure("resident MiB", residentMib());
  }

  /** Twice as much warm-up as the others get: the first rounds are compiled. */
  private <T> void ask(String name, List<T> questions, Function<T, String> one) {
    for (int i = 0; i < questions.size(); ++i) answer(name + " " + i, one.apply(questions.get(i)));
    questions.forEach(one::apply);
    double[] micros = questions.stream().mapToDouble(question -> {
      long begin = System.nanoTime();
      one.apply(question);
      return seconds(begin) * 1e6;
    }).sorted().toArray();
    if (micros.length == 0) return;
    figure(name + " p50 µs", micros[micros.length / 2]);
    figure(name + " p99 µs", micros[Math.min(micros.length - 1, micros.length * 99 / 100)]);
  }

  private void figure(String name, double value) {
    figures.println(name + "\t" + value);
    figures.flush();
  }

  private void answer(String question, String text) {
    answers.println(question + "\t" + text);
  }

  private static double seconds(long begin) {
    return (System.nanoTime() - begin) * 1e-9;
  }

  private static double cpuSeconds() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() * 1e-9;
  }

  private static double residentMib() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream().filter(line -> line.startsWith("VmRSS:"))
        .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) / 1024).findFirst().orElse(0);
  }
}
