package bandlimit.conformance;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import bandlimit.backend.cpu.CpuBackend;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.error.DeviceException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// The cpu backend's other kernels, which a user meets on another processor or where `native/cpu`
/// was not built.
class CpuVariantsConformanceTest {
  private static final List<CpuBackend> OPEN = new ArrayList<>();

  @TestFactory
  Stream<DynamicNode> everyRowAgreesWithTheReference() {
    return Stream.of(CpuBackend.Kernels.AVX2, CpuBackend.Kernels.JAVA)
        .map(kernels -> DynamicContainer.dynamicContainer(kernels.name(), rows(kernels)));
  }

  private static Stream<DynamicTest> rows(CpuBackend.Kernels kernels) {
    CpuBackend backend;
    try {
      backend = new CpuBackend(CpuBackend.defaultThreads(), kernels);
    } catch (DeviceException e) {
      return Stream.of(DynamicTest.dynamicTest("none", () -> assumeTrue(false, e.getMessage())));
    }
    OPEN.add(backend);
    var table = new BackendTable(backend, new ReferenceBackend(), Tolerance.F32_EPSILON);
    return TableTests.of(table).onClose(() -> System.out.println(kernels + " " + table.table()));
  }

  @AfterAll
  static void close() {
    OPEN.forEach(CpuBackend::close);
  }
}
