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
  private static BackendTable bf16;

  @BeforeAll
  static void open() {
    backend = Emulator.open();
    table = new BackendTable(backend, Tolerance.F32_EPSILON);
    bf16 = BackendTable.bf16(backend);
  }

  @TestFactory
  Stream<DynamicTest> everyRowAgreesWithTheReference() {
    return table.table().tests(table::check);
  }

  @TestFactory
  Stream<DynamicTest> everyBf16RowAgreesWithTheReference() {
    return bf16.table().tests(bf16::check);
  }

  @AfterAll
  static void summary() {
    if (backend != null) {
      System.out.println(table.table());
      System.out.println(bf16.table());
      backend.close();
    }
  }
}
