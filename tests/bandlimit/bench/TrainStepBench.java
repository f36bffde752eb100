package bandlimit.bench;

import bandlimit.backend.Executable;
import bandlimit.backend.cpu.CpuBackend;
import bandlimit.config.Optimizer;
import bandlimit.data.Normalization;
import bandlimit.eval.Network;
import bandlimit.model.ModelSpec;
import bandlimit.model.Models;
import bandlimit.nn.Antialias;
import bandlimit.plan.Plan;
import bandlimit.plan.PlanOptions;
import bandlimit.plan.Planner;
import bandlimit.plan.Step;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import bandlimit.train.TrainGraph;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/// Images/s of a network's training step on the CPU, and where the time goes.
///
/// `TrainStepBench [model=resnet20] [batch=128] [steps=20] [threads=2] [fuse|nofuse] [each|ops]
/// [taps=0] [size=32]`
public final class TrainStepBench {
  private static final int WARM_UP = 8;

  private TrainStepBench() {}

  public static void main(String[] args) {
    String model = args.length > 0 ? args[0] : "resnet20";
    int batch = args.length > 1 ? Integer.parseInt(args[1]) : 128;
    int steps = args.length > 2 ? Integer.parseInt(args[2]) : 20;
    int threads = args.length > 3 ? Integer.parseInt(args[3]) : 2;
    boolean fuse = args.length <= 4 || !args[4].equals("nofuse");
    boolean each = args.length > 5 && args[5].equals("each");
    int taps = args.length > 6 ? Integer.parseInt(args[6]) : 0;
    int size = args.length > 7 ? Integer.parseInt(args[7]) : 32;
    var spec =
        ModelSpec.of(model, 10, Shape.of(size, size, 3))
            .withAntialias(taps == 0 ? Antialias.NONE : new Antialias.Lowpass(taps));
    var network =
        new Network(
            Models.create(spec),
            TensorType.of(DType.U8, size, size, 3),
            new Normalization(List.of(0.49, 0.48, 0.45), List.of(0.25, 0.24, 0.26)),
            List.of("a", "b", "c", "d", "e", "f", "g", "h", "i", "j"));
    var sgd = new Optimizer.Sgd(0.1, 0.9, false, 1e-4, false, Optional.empty());
    var graph = new TrainGraph(network, new TrainGraph.Options(batch, batch, 1, 0, sgd, false));
    try (var backend = new CpuBackend(threads)) {
      System.out.println(backend.describe() + ", " + model + ", batch " + batch);
      var options = fuse ? PlanOptions.ALL : PlanOptions.ALL.withoutFuse();
      long start = System.nanoTime();
      var program = Planner.plan(graph.procedures(), backend, options);
      try (var executable = backend.compile(program)) {
        print(
            "plan and compile %.0f ms, arena %.1f MiB%n",
            (System.nanoTime() - start) / 1e6, program.arenaBytes() / 1048576.0);
        var plan = program.plan(TrainGraph.TRAIN);
        fill(executable, plan);
        for (int i = 0; i < WARM_UP; i++) {
          executable.run(plan);
        }
        var millis = new double[steps];
        for (int i = 0; i < steps; i++) {
          long begin = System.nanoTime();
          executable.run(plan);
          millis[i] = (System.nanoTime() - begin) / 1e6;
        }
        Arrays.sort(millis);
        print(
            "step: median %.1f ms (%.0f images/s), best %.1f ms (%.0f images/s)%n",
            millis[steps / 2], batch * 1e3 / millis[steps / 2], millis[0], batch * 1e3 / millis[0]);
        profile(executable, plan, steps, threads, each);
      }
    }
  }

  private static void fill(Executable executable, Plan plan) {
    var random = new Random(1);
    executable
        .program()
        .states()
        .forEach(
            (path, slot) -> {
              var host = HostTensor.allocate(slot.type());
              double scale =
                  Math.sqrt(2.0 * slot.type().shape().at(0) / slot.type().shape().size());
              for (int i = 0; i < host.shape().size(); i++) {
                host.set(i, path.endsWith("weight") ? random.nextGaussian() * scale : 1);
              }
              executable.write(slot, host);
            });
    plan.inputs()
        .forEach(
            (name, slot) -> {
              var host = HostTensor.allocate(slot.type());
              for (int i = 0; i < host.shape().size(); i++) {
                host.set(
                    i,
                    switch (slot.type().dtype()) {
                      case U8 -> random.nextInt(256);
                      case I32 -> random.nextInt(10);
                      default -> 1e-6;
                    });
              }
              executable.write(slot, host);
            });
  }

  /// The best of all runs for each step, summed by op. On one thread it is processor time, which a
  /// busy machine disturbs least.
  private static void profile(
      Executable executable, Plan plan, int runs, int threads, boolean each) {
    Map<Step, Long> best = new IdentityHashMap<>();
    var clock = ManagementFactory.getThreadMXBean();
    for (int i = 0; i < runs; i++) {
      var last = new long[] {clock.getCurrentThreadCpuTime()};
      executable.run(
          plan,
          (step, nanos) -> {
            long now = clock.getCurrentThreadCpuTime();
            best.merge(step, threads == 1 ? now - last[0] : nanos, Math::min);
            last[0] = clock.getCurrentThreadCpuTime();
          });
    }
    Map<String, long[]> byOp = new TreeMap<>();
    best.forEach(
        (step, nanos) -> {
          var entry = byOp.computeIfAbsent(key(step, each), _ -> new long[2]);
          entry[0] += nanos;
          entry[1]++;
        });
    long total = byOp.values().stream().mapToLong(e -> e[0]).sum();
    var rows = new ArrayList<>(byOp.entrySet());
    rows.sort(Comparator.comparingLong(row -> -row.getValue()[0]));
    for (var row : rows.subList(0, Math.min(each ? 60 : 40, rows.size()))) {
      long[] entry = row.getValue();
      print(
          "%9.3f ms %5.1f%% %5d  %s%n",
          entry[0] / 1e6, 100.0 * entry[0] / total, entry[1], row.getKey());
    }
    print("%9.3f ms in all, each step at its best%n", total / 1e6);
  }

  private static String key(Step step, boolean each) {
    var op = step.op().getClass().getSimpleName();
    return each ? op + " " + step.output().type() + " " + step.in().getFirst().type() : op;
  }

  private static void print(String format, Object... arguments) {
    System.out.printf(Locale.ROOT, format, arguments);
  }
}
