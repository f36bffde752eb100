package bandlimit.conformance;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// Counts the rows of one backend, and keeps the failures with everything one needs to find them.
public final class Table {
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

  public List<String> failures() {
    return failures;
  }

  public int rows() {
    return rows;
  }

  /// The rows of each op, in the table's order.
  public Map<String, List<Sample>> byOp() {
    Map<String, List<Sample>> byOp = new LinkedHashMap<>();
    for (Sample sample : samples) {
      var op = sample.op().getClass().getSimpleName();
      if (op.matches(ONLY)) {
        byOp.computeIfAbsent(op, _ -> new ArrayList<>()).add(sample);
      }
    }
    return byOp;
  }

  /// Runs `check` on these samples; the rows that failed.
  public List<String> check(List<Sample> rows, Consumer<Sample> check) {
    int before = failures.size();
    rows.forEach(sample -> guarded(sample, check));
    return List.copyOf(failures.subList(before, failures.size()));
  }

  /// A row that throws is a row that failed; the rest of the table still runs.
  private void guarded(Sample sample, Consumer<Sample> check) {
    try {
      check.accept(sample);
    } catch (RuntimeException e) {
      row(sample, "does not run", Optional.of(e.toString()));
    }
  }

  @Override
  public String toString() {
    return "conformance %s: %d rows, %d passed, 0 skipped"
        .formatted(backend, rows, rows - failures.size());
  }
}
