package bandlimit.conformance;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/// A table as JUnit tests: one for each op, which fails with the rows that failed.
final class TableTests {
  private static final int SHOWN = 10;

  private TableTests() {}

  static Stream<DynamicTest> of(BackendTable table) {
    return of(table.table(), table::check);
  }

  static Stream<DynamicTest> of(Table table, Consumer<Sample> check) {
    return table.byOp().entrySet().stream()
        .map(
            entry -> dynamicTest(entry.getKey(), () -> fail(table.check(entry.getValue(), check))));
  }

  private static void fail(List<String> failed) {
    if (!failed.isEmpty()) {
      throw new AssertionError(
          failed.size()
              + " rows failed\n"
              + String.join("\n", failed.subList(0, Math.min(SHOWN, failed.size()))));
    }
  }
}
