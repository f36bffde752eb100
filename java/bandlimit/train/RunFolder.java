package bandlimit.train;

import bandlimit.config.TrainConfig;
import bandlimit.error.OutputException;
import bandlimit.store.AtomicFiles;
import bandlimit.store.Json;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/// The folder of one run: everything that is known about it, and enough to run it again.
///
/// `config.yaml` resolved, `config.source.yaml` as given, `env.json`, `train.log`, `events.jsonl`,
/// `summary.csv`, `checkpoints/{last,best,epoch-NNNN}/`, `tb/`, `shift.json`, `layers.json`,
/// `report.html`.
public record RunFolder(Path path) {
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

  /// Where a run of `config` goes: `OUTPUT/EXPERIMENT/NAME[-VARIANT]`, NAME being the time and the
  /// model unless given.
  public static Path place(
      TrainConfig config, Optional<String> name, Optional<String> variant, LocalDateTime now) {
    var base = name.orElseGet(() -> TIME.format(now) + "-" + config.model().name());
    return config
        .outputDir()
        .resolve(config.experiment())
        .resolve(base + variant.map(v -> "-" + v).orElse(""));
  }

  /// Makes the folder with its configs; one that exists already is never touched.
  public static RunFolder create(
      Path path, TrainConfig config, String source, Environment environment) {
    try {
      Files.createDirectories(path.toAbsolutePath().getParent());
      Files.createDirectory(path);
      Files.createDirectory(path.resolve("checkpoints"));
      Files.createDirectory(path.resolve("tb"));
    } catch (FileAlreadyExistsException e) {
      throw new OutputException(
          path.equals(Path.of(e.getFile()))
              ? path + " exists already; continue it with --resume, or name another run with --run"
              : e.getFile() + " is in the way: it is no folder; choose another output_dir",
          e);
    } catch (IOException e) {
      throw new OutputException(path + ": cannot make the run folder: " + AtomicFiles.reason(e), e);
    }
    AtomicFiles.write(path.resolve("config.yaml"), config.toYaml());
    AtomicFiles.write(path.resolve("config.source.yaml"), source);
    Json.write(path.resolve("env.json"), environment);
    return new RunFolder(path);
  }

  public Path file(String name) {
    return path.resolve(name);
  }

  public Path last() {
    return path.resolve("checkpoints").resolve("last");
  }

  public Path best() {
    return path.resolve("checkpoints").resolve("best");
  }

  /// The checkpoint at the end of `epoch`, counted from 1 in the name.
  public Path epoch(int epoch) {
    return path.resolve("checkpoints").resolve("epoch-%04d".formatted(epoch));
  }
}
