package bandlimit.conformance;

import bandlimit.backend.Backend;
import bandlimit.bench.KernelCase;
import bandlimit.bench.KernelCases;
import bandlimit.config.TrainConfig.Precision;
import bandlimit.plan.PlanOptions;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Everything that can be said of a machine by running it: the table, laws that hold to the bit,
/// and the fast kernels against the plain ones at sizes that the reference would never finish.
public final class Suite {
  /// A part of the suite and how it went.
  ///
  /// @param failures each with everything one needs to find it
  public record Section(String name, int rows, List<String> failures, double seconds) {
    public Section {
      failures = List.copyOf(failures);
    }

    /// Runs `check` and takes the time.
    public static Section timed(String name, Check check) {
      long start = System.nanoTime();
      var failures = new ArrayList<String>();
      int rows = check.run(failures);
      return new Section(name, rows, failures, (System.nanoTime() - start) / 1e9);
    }
  }

  /// Adds what failed, and returns how many rows were run.
  @FunctionalInterface
  public interface Check {
    int run(List<String> failures);
  }

  /// How one machine can be opened.
  ///
  /// @param usual as training opens it
  /// @param others the same machine with one choice made otherwise, by what that choice is; its
  ///   results must be the usual ones, to the bit or to rounding
  public record Subject(Supplier<Backend> usual, List<Other> others) {
    public Subject {
      others = List.copyOf(others);
    }
  }

  /// @param exact whether its results are the usual ones to the bit
  public record Other(String name, Supplier<Backend> backend, boolean exact) {}

  private static final int STEPS = 3;

  private final Subject subject;
  private final Backend reference;
  private final Consumer<Section> sink;

  /// `sink` hears of each section as it ends.
  public Suite(Subject subject, Backend reference, Consumer<Section> sink) {
    this.subject = subject;
    this.reference = reference;
    this.sink = sink;
  }

  /// @param largeBatch samples in the large maps; 0 leaves them out
  public List<Section> run(int largeBatch) {
    var sections = new ArrayList<Section>();
    try (var usual = subject.usual().get()) {
      table(sections, "table f32", new BackendTable(usual, reference, Tolerance.F32_EPSILON));
      if (usual.hasBf16()) {
        table(sections, "table bf16", BackendTable.bf16(usual, reference));
      }
      for (var other : subject.others()) {
        try (var backend = other.backend().get()) {
          if (!other.exact()) {
            var name = "table f32, " + other.name();
            table(sections, name, new BackendTable(backend, reference, Tolerance.F32_EPSILON));
          }
        }
      }
      training(sections, usual, Precision.FP32);
      if (usual.hasBf16()) {
        training(sections, usual, Precision.BF16_MIXED);
      }
      streams(sections, usual);
      if (largeBatch > 0) {
        large(sections, usual, largeBatch);
      }
    }
    return sections;
  }

  private void table(List<Section> sections, String name, BackendTable table) {
    timed(
        sections,
        name,
        failures -> {
          table.table().byOp().values().forEach(rows -> table.table().check(rows, table::check));
          failures.addAll(table.table().failures());
          return table.table().rows();
        });
  }

  /// Some steps of a small training: again, on the machine opened otherwise, without fused steps,
  /// and on the reference.
  private void training(List<Section> sections, Backend usual, Precision precision) {
    boolean exact = precision == Precision.FP32;
    double rounding = exact ? 1e-4 : 0.1; // a step rounds some forty times to 8 bits
    timed(
        sections,
        exact ? "training" : "training " + precision.word(),
        failures -> {
          var training = new SmallTraining(precision);
          var first = train(training, usual);
          int rows = compare(failures, "training, run again", first, train(training, usual), 0);
          for (var other : subject.others()) {
            try (var backend = other.backend().get()) {
              double tolerance = other.exact() ? 0 : rounding;
              rows +=
                  compare(
                      failures,
                      "training, " + other.name(),
                      first,
                      train(training, backend),
                      tolerance);
            }
          }
          var unfused = training.train(usual, PlanOptions.ALL.withoutFuse(), STEPS);
          rows += compare(failures, "training, without fused steps", first, unfused, rounding);
          var right = train(new SmallTraining(), reference);
          double most = exact ? 1e-3 : rounding;
          return rows + compare(failures, "training, against the reference", right, first, most);
        });
  }

