package bandlimit.conformance;

import bandlimit.backend.cpu.CpuBackend;
import bandlimit.backend.reference.ReferenceBackend;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// The cpu backend against the definition.
class CpuConformanceTest {
  private static final CpuBackend BACKEND = new CpuBackend();
  private static final BackendTable TABLE =
      new BackendTable(BACKEND, new ReferenceBackend(), Tolerance.F32_EPSILON);

  @TestFactory
  Stream<DynamicTest> everyRowAgreesWithTheReference() {
    return TableTests.of(TABLE);
  }

  @AfterAll
  static void summary() {
    System.out.println(TABLE.table());
    BACKEND.close();
  }
}
