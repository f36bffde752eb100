package bandlimit.conformance;

import bandlimit.backend.reference.ReferenceBackend;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// The definition against mathematics.
class ReferenceConformanceTest {
  private static final ReferenceTable TABLE = new ReferenceTable(new ReferenceBackend());

  @TestFactory
  Stream<DynamicTest> everyRowHolds() {
    return TableTests.of(TABLE.table(), TABLE::check);
  }

  @AfterAll
  static void summary() {
    System.out.println(TABLE.table());
  }
}
