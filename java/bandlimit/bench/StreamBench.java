package bandlimit.bench;

import bandlimit.backend.Backend;
import bandlimit.backend.Executable;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.model.SignalNetwork;
import bandlimit.nn.Layer;
import bandlimit.nn.Mode;
import bandlimit.nn.Scope;
import bandlimit.nn.Variables;
import bandlimit.plan.Planner;
import bandlimit.plan.Procedure;
import bandlimit.stream.Missing;
import bandlimit.stream.Spread;
import bandlimit.stream.StreamingOptions;
import bandlimit.stream.StreamingPlan;
import bandlimit.stream.StreamingSession;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.LongSupplier;

/// Times a network of signals on whole windows and as a stream.
public final class StreamBench {
  /// The part before the head, on one chunk, beside the same on a whole window: of the zoo's
  /// networks what they call their features, of others all that streams.
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

  /// Of single hops.
  public record Latency(Spread millis, int hops, long bytesPerStream) {}

  private static final int TURNS =
      20; // of whole windows and chunks, on a machine that is not steady

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
    var graph = new Graph();
    var variables = new Variables();
    var samples = graph.input("x", TensorType.f32(streams, 1, window.at(1), window.at(2)));
    var scope = Scope.root(graph, Mode.EVAL, variables);
    if (network instanceof SignalNetwork signals) {
      return new Features(graph, samples, signals.features(scope, samples), variables);
    }
    network.build(scope, samples);
    var border = plan(streams, hop).border().getLast();
    var last = graph.nodes().stream().filter(n -> n.path().equals(border)).reduce((a, b) -> b);
    return new Features(graph, samples, last.orElseThrow(), variables);
  }

  /// Of the whole network.
  public StreamingPlan plan(int streams, int hop) {
    return StreamingPlan.of(network, window, streams, hop, StreamingOptions.EXACT);
  }

  public Row run(int streams, int hop, double seconds) {
    var features = features(streams, hop);
    var whole = new Procedure("full", features.graph, Map.of("y", features.last), List.of());
    var chunks =
        StreamingPlan.of(
            features.graph, features.samples, features.last, hop, StreamingOptions.EXACT);
    try (var full = compile(List.of(whole), features.variables);
        var stream = compile(chunks.procedures(), features.variables)) {
      var timings = Timing.inTurns(seconds, TURNS, List.of(run(full, "full"), run(stream, "step")));
      return new Row(
          streams,
          hop,
          window.at(1),
          timings.get(0),
          timings.get(1),
          latency(streams, hop, seconds));
    }
  }

  private Executable compile(List<Procedure> procedures, Variables variables) {
    var executable = backend.compile(Planner.plan(procedures, backend));
    weights(executable, variables);
    return executable;
  }

  private static LongSupplier run(Executable executable, String name) {
    var plan = executable.program().plan(name);
    Stopwatch.fill(executable, plan);
    return () -> executable.time(plan);
  }

  private static void weights(Executable executable, Variables variables) {
    for (var variable : variables.all()) {
      var slot = executable.program().states().get(variable.path());
      if (slot != null) {
        executable.write(slot, variable.initial(0));
      }
    }
  }

  /// Single hops through a session, one right after the other.
  private Latency latency(int streams, int hop, double seconds) {
    var plan = plan(streams, hop);
    try (var session =
        StreamingSession.open(plan, backend, Missing.REFUSE, e -> weights(e, plan))) {
      var samples = samples(plan);
      StreamingSession.Sink sink = answer -> {};
      long warm = System.nanoTime();
      for (int i = 0; i < 100 || System.nanoTime() - warm < 0.5e9 * Math.min(seconds, 10); i++) {
        session.push(samples, sink);
      }
      var millis = new double[1 << 20];
      int hops = 0;
      long begin = System.nanoTime();
      while (hops < millis.length && System.nanoTime() - begin < 1e9 * seconds) {
        long start = System.nanoTime();
        session.push(samples, sink);
        millis[hops++] = (System.nanoTime() - start) / 1e6;
      }
      var spread = Spread.of(millis, hops);
      return new Latency(spread, hops, session.bytesPerStream());
    }
  }

  /// Initial weights, of a session.
  static void weights(Executable executable, StreamingPlan plan) {
    weights(executable, plan.variables());
  }

  /// One hop of noise.
  static float[] samples(StreamingPlan plan) {
    var random = new Random(7);
    var samples = new float[plan.streams() * plan.hop() * plan.channels()];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) random.nextGaussian();
    }
    return samples;
  }
}
