package bandlimit.cli;

import bandlimit.error.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `bandlimit report`: runs side by side on one HTML page.
@Command(
    name = "report",
    description = "Writes one self-contained HTML page about run folders.",
    mixinStandardHelpOptions = true)
final class Report implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "RUN",
      description =
          "Run folders; the others are compared with the first. A folder of run folders stands for"
              + " all in it, oldest first.")
  private List<Path> runs = List.of();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description =
          "Where to write. The default is report.html in the run folder, or for several in the"
              + " folder that holds them all.")
  private Optional<Path> output = Optional.empty();

  @Override
  public Integer call() {
    var folders = new ArrayList<Path>();
    runs.forEach(run -> folders.addAll(expand(run)));
    Path file = output.orElseGet(() -> place(folders));
    bandlimit.report.Report.write(folders, file);
    spec.commandLine().getOut().println(file);
    return 0;
  }

  private static List<Path> expand(Path folder) {
    if (Files.exists(folder.resolve("config.yaml")) || !Files.isDirectory(folder)) {
      return List.of(folder);
    }
    try (var entries = Files.list(folder)) {
      var inside =
          entries
              .filter(entry -> Files.exists(entry.resolve("config.yaml")))
              .sorted(Comparator.comparing(Report::made).thenComparing(Path::toString))
              .toList();
      return inside.isEmpty() ? List.of(folder) : inside; // the report says what is wrong with it
    } catch (IOException e) {
      throw new DataException(folder + ": cannot be listed: " + e.getMessage(), e);
    }
  }

  private static long made(Path run) {
    try {
      return Files.getLastModifiedTime(run.resolve("config.yaml")).toMillis();
    } catch (IOException e) {
      throw new DataException(run + ": config.yaml cannot be read: " + e.getMessage(), e);
    }
  }

  private static Path place(List<Path> folders) {
    if (folders.size() == 1) {
      return folders.getFirst().resolve("report.html");
    }
    Set<Optional<Path>> parents = new HashSet<>();
    for (Path folder : folders) {
      parents.add(Optional.ofNullable(folder.toAbsolutePath().normalize().getParent()));
    }
    Optional<Path> shared = parents.size() == 1 ? parents.iterator().next() : Optional.empty();
    return shared.orElse(Path.of("")).resolve("report.html");
  }
}
