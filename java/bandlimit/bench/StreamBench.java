package bandlimit.bench;

import bandlimit.backend.Backend;
import bandlimit.backend.Executable;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.nn.Layer;
import bandlimit.nn.Mode;
import bandlimit.nn.Scope;
import bandlimit.nn.Variables;
import bandlimit.plan.Planner;
import bandlimit.plan.Procedure;
import bandlimit.stream.Missing;
import bandlimit.stream.StreamingOptions;
import bandlimit.stream.StreamingPlan;
import bandlimit.stream.StreamingSession;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/// Times a network of signals on whole windows and as a stream.
public final class StreamBench {
  /// The part before the head, on one chunk, beside the same on a whole window.
  ///
  /// @param full milliseconds for windows of all streams; stream: for their chunks
  /// @param push milliseconds of a push of one hop, head and all
  public record Row(int streams, int hop, int window, Timing full, Timing stream, Latency push) {
    public double speedUp() {
      return full.median() / stream.median();
    }

    /// Of the window over the hop, which is all that can be saved.
    public double share() {
      return speedUp() * hop / window;
    }
  }

  /// Milliseconds of single hops.
  public record Latency(double median, double p99, double largest, int hops, long bytesPerStream) {}

  private final Layer network;
  private final Shape window;
  private final Backend backend;

  /// @param window (1, W, C)
  public StreamBench(Layer network, Shape window, Backend backend) {
    this.network = network;
    this.window = window;
    this.backend = backend;
  }

  /// The graph of windows up to the head.
  private record Features(Graph graph, Node samples, Node last, Variables variables) {}

  private Features features(int streams, int hop) {
    var border = plan(streams, hop).border().getLast();
    var graph = new Graph();
    var variables = new Variables();
    var samples = graph.input("x", TensorType.f32(streams, 1, window.at(1), window.at(2)));
    network.build(Scope.root(graph, Mode.EVAL, variables), samples);
    var last = graph.nodes().stream().filter(n -> n.path().equals(border)).reduce((a, b) -> b);
    return new Features(graph, samples, last.orElseThrow(), variables);
  }

  private StreamingPlan plan(int streams, int hop) {
    return StreamingPlan.of(network, window, streams, hop, StreamingOptions.EXACT);
  }

  public Row run(int streams, int hop, double seconds) {
    var features = features(streams, hop);
    var whole = new Procedure("full", features.graph, Map.of("y", features.last), List.of());
    var chunks =
        StreamingPlan.of(
            features.graph, features.samples, features.last, hop, StreamingOptions.EXACT);
    return new Row(
        streams,
        hop,
        window.at(1),
        time(List.of(whole), "full", features.variables, seconds),
        time(chunks.procedures(), "step", features.variables, seconds),
        latency(streams, hop, seconds, 0));
  }

  private Timing time(
      List<Procedure> procedures, String name, Variables variables, double seconds) {
    var program = Planner.plan(procedures, backend);
    try (var executable = backend.compile(program)) {
      weights(executable, variables);
      Stopwatch.fill(executable, program.plan(name));
      return Timing.of(seconds, () -> executable.time(program.plan(name)));
    }
  }

  private static void weights(Executable executable, Variables variables) {
    for (var variable : variables.all()) {
      var slot = executable.program().states().get(variable.path());
      if (slot != null) {
        executable.write(slot, variable.initial(0));
      }
    }
  }

  /// Single hops through a session.
  ///
  /// @param rate samples in a second as they would come in life; 0: one hop right after the other
  public Latency latency(int streams, int hop, double seconds, double rate) {
    var plan = plan(streams, hop);
    try (var session =
        StreamingSession.open(
            plan, backend, Missing.REFUSE, executable -> weights(executable, plan.variables()))) {
      var random = new Random(7);
      var samples = new float[streams * hop * window.at(2)];
      for (int i = 0; i < samples.length; i++) {
        samples[i] = (float) random.nextGaussian();
      }
      StreamingSession.Sink sink = answer -> {};
      long warm = System.nanoTime();
      for (int i = 0; i < 100 || System.nanoTime() - warm < 0.5e9 * Math.min(seconds, 10); i++) {
        session.push(samples, sink);
      }
      var millis = new double[1 << 20];
      int hops = 0;
      long begin = System.nanoTime();
      while (hops < millis.length && System.nanoTime() - begin < 1e9 * seconds) {
        if (rate > 0) {
          waitUntil(begin + (long) (1e9 * (hops + 1) * hop / rate));
        }
        long start = System.nanoTime();
        session.push(samples, sink);
        millis[hops++] = (System.nanoTime() - start) / 1e6;
      }
      var sorted = Arrays.copyOf(millis, hops);
      Arrays.sort(sorted);
      return new Latency(
          sorted[(hops - 1) / 2],
          sorted[(int) Math.ceil(0.99 * hops) - 1],
          sorted[hops - 1],
          hops,
          session.bytesPerStream());
    }
  }

  private static void waitUntil(long nanos) {
    for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
