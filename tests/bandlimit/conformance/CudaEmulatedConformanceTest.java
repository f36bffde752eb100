package bandlimit.conformance;

import bandlimit.backend.cuda.CudaBackend;
import bandlimit.backend.cuda.Emulator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// The cuda backend's kernels, emulated, against the definition.
class CudaEmulatedConformanceTest {
  private static CudaBackend backend;
  private static BackendTable table;

  @BeforeAll
  static void open() {
    backend = Emulator.open();
    table = new BackendTable(backend, Tolerance.F32_EPSILON);
  }

  @TestFactory
  Stream<DynamicTest> everyRowAgreesWithTheReference() {
    return table.table().tests(table::check);
  }

  @AfterAll
  static void summary() {
    if (backend != null) {
      System.out.println(table.table());
      backend.close();
    }
  }
}
