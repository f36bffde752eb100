package bandlimit.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import bandlimit.backend.cpu.CpuBackend;
import bandlimit.backend.cuda.Emulator;
import bandlimit.backend.reference.ReferenceBackend;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/// Every case of every file in the directory `-Dbandlimit.golden`, on every machine.
class GoldenTest {
  private static final Path DIRECTORY =
      Path.of(System.getProperty("bandlimit.golden", "../shared/golden"));
  private static final List<Machine> MACHINES = machines();
  private static final List<GoldenFile> OPEN = new ArrayList<>();
  private static final Map<String, Count> COUNTS = new TreeMap<>();
  private static final Map<String, Integer> NOT_YET = new TreeMap<>();

  /// The emulated CUDA device with them, where it was built: the cases are small, and all of them
  /// take it some seconds.
  private static List<Machine> machines() {
    var machines = new ArrayList<Machine>();
    machines.add(new Machine(new ReferenceBackend(), true));
    machines.add(new Machine(new CpuBackend(), false));
    if (Emulator.isBuilt()) {
      machines.add(new Machine(Emulator.open(), false));
    }
    return machines;
  }

  private static final class Count {
    int cases;
    int passed;
    int notYet;
  }

  @TestFactory
  Stream<DynamicContainer> libtorchAgrees() {
    assumeTrue(
        Files.isDirectory(DIRECTORY),
        "no golden data at " + DIRECTORY + ": nothing is compared with libtorch");
    return Golden.files(DIRECTORY).stream().map(GoldenTest::file);
  }

  private static DynamicContainer file(Path path) {
    var file = GoldenFile.open(path);
    OPEN.add(file);
    var count = COUNTS.computeIfAbsent(file.name(), _ -> new Count());
    var cases = file.cases().stream().map(golden -> test(golden, count));
    var complete =
        dynamicTest(
            "every tensor belongs to a case",
            () -> {
              assertThat(file.unexplained()).isEmpty();
              assertThat(file.cases()).isNotEmpty();
            });
    return dynamicContainer(file.name(), Stream.<DynamicNode>concat(cases, Stream.of(complete)));
  }

  private static DynamicNode test(GoldenCase golden, Count count) {
    return dynamicTest(
        golden.name(),
        () -> {
          count.cases++;
          Optional<String> waiting = Golden.notYet(golden);
          if (waiting.isPresent()) {
            count.notYet++;
            NOT_YET.merge(waiting.get(), 1, Integer::sum);
            return;
          }
          assertThat(Golden.failures(golden, MACHINES)).as(golden.where()).isEmpty();
          count.passed++;
        });
  }

  @AfterAll
  static void summary() {
    COUNTS.forEach(
        (file, count) ->
            System.out.printf(
                "golden %s: %d cases, %d passed, %d not yet%n",
                file, count.cases, count.passed, count.notYet));
    System.out.println(
        "golden machines: "
            + MACHINES.stream().map(m -> m.backend().name()).collect(Collectors.joining(", ")));
    NOT_YET.forEach((op, cases) -> System.out.printf("golden not yet: %s, %d cases%n", op, cases));
    OPEN.forEach(GoldenFile::close);
    MACHINES.forEach(machine -> machine.backend().close());
  }
}
