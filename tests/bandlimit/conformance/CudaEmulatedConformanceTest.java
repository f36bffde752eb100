package bandlimit.conformance;

import bandlimit.backend.cuda.CudaBackend;
import bandlimit.backend.cuda.Emulator;
import bandlimit.backend.reference.ReferenceBackend;
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
    table = new BackendTable(backend, new ReferenceBackend(), Tolerance.F32_EPSILON);
    bf16 = BackendTable.bf16(backend, new ReferenceBackend());
  }

  @TestFactory
  Stream<DynamicTest> everyRowAgreesWithTheReference() {
    return TableTests.of(table);
  }

  @TestFactory
  Stream<DynamicTest> everyBf16RowAgreesWithTheReference() {
    return TableTests.of(bf16);
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
