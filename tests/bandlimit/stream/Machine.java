package bandlimit.stream;

import bandlimit.backend.Backend;
import bandlimit.backend.Executable;
import bandlimit.graph.Graph;
import bandlimit.nn.Layer;
import bandlimit.nn.Mode;
import bandlimit.nn.Scope;
import bandlimit.nn.Variables;
import bandlimit.plan.Planner;
import bandlimit.plan.Procedure;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Runs networks on a backend, on whole signals and as streams, with the same weights.
final class Machine {
  /// One answer as a session gave it.
  record Heard(long received, long end, long firstColumn, double[] values) {}

  private Machine() {}

  /// Noise, (frames, channels).
  static float[] noise(int frames, int channels, long seed) {
    var random = new Random(seed);
    var values = new float[frames * channels];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /// Weights as training starts, with biases, means and variances that are not 0 and 1: those would
  /// hide what padding does.
  static void weights(Executable executable, Variables variables) {
    var random = new Random(5);
    for (var variable : variables.all()) {
      var value = variable.initial(1);
      for (int i = 0; i < value.shape().size(); i++) {
        value.set(i, value.get(i) + 0.05 + 0.3 * random.nextDouble());
      }
      var slot = executable.program().states().get(variable.path());
      if (slot != null) {
        executable.write(slot, value);
      }
    }
  }

  /// A network on whole signals of one length, without batch.
  static final class Whole implements AutoCloseable {
    private final Executable executable;
    private final int channels;

    Whole(Backend backend, Layer network, int frames, int channels) {
      var graph = new Graph();
      var variables = new Variables();
      var x = graph.input("x", TensorType.f32(1, 1, frames, channels));
      var y = network.build(Scope.root(graph, Mode.EVAL, variables), x);
      var procedure = new Procedure("full", graph, Map.of("y", y), List.of());
      this.channels = channels;
      this.executable = backend.compile(Planner.plan(List.of(procedure), backend));
      weights(executable, variables);
    }

    double[] of(float[] signal) {
      var plan = executable.program().plan("full");
      var shape = Shape.of(1, 1, signal.length / channels, channels);
      executable.write(plan.input("x"), HostTensor.of(shape, signal));
      executable.run(plan);
      return values(executable.read(plan.output("y")));
    }

    @Override
    public void close() {
      executable.close();
    }
  }

  /// The network on one signal or window.
  static double[] full(Backend backend, Layer network, float[] signal, int channels) {
    try (var whole = new Whole(backend, network, signal.length / channels, channels)) {
      return whole.of(signal);
    }
  }

  static StreamingSession session(StreamingPlan plan, Backend backend, Missing missing) {
    return StreamingSession.open(
        plan, backend, missing, executable -> weights(executable, plan.variables()));
  }

  /// All answers to a signal that comes in pieces of changing size.
  static List<Heard> stream(Backend backend, StreamingPlan plan, float[] signal) {
    try (var session = session(plan, backend, Missing.REFUSE)) {
      return push(session, signal, 7);
    }
  }

  static List<Heard> push(StreamingSession session, float[] signal, int piece) {
    int each = session.plan().streams() * session.plan().channels();
    var heard = new ArrayList<Heard>();
    int from = 0;
    int size = piece;
    while (from < signal.length) {
      int frames = Math.min(size, (signal.length - from) / each);
      session.push(signal, from, frames, answer -> heard.add(heard(answer)));
      from += frames * each;
      size = size * 5 % 101 + 1;
    }
    return heard;
  }

  static Heard heard(Answer answer) {
    return new Heard(
        answer.received(), answer.end(), answer.firstColumn(0), values(answer.values()));
  }

  static double[] values(HostTensor tensor) {
    var values = new double[tensor.shape().intSize()];
    for (int i = 0; i < values.length; i++) {
      values[i] = tensor.get(i);
    }
    return values;
  }

  static float[] part(float[] signal, int channels, long from, long end) {
    return Arrays.copyOfRange(signal, (int) from * channels, (int) end * channels);
  }
}
