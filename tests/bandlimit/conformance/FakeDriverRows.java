package bandlimit.conformance;

import static java.util.Comparator.comparingLong;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import bandlimit.backend.Backend;
import bandlimit.backend.cuda.CudaBackend;
import bandlimit.backend.cuda.CudaOptions;
import bandlimit.error.DeviceException;
import bandlimit.plan.PlanOptions;
import bandlimit.plan.Planner;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.TensorType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Stream;

/// The program of `CudaFakeDriverTest`'s process: rows three times on the real device's code,
/// launch by launch and as a graph, against the emulated device. The kernels are the same, so the
/// bits must be.
///
/// One row of each kind: arguments are made for both devices by the same code, so another size
/// brings nothing new to this one, and all sizes take minutes.
final class FakeDriverRows implements AutoCloseable {
  private final Backend emulated;
  private final Backend direct = CudaBackend.open(CudaOptions.DEFAULT.withGraphs(false));
  private final Backend captured = CudaBackend.open(CudaOptions.DEFAULT);
  private final List<String> failures = new ArrayList<>();
  private int rows;
  private int without;

  private FakeDriverRows(Path library) {
    emulated = CudaBackend.emulated(library, CudaOptions.DEFAULT);
  }

  /// @param args the emulator's library
  public static void main(String[] args) {
    try (var table = new FakeDriverRows(Path.of(args[0]))) {
      var only = System.getProperty("bandlimit.rows", ".*");
      System.out.println(table.captured.describe());
      var rows =
          Stream.concat(Samples.all().stream(), Bf16Samples.rows().stream())
              .filter(sample -> sample.op().getClass().getSimpleName().matches(only));
      oneOfEachKind(table.emulated, rows).forEach(table::check);
      table.failures.stream().limit(10).forEach(System.out::println);
      System.out.printf(
          "fake driver: %d rows with kernels in different orders, %d differ, %d without a kernel%n",
          table.rows, table.failures.size(), table.without);
    }
  }

  /// Of the rows that run the same kernels in the same order one, of middling size.
  static List<Sample> oneOfEachKind(Backend on, Stream<Sample> rows) {
    return rows
        .collect(groupingBy(row -> kernels(on, row), LinkedHashMap::new, toList()))
        .values()
        .stream()
        .map(
            alike ->
                alike.stream()
                    .sorted(comparingLong(FakeDriverRows::size))
                    .toList()
                    .get(alike.size() / 2))
        .toList();
  }

  /// What a row's op and its gradients run; empty where the device cannot.
  private static List<String> kernels(Backend on, Sample sample) {
    try {
      var procedure = Case.of(sample, on, false, sample.hasGradient()).procedure();
      var plan = Planner.plan(List.of(procedure), on).plan(procedure.name());
      return Stream.concat(
              Stream.of(sample.op().getClass().getSimpleName()),
              plan.steps().stream().flatMap(step -> on.kernels(step).stream()))
          .toList();
    } catch (DeviceException e) {
      return List.of();
    }
  }

  private static long size(Sample sample) {
    return sample.in().stream().mapToLong(type -> type.shape().size()).sum();
  }

  private void check(Sample sample) {
    List<double[]> expected;
    try {
      expected = runs(emulated, sample);
    } catch (DeviceException e) {
      without++;
      return;
    }
    rows++;
    compare(sample, "launch by launch", expected, direct);
    compare(sample, "as a graph", expected, captured);
  }

  private void compare(Sample sample, String how, List<double[]> expected, Backend on) {
    try {
      var actual = runs(on, sample);
      for (int i = 0; i < expected.size(); i++) {
        if (!Arrays.equals(expected.get(i), actual.get(i))) { // NaN equals NaN
          failures.add("%s: %s: result %d differs".formatted(sample, how, i));
          return;
        }
      }
    } catch (RuntimeException e) {
      failures.add("%s: %s: %s".formatted(sample, how, e));
    }
  }

  /// The results of three runs, the second with other inputs: a graph must not have kept any. The
  /// first results are read only after the second inputs were written.
  static List<double[]> runs(Backend on, Sample sample) {
    var sampled = Case.of(sample, on, false, sample.hasGradient());
    List<double[]> results = new ArrayList<>();
    try (var harness = Harness.of(on, sampled.procedure(), PlanOptions.ALL)) {
      for (int run = 0; run < 3; run++) {
        BackendTable.write(harness, inputs(sample, run));
        harness.write("dy", cotangent(sample, sampled.y().type(), run)).run();
        BackendTable.write(harness, inputs(sample, run + 1));
        sampled.procedure().outputs().keySet().forEach(o -> results.add(harness.read(o)));
      }
    }
    return results;
  }

  private static List<HostTensor> inputs(Sample sample, int run) {
    return sample.inputs().stream().map(input -> turned(input, run)).toList();
  }

  private static HostTensor cotangent(Sample sample, TensorType type, int run) {
    return turned(BackendTable.cotangent(type, sample), run);
  }

  /// The same values in another order: as good for any op as those before.
  private static HostTensor turned(HostTensor values, int run) {
    var turned = HostTensor.allocate(values.type());
    long size = values.shape().size();
    for (long i = 0; i < size; i++) {
      turned.set(i, values.get((i + run % 2) % size));
    }
    return turned;
  }

  @Override
  public void close() {
    emulated.close();
    direct.close();
    captured.close();
  }
}
