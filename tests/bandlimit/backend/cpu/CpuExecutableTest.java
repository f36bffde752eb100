package bandlimit.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.error.ConfigException;
import bandlimit.error.DeviceException;
import bandlimit.graph.Graph;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.OneHot;
import bandlimit.graph.op.Over;
import bandlimit.plan.Planner;
import bandlimit.plan.Procedure;
import bandlimit.signal.Boundary;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// Memory, lifetime and refusals of a compiled program.
class CpuExecutableTest {
  private static final CpuBackend BACKEND = new CpuBackend(2);

  @AfterAll
  static void close() {
    BACKEND.close();
  }

  @Test
  void closedTwiceAndUsedNeverAgain() {
    var procedures = Programs.everyKernel();
    var program = Planner.plan(procedures, BACKEND);
    var executable = BACKEND.compile(program);
    var plan = program.plan("all");
    executable.close();
    executable.close();
    assertThatThrownBy(() -> executable.run(plan)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> executable.read(plan.output("sum")))
        .isInstanceOf(IllegalStateException.class);
  }

  /// Once the compiler is through with them, runs neither allocate nor touch new pages.
  @Test
  void runsSettleWithoutAllocationsAndPageFaults() throws IOException {
    var procedures = Programs.training("resnet20", 4);
    try (var backend = new CpuBackend(1);
        var executable = backend.compile(Planner.plan(procedures, backend))) {
      var plan = executable.program().plan("train");
      Programs.fill(executable, plan);
      var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
      long bytes = Long.MAX_VALUE;
      long faults = Long.MAX_VALUE;
      for (int i = 0; i < 100 && (bytes > 0 || faults > 0); i++) {
        long faultsBefore = pageFaults();
        long asked = pageFaults() - faultsBefore; // what asking costs
        long bytesBefore = threads.getCurrentThreadAllocatedBytes();
        for (int run = 0; run < 20; run++) {
          executable.run(plan);
        }
        bytes = threads.getCurrentThreadAllocatedBytes() - bytesBefore;
        faults = pageFaults() - faultsBefore - 2 * asked;
      }
      assertThat(bytes).isZero();
      assertThat(faults).isNotPositive();
    }
  }

  /// Packed weights of small maps are kept, until the host writes others.
  @Test
  void weightsThatChangeAreSeen() {
    var graph = new Graph();
    var x = graph.input("x", TensorType.f32(1, 1, 9, 32));
    var w = graph.state("w", TensorType.f32(32, 1, 3, 32));
    var geometry = new ConvGeometry(1, 1, 1, 1, 0, 0, 2, 0, 1, Boundary.ZERO);
    var y = graph.apply("y", new Conv2d(geometry), x, w);
    var procedure = new Procedure("run", graph, Map.of("y", y), List.of());
    try (var executable = BACKEND.compile(Planner.plan(List.of(procedure), BACKEND))) {
      var plan = executable.program().plan("run");
      executable.write(plan.input("x"), HostTensor.allocate(x.type()).fill(1));
      for (int factor : new int[] {0, 1, 1, 3}) {
        executable.write(
            executable.program().state("w"), HostTensor.allocate(w.type()).fill(factor));
        executable.run(plan);
        executable.run(plan);
        var values = executable.read(plan.output("y"));
        assertThat(values.get(0)).isEqualTo(factor * 32.0);
        assertThat(values.get(9 * 32 - 1)).isEqualTo(factor * 96.0);
      }
    }
  }

  /// What is packed with the weights is seen as well: here gamma, a factor of each channel.
  @Test
  void normalisationThatChangesIsSeen() {
    var graph = new Graph();
    var x = graph.input("x", TensorType.f32(1, 1, 3, 4));
    var w = graph.state("w", TensorType.f32(5, 1, 1, 4));
    var statistics = graph.state("statistics", TensorType.f32(2, 5));
    var gamma = graph.state("gamma", TensorType.f32(5));
    var beta = graph.state("beta", TensorType.f32(5));
    var conv = graph.apply("conv", new Conv2d(ConvGeometry.of(1, 0)), x, w);
    var norm = new Normalize(Over.BATCH, 0, false);
    var y = graph.apply("y", norm, conv, statistics, gamma, beta);
    var procedure = new Procedure("run", graph, Map.of("y", y), List.of());
    try (var executable = BACKEND.compile(Planner.plan(List.of(procedure), BACKEND))) {
      var plan = executable.program().plan("run");
      assertThat(plan.steps()).hasSize(1);
      executable.write(plan.input("x"), HostTensor.allocate(x.type()).fill(1));
      for (var state : List.of(w, statistics, beta)) {
        executable.write(
            executable.program().state(state.path()), HostTensor.allocate(state.type()).fill(1));
      }
      for (int factor : new int[] {2, 2, 5}) {
        executable.write(
            executable.program().state("gamma"), HostTensor.allocate(gamma.type()).fill(factor));
        executable.run(plan);
        executable.run(plan);
        assertThat(executable.read(plan.output("y")).get(14)).isEqualTo((4 - 1) * factor + 1.0);
      }
    }
  }