  /// A small network on live signals: beside one pass over them, in two sessions, on the machine
  /// opened otherwise, and on the reference.
  private void streams(List<Section> sections, Backend usual) {
    timed(
        sections,
        "streams",
        failures -> {
          double difference = SmallStream.fromOnePass(usual);
          if (!(difference <= 1e-6)) {
            failures.add(
                "streams: columns differ from those of one pass by %.3g of the largest"
                    .formatted(difference));
          }
          var answers = Map.of("the answers", SmallStream.answers(usual));
          var two = Map.of("the answers", SmallStream.answersOfTwo(usual));
          int rows = 1 + compare(failures, "streams, by a snapshot", answers, two, 0);
          for (var other : subject.others()) {
            try (var backend = other.backend().get()) {
              var got = Map.of("the answers", SmallStream.answers(backend));
              double tolerance = other.exact() ? 0 : 1e-5;
              rows += compare(failures, "streams, " + other.name(), answers, got, tolerance);
            }
          }
          var right = Map.of("the answers", SmallStream.answers(reference));
          return rows + compare(failures, "streams, against the reference", right, answers, 1e-5);
        });
  }

  private static Map<String, double[]> train(SmallTraining training, Backend backend) {
    return training.train(backend, PlanOptions.ALL, STEPS);
  }

  private static int compare(
      List<String> failures,
      String what,
      Map<String, double[]> expected,
      Map<String, double[]> actual,
      double tolerance) {
    expected.forEach(
        (name, values) -> {
          double[] got = Objects.requireNonNull(actual.get(name), name);
          double allowed = tolerance * Math.max(1, Compare.max(values));
          for (int i = 0; i < values.length; i++) {
            boolean equal = Double.compare(values[i], got[i]) == 0;
            if (!equal && !(Math.abs(values[i] - got[i]) <= allowed)) {
              failures.add(
                  "%s: element %d of %s is %.9g, not %.9g"
                      .formatted(what, i, name, got[i], values[i]));
              return;
            }
          }
        });
    return expected.size();
  }

  /// The machine's usual kernels against each way of computing otherwise, where both are fast
  /// enough.
  private void large(List<Section> sections, Backend usual, int batch) {
    var types = usual.hasBf16() ? List.of(DType.F32, DType.BF16) : List.of(DType.F32);
    for (var other : subject.others()) {
      if (other.exact()) {
        continue;
      }
      try (var backend = other.backend().get()) {
        for (var type : types) {
          timed(
              sections,
              "large %s, %s"
                  .formatted(type.name().toLowerCase(java.util.Locale.ROOT), other.name()),
              failures -> large(failures, usual, backend, KernelCases.of(type, batch, false)));
        }
      }
    }
  }

  private static int large(
      List<String> failures, Backend usual, Backend other, List<KernelCase> cases) {
    int rows = 0;
    for (var sample : cases) {
      try {
        var expected = outputs(other, sample);
        var actual = outputs(usual, sample);
        // products of two machines differ by the order of their sums: sqrt(terms) epsilons each
        double epsilon = sample.dtype() == DType.BF16 ? 0x1p-7 : 0x1p-15;
        for (var output : expected.entrySet()) {
          rows++;
          double[] values = output.getValue();
          double allowed = epsilon * Compare.max(values);
          Compare.difference(
                  bandlimit.tensor.Shape.of(values.length),
                  values,
                  Objects.requireNonNull(actual.get(output.getKey())),
                  allowed)
              .ifPresent(
                  problem ->
                      failures.add(
                          "%s %s %s: %s: %s"
                              .formatted(
                                  sample.name(),
                                  sample.direction(),
                                  sample.dims(),
                                  output.getKey(),
                                  problem)));
        }
      } catch (RuntimeException e) {
        rows++;
        failures.add("%s %s: does not run: %s".formatted(sample.name(), sample.dims(), e));
      }
    }
    return rows;
  }

  private static Map<String, double[]> outputs(Backend backend, KernelCase sample) {
    var procedure = sample.procedure();
    try (var harness = Harness.of(backend, procedure)) {
      for (var input : harness.plan().inputs().entrySet()) {
        var host = HostTensor.allocate(input.getValue().type());
        var random = new Random(input.getKey().hashCode());
        for (long i = 0; i < host.shape().size(); i++) {
          host.set(i, random.nextGaussian());
        }
        harness.write(input.getKey(), host);
      }
      procedure.outputs().keySet().forEach(harness::poison);
      harness.run();
      Map<String, double[]> values = new java.util.LinkedHashMap<>();
      procedure.outputs().keySet().forEach(output -> values.put(output, harness.read(output)));
      return values;
    }
  }

  private void timed(List<Section> sections, String name, Check check) {
    var section = Section.timed(name, check);
    sections.add(section);
    sink.accept(section);
  }

  /// All failures of these sections.
  public static List<String> failures(List<Section> sections) {
    return sections.stream().flatMap(s -> s.failures().stream()).toList();
  }

  /// The rows that were run, over all sections.
  public static int rows(List<Section> sections) {
    return Arrays.stream(sections.stream().mapToInt(Section::rows).toArray()).sum();
  }
}
