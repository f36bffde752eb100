package bandlimit.bench;

import bandlimit.backend.Backend;
import bandlimit.backend.Executable;
import bandlimit.graph.Graph;
import bandlimit.graph.op.Scale;
import bandlimit.plan.Plan;
import bandlimit.plan.Planner;
import bandlimit.plan.Procedure;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Times plans with cold caches, rewriting as much memory before each run as no cache holds; or
/// with warm ones.
final class Stopwatch implements AutoCloseable {
  private final Executable flush;
  private final Plan flushPlan;
  private final double seconds;

  /// @param flushBytes twice the last cache and more
  /// @param seconds for each plan
  Stopwatch(Backend backend, long flushBytes, double seconds) {
    var graph = new Graph();
    var type = TensorType.of(DType.F32, Math.toIntExact(flushBytes / Float.BYTES));
    var x = graph.input("x", type);
    var procedure =
        new Procedure("flush", graph, Map.of("y", graph.apply("y", new Scale(1), x)), List.of());
    flush = backend.compile(Planner.plan(List.of(procedure), backend));
    flushPlan = flush.program().plan("flush");
    this.seconds = seconds;
  }

  Timing cold(Executable executable, Plan plan) {
    return Timing.of(
        seconds,
        () -> {
          flush.run(flushPlan);
          return executable.time(plan);
        });
  }

  Timing warm(Executable executable, Plan plan) {
    return Timing.of(seconds, () -> executable.time(plan));
  }

  /// Random numbers everywhere: zeros are faster than life on some machines.
  static void fill(Executable executable, Plan plan) {
    var random = new Random(7);
    plan.inputs()
        .forEach(
            (name, slot) -> {
              var host = HostTensor.allocate(slot.type());
              long size = slot.type().shape().size();
              float[] pool = new float[4093]; // a prime: no two rows alike
              for (int i = 0; i < pool.length; i++) {
                pool[i] = (float) random.nextGaussian();
              }
              for (long i = 0; i < size; i++) {
                host.set(i, pool[(int) (i % pool.length)]);
              }
              executable.write(slot, host);
            });
  }

  @Override
  public void close() {
    flush.close();
  }
}