  /// A profile says whose kernels took the time.
  @Test
  void everyStepSaysWhatRunsIt() {
    try (var inJava = new CpuBackend(1, CpuBackend.Kernels.JAVA)) {
      var plan = Planner.plan(Programs.everyKernel(), inJava).plan("all");
      assertThat(plan.steps())
          .extracting(inJava::kernels)
          .allSatisfy(
              kernels ->
                  assertThat(kernels)
                      .singleElement()
                      .asString()
                      .matches("Java|oneDNN|oneDNN:[a-z0-9_:+]+"));
      assertThat(plan.steps()).extracting(inJava::kernels).contains(List.of("oneDNN"));
    }
  }

  /// Of this thread, without those that went to the disk.
  private static long pageFaults() throws IOException {
    var line = Files.readString(Path.of("/proc/thread-self/stat"));
    return Long.parseLong(line.substring(line.lastIndexOf(')')).split(" ")[8]);
  }

  /// Two programs of one backend take turns; scratch of one is not the other's.
  @Test
  void executablesOfOneBackendDoNotMeet() throws InterruptedException {
    var procedures = Programs.everyKernel();
    var expected = Programs.results(BACKEND, procedures, 1);
    var found = new java.util.concurrent.ConcurrentLinkedQueue<List<String>>();
    var threads =
        List.of(1, 2, 3).stream()
            .map(
                i ->
                    Thread.ofPlatform()
                        .start(
                            () ->
                                found.add(
                                    Programs.differences(
                                        expected, Programs.results(BACKEND, procedures, 2)))))
            .toList();
    for (var thread : threads) {
      thread.join();
    }
    assertThat(found).hasSize(3).allSatisfy(names -> assertThat(names).isEmpty());
  }

  @Test
  void agreesWithTheReferenceOnATrainingStep() {
    var procedures = Programs.training("smallcnn", 3);
    var mine = Programs.results(BACKEND, procedures, 1);
    var right = Programs.results(new ReferenceBackend(), procedures, 1);
    mine.forEach(
        (name, value) -> {
          double[] expected = java.util.Objects.requireNonNull(right.get(name)).toDoubles();
          double[] actual = value.toDoubles();
          double size = 1e-3;
          for (double e : expected) {
            size = Math.max(size, Math.abs(e));
          }
          for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).as(name).isCloseTo(expected[i], within(1e-4 * size));
          }
        });
  }

  @Test
  void convertsOnTheWayInAndOut() {
    var graph = new Graph();
    var x = graph.input("x", TensorType.f32(3));
    var y = graph.apply("y", new Add(), x, x);
    var procedure = new Procedure("p", graph, Map.of("y", y), List.of());
    try (var executable = BACKEND.compile(Planner.plan(List.of(procedure), BACKEND))) {
      var plan = executable.program().plan("p");
      executable.write(plan.input("x"), HostTensor.of(Shape.of(3), 1, 2, -3));
      executable.run(plan);
      var out = HostTensor.allocate(TensorType.of(DType.F64, 3));
      executable.read(plan.output("y"), out);
      assertThat(out.toDoubles()).containsExactly(2, 4, -6);
      assertThatThrownBy(
              () -> executable.write(plan.input("x"), HostTensor.of(Shape.of(2), 1f, 2f)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("(2)");
    }
  }

  /// A failing task reaches the caller from any thread, and the pool goes on.
  @Test
  void aLabelOutsideIsAnError() {
    var graph = new Graph();
    var labels = graph.input("labels", TensorType.of(DType.I32, 2));
    var y = graph.apply("y", new OneHot(3, 0, DType.F32), labels);
    var procedure = new Procedure("p", graph, Map.of("y", y), List.of());
    try (var executable = BACKEND.compile(Planner.plan(List.of(procedure), BACKEND))) {
      var plan = executable.program().plan("p");
      executable.write(plan.input("labels"), HostTensor.of(Shape.of(2), 1, 3));
      assertThatThrownBy(() -> executable.run(plan)).hasMessageContaining("label 3 of sample 1");
      executable.write(plan.input("labels"), HostTensor.of(Shape.of(2), 1, 2));
      executable.run(plan);
      assertThat(executable.read(plan.output("y")).toDoubles()).containsExactly(0, 1, 0, 0, 0, 1);
    }
  }

  @Test
  void refusesIntegersInArithmetic() {
    var graph = new Graph();
    var x = graph.input("x", TensorType.of(DType.I32, 3));
    var y = graph.apply("sum", new Add(), x, x);
    var procedure = new Procedure("p", graph, Map.of("y", y), List.of());
    var program = Planner.plan(List.of(procedure), BACKEND);
    assertThatThrownBy(() -> BACKEND.compile(program))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("sum: the cpu backend computes Add in f32 only");
  }

  @Test
  void needsAThread() {
    assertThatThrownBy(() -> new CpuBackend(0)).isInstanceOf(ConfigException.class);
  }
}
