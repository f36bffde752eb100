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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Times plans with cold caches: before each run as much memory is rewritten as no cache holds.
final class Stopwatch implements AutoCloseable {
  /// @param median milliseconds, as are `fastest` and `slowest`
  record Time(double median, double fastest, double slowest, int runs) {}

  private final Executable flush;
  private final Plan flushPlan;
  private final double budget;

  /// @param flushBytes twice the last cache and more
  /// @param budget seconds a case may take once it is warm
  Stopwatch(Backend backend, long flushBytes, double budget) {
    var graph = new Graph();
    var type = TensorType.of(DType.F32, Math.toIntExact(flushBytes / Float.BYTES));
    var x = graph.input("x", type);
    var procedure =
        new Procedure("flush", graph, Map.of("y", graph.apply("y", new Scale(1), x)), List.of());
    flush = backend.compile(Planner.plan(List.of(procedure), backend));
    flushPlan = flush.program().plan("flush");
    this.budget = budget;
  }

  Time time(Executable executable, Plan plan) {
    executable.time(plan); // compiles, captures, faults pages in
    executable.time(plan);
    var millis = new double[200];
    int runs = 0;
    long start = System.nanoTime();
    while (runs < millis.length && (runs < 5 || System.nanoTime() - start < budget * 1e9)) {
      flush.run(flushPlan);
      millis[runs++] = executable.time(plan) / 1e6;
    }
    var sorted = Arrays.copyOf(millis, runs);
    Arrays.sort(sorted);
    return new Time(sorted[runs / 2], sorted[0], sorted[runs - 1], runs);
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
