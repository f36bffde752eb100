package bandlimit.conformance;

import bandlimit.backend.Backend;
import bandlimit.backend.Executable;
import bandlimit.graph.Graph;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.Resample;
import bandlimit.nn.Activation;
import bandlimit.nn.BatchNorm;
import bandlimit.nn.Conv;
import bandlimit.nn.GlobalAvgPool;
import bandlimit.nn.Init;
import bandlimit.nn.Layer;
import bandlimit.nn.Linear;
import bandlimit.nn.MaxPool;
import bandlimit.nn.Mode;
import bandlimit.nn.Scope;
import bandlimit.nn.Variables;
import bandlimit.plan.Planner;
import bandlimit.plan.Procedure;
import bandlimit.signal.Boundary;
import bandlimit.signal.Filter;
import bandlimit.signal.Resampler;
import bandlimit.stream.Missing;
import bandlimit.stream.StreamingOptions;
import bandlimit.stream.StreamingPlan;
import bandlimit.stream.StreamingSession;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// A small network on two signals at once: convolutions that look both ways and back, branches of
/// different delay, a padded max-pool, a causal blur, a mean. For laws about streams.
final class SmallStream {
  private static final int STREAMS = 2;
  private static final int CHANNELS = 3;
  private static final int WINDOW = 64;
  private static final int FRAMES = 256;
  private static final int HOP = 16;
  private static final int CUT = 130; // within a chunk
  private static final int RATE = 4;

  private SmallStream() {}

  private static Layer maps() {
    return (scope, x) -> {
      var y = conv(8, 5, 1, 2, 2).build(scope.in("conv"), x);
      y = new BatchNorm().build(scope.in("norm"), y);
      y = Activation.RELU.build(scope.in("relu"), y);
      var wide = conv(8, 7, 1, 3, 3).build(scope.in("wide"), y);
      var back = conv(8, 3, 4, 8, 0).build(scope.in("back"), y);
      y = scope.in("sum").apply(new Add(), wide, back);
      y = new MaxPool(3, 2, 1).build(scope.in("max"), y);
      var blur = new Resampler(Filter.binomial(4).taps(), 1, 2, 3, 0);
      y = scope.in("blur").apply(new Resample(Resampler.IDENTITY, blur), y);
      return conv(8, 3, 1, 1, 1).build(scope.in("last"), y);
    };
  }

  private static Layer conv(int out, int taps, int dilation, int left, int right) {
    var geometry = new ConvGeometry(1, 1, 1, dilation, 0, 0, left, right, 1, Boundary.ZERO);
    return new Conv(out, 1, taps, geometry, true, Init.TORCH);
  }

  private static Layer answers() {
    return (scope, x) -> {
      var y = new GlobalAvgPool().build(scope.in("mean"), maps().build(scope, x));
      return new Linear(4).build(scope.in("linear"), y);
    };
  }

  private static void weights(Executable executable, Variables variables) {
    for (var variable : variables.all()) {
      var slot = executable.program().states().get(variable.path());
      if (slot != null) {
        var value = variable.initial(5);
        for (long i = 0; i < value.shape().size(); i++) {
          value.set(i, value.get(i) + 0.125); // means and biases other than 0
        }
        executable.write(slot, value);
      }
    }
  }

  /// (N, frames, C)
  private static float[] signal() {
    var random = new Random(3);
    var values = new float[STREAMS * FRAMES * CHANNELS];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /// The moments `from` to `end` of every stream.
  private static float[] part(float[] signal, int from, int end) {
    var part = new float[STREAMS * (end - from) * CHANNELS];
    int each = part.length / STREAMS;
    for (int s = 0; s < STREAMS; s++) {
      System.arraycopy(signal, (s * FRAMES + from) * CHANNELS, part, s * each, each);
    }
    return part;
  }

  private static StreamingSession session(Backend backend, Layer network) {
    var window = Shape.of(1, WINDOW, CHANNELS);
    var plan = StreamingPlan.of(network, window, STREAMS, HOP, StreamingOptions.EXACT);
    return StreamingSession.open(
        plan, backend, Missing.REFUSE, executable -> weights(executable, plan.variables()));
  }

  /// What the network says at each hop, one after the other.
  static double[] answers(Backend backend) {
    var said = new ArrayList<double[]>();
    try (var session = session(backend, answers())) {
      session.push(signal(), answer -> said.add(answer.values().toDoubles()));
    }
    return joined(said);
  }

  /// The same from two sessions: the second goes on where a snapshot of the first was taken.
  static double[] answersOfTwo(Backend backend) {
    var said = new ArrayList<double[]>();
    try (var first = session(backend, answers());
        var second = session(backend, answers())) {
      var samples = signal();
      first.push(part(samples, 0, CUT), answer -> said.add(answer.values().toDoubles()));
      second.restore(first.snapshot());
      second.push(part(samples, CUT, FRAMES), answer -> said.add(answer.values().toDoubles()));
    }
    return joined(said);
  }

  private static double[] joined(List<double[]> parts) {
    return parts.stream().flatMapToDouble(java.util.Arrays::stream).toArray();
  }

  /// Largest difference between the maps of a stream and those of one pass over the whole signal,
  /// over the largest value.
  static double fromOnePass(Backend backend) {
    var expected = onePass(backend);
    int columns = FRAMES / RATE;
    int width = expected.length / STREAMS / columns;
    var worst = new double[2];
    for (double value : expected) {
      worst[1] = Math.max(worst[1], Math.abs(value));
    }
    try (var session = session(backend, maps())) {
      int n = session.plan().chunk() / RATE;
      session.push(
          signal(),
          answer -> {
            for (int s = 0; s < STREAMS; s++) {
              for (int i = (int) Math.max(0, -answer.firstColumn(s)); i < n; i++) {
                int at = (s * columns + (int) answer.firstColumn(s) + i) * width;
                for (int k = 0; k < width; k++) {
                  double got = answer.values().get(((long) s * n + i) * width + k);
                  double difference = Math.abs(got - expected[at + k]);
                  worst[0] = difference <= worst[0] ? worst[0] : difference; // also takes NaN
                }
              }
            }
          });
    }
    return worst[0] / worst[1];
  }

  private static double[] onePass(Backend backend) {
    var graph = new Graph();
    var variables = new Variables();
    var x = graph.input("x", TensorType.f32(STREAMS, 1, FRAMES, CHANNELS));
    var y = maps().build(Scope.root(graph, Mode.EVAL, variables), x);
    var procedure = new Procedure("pass", graph, Map.of("y", y), List.of());
    var program = Planner.plan(List.of(procedure), backend);
    try (var executable = backend.compile(program)) {
      weights(executable, variables);
      var plan = program.plan("pass");
      executable.write(plan.input("x"), HostTensor.of(x.shape(), signal()));
      executable.run(plan);
      return executable.read(plan.output("y")).toDoubles();
    }
  }
}
