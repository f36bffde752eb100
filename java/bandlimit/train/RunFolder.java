package bandlimit.train;

import bandlimit.config.TrainConfig;
import bandlimit.error.OutputException;
import bandlimit.store.AtomicFiles;
import bandlimit.store.Json;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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

  /// Keeps every other process from training into this folder until it is closed; a kill frees it.
  ///
  /// @throws OutputException if another process trains here
  Lock lock() {
    var file = file("config.yaml");
    try {
      var channel = FileChannel.open(file, StandardOpenOption.WRITE);
      if (isTaken(channel)) {
        channel.close();
        throw new OutputException(
            path + ": another process is training into this folder; wait for it, or stop it");
      }
      return new Lock(channel);
    } catch (IOException e) {
      throw new OutputException(file + ": cannot be opened: " + AtomicFiles.reason(e), e);
    }
  }

  /// A held lock.
  record Lock(FileChannel channel) implements AutoCloseable {
    @Override
    public void close() {
      try {
        channel.close();
      } catch (IOException e) {
        throw new OutputException("the lock of a run cannot be released: " + e, e);
      }
    }
  }

  private static boolean isTaken(FileChannel channel) {
    try {
      return channel.tryLock() == null;
    } catch (OverlappingFileLockException e) {
      return true; // by this process
    } catch (IOException e) {
      return false; // a file system without locks: nobody can hold one
    }
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
