package bandlimit.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What ptxas said of every kernel while the images were made, against `kernels/budget.csv`.
///
/// Registers decide how many blocks share a multiprocessor, so one more can halve a kernel's speed
/// without a test noticing; spills and local memory mean a variant that should not exist.
class KernelBudgetTest {
  private static final Path USAGE = Path.of("target/native/images/usage.csv");
  private static final Path IMAGES = Path.of("target/native/images/images.properties");
  private static final Path BUDGET = Path.of("kernels/budget.csv");
  private static final String UPDATE =
      " - if that is meant, `native/build --budget` writes kernels/budget.csv anew";

  private static List<Usage> used = List.of();

  private record Usage(String kernel, String architecture, int registers, int shared, int local) {
    static Usage of(String line) {
      var cells = line.split(",", -1);
      int local =
          0; // stack frame and spilled bytes, which the budget does not have: none are allowed
      for (int i = 4; i < cells.length; i++) {
        local += Integer.parseInt(cells[i]);
      }
      return new Usage(
          cells[0], cells[1], Integer.parseInt(cells[2]), Integer.parseInt(cells[3]), local);
    }

    String key() {
      return kernel + " for " + architecture;
    }
  }

  @BeforeAll
  static void images() throws IOException {
    assumeTrue(
        Files.exists(USAGE), "no nvcc when the project was built: what kernels use is not known");
    used = rows(USAGE);
  }

  private static List<Usage> rows(Path file) throws IOException {
    return Files.readAllLines(file).stream()
        .filter(line -> !line.startsWith("#") && !line.startsWith("kernel,"))
        .map(Usage::of)
        .toList();
  }

  @Test
  void noKernelSpillsOrUsesLocalMemory() {
    assertThat(used).isNotEmpty();
    assertThat(used.stream().filter(u -> u.local() > 0).map(Usage::toString).toList())
        .as("kernels with a stack frame or spilled registers: fewer values at once, or no variant")
        .isEmpty();
  }

  @Test
  void noKernelOutgrowsItsBudget() throws IOException {
    var compiler = Files.readString(IMAGES).lines().filter(l -> l.startsWith("nvcc=")).findFirst();
    var nvcc = compiler.orElse("nvcc=unknown").substring("nvcc=".length());
    assumeTrue(
        Files.readString(BUDGET).contains("by nvcc " + nvcc + ";"),
        () -> "kernels/budget.csv is of another nvcc than " + nvcc + ": not compared");
    Map<String, Usage> budget = new TreeMap<>();
    rows(BUDGET).forEach(row -> budget.put(row.key(), row));
    var architectures = budget.values().stream().map(Usage::architecture).distinct().toList();
    var faults = new ArrayList<String>();
    for (var now : used) {
      var allowed = budget.remove(now.key());
      if (!architectures.contains(now.architecture())) {
        continue; // of a build for more GPUs than the budget is kept for
      }
      if (allowed == null) {
        faults.add(now.key() + " has no row" + UPDATE);
      } else if (now.registers() > allowed.registers() || now.shared() > allowed.shared()) {
        faults.add(
            "%s uses %d registers and %d bytes of shared memory, allowed are %d and %d%s"
                .formatted(
                    now.key(),
                    now.registers(),
                    now.shared(),
                    allowed.registers(),
                    allowed.shared(),
                    UPDATE));
      }
    }
    var compiled = used.stream().map(Usage::architecture).distinct().toList();
    budget.values().stream()
        .filter(row -> compiled.contains(row.architecture()))
        .forEach(row -> faults.add(row.key() + " has a row but is no kernel" + UPDATE));
    assertThat(faults).as("kernels against kernels/budget.csv").isEmpty();
  }
}
