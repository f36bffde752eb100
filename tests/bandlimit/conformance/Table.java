package bandlimit.conformance;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/// Counts the rows of one backend, and keeps the failures with everything one needs to find them.
final class Table {
  private static final int SHOWN = 10;

  /// `-Dbandlimit.rows=Conv2d.*` runs the rows of some ops only, while a kernel is being written.
  private static final String ONLY = System.getProperty("bandlimit.rows", ".*");

  private final String backend;
  private final List<Sample> samples;
  private final List<String> failures = new ArrayList<>();
  private int rows;

  /// Of the float32 rows.
  Table(String backend) {
    this(backend, Samples.all());
  }

  Table(String backend, List<Sample> samples) {
    this.backend = backend;
    this.samples = samples;
  }

  /// One row: passed if `problem` is empty.
  void row(Sample sample, String what, Optional<String> problem) {
    rows++;
    problem.ifPresent(text -> failures.add(sample + ": " + what + ": " + text));
  }

  List<String> failures() {
    return failures;
  }

  int rows() {
    return rows;
  }

  /// A test for each op, which runs `check` on its samples and fails with the rows that failed.
  Stream<DynamicTest> tests(Consumer<Sample> check) {
    Map<String, List<Sample>> byOp = new LinkedHashMap<>();
    for (Sample sample : samples) {
      if (!sample.op().getClass().getSimpleName().matches(ONLY)) {
        continue;
      }
      byOp.computeIfAbsent(sample.op().getClass().getSimpleName(), _ -> new ArrayList<>())
          .add(sample);
    }
    return byOp.entrySet().stream()
        .map(
            entry ->
                dynamicTest(
                    entry.getKey(),
                    () -> {
                      int before = failures.size();
                      entry.getValue().forEach(sample -> guarded(sample, check));
                      fail(failures.subList(before, failures.size()));
                    }));
  }

  /// A row that throws is a row that failed; the rest of the table still runs.
  private void guarded(Sample sample, Consumer<Sample> check) {
    try {
      check.accept(sample);
    } catch (RuntimeException e) {
      row(sample, "does not run", Optional.of(e.toString()));
    }
  }

  private static void fail(List<String> failed) {
    if (!failed.isEmpty()) {
      throw new AssertionError(
          failed.size()
              + " rows failed\n"
              + String.join("\n", failed.subList(0, Math.min(SHOWN, failed.size()))));
    }
  }

  @Override
  public String toString() {
    return "conformance %s: %d rows, %d passed, 0 skipped"
        .formatted(backend, rows, rows - failures.size());
  }
}
