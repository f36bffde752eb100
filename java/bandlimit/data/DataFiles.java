package bandlimit.data;

import bandlimit.error.ConfigException;
import bandlimit.error.DataException;
import bandlimit.store.AtomicFiles;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;

/// Finding and reading the files of a data set; every failure names the file and what was expected.
final class DataFiles {
  private DataFiles() {}

  /// The folder of `spec`, `~` expanded. `wanted` says which files it must hold and how to get
  /// them.
  static Path root(DataSpec spec, String wanted) {
    String root =
        spec.root()
            .orElseThrow(
                () -> new ConfigException("data.root is missing: " + spec.name() + " " + wanted));
    Path path = expand(root);
    if (!Files.isDirectory(path)) {
      throw new DataException(
          "no folder " + path.toAbsolutePath() + " (data.root): " + spec.name() + " " + wanted);
    }
    return path;
  }

  static Path expand(String path) {
    if (path.equals("~") || path.startsWith("~/")) {
      return Path.of(System.getProperty("user.home"), path.substring(1));
    }
    return Path.of(path);
  }

  /// The first of `names` that is a file in `root` or one of its `subfolders`.
  static Path find(
      DataSpec spec, Path root, List<String> subfolders, List<String> names, String wanted) {
    for (String name : names) {
      if (Files.isRegularFile(root.resolve(name))) {
        return root.resolve(name);
      }
      for (String folder : subfolders) {
        if (Files.isRegularFile(root.resolve(folder).resolve(name))) {
          return root.resolve(folder).resolve(name);
        }
      }
    }
    throw new DataException(
        "%s: no file %s in %s%s; %s %s"
            .formatted(
                spec.name(),
                names.getFirst(),
                root.toAbsolutePath(),
                subfolders.isEmpty() ? "" : " or its " + String.join(", ", subfolders),
                spec.name(),
                wanted));
  }

  /// The file's bytes, mapped and so not on the heap.
  static MemorySegment map(Path file) {
    try (var channel = FileChannel.open(file)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /// The file's bytes, unpacked if its name ends in .gz.
  static byte[] read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return file.toString().endsWith(".gz")
          ? new GZIPInputStream(in, 1 << 16).readAllBytes()
          : in.readAllBytes();
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /// The lines of `root`/`name`, or `otherwise` where there is no such file.
  static List<String> lines(Path root, String name, List<String> otherwise) {
    Path file = root.resolve(name);
    if (!Files.isRegularFile(file)) {
      return otherwise;
    }
    try {
      return Files.readAllLines(file).stream()
          .map(String::strip)
          .filter(line -> !line.isEmpty())
          .toList();
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  static DataException unreadable(Path file, IOException cause) {
    return new DataException(
        "cannot read " + file.toAbsolutePath() + ": " + AtomicFiles.reason(cause), cause);
  }

  static int checkLabel(Path file, long record, int label, int classes) {
    if (label < 0 || label >= classes) {
      throw new DataException(
          "%s: record %d has label %d, but the %d classes are 0 to %d"
              .formatted(file.toAbsolutePath(), record, label, classes, classes - 1));
    }
    return label;
  }

  /// `limit`, where there is one, of `all`.
  static int limited(DataSpec spec, int all) {
    return Math.min(all, spec.limit().orElse(all));
  }

  /// Refuses `image_size` for a set whose files have a size of their own.
  static void refuseImageSize(DataSpec spec) {
    if (spec.imageSize().isPresent()) {
      throw new ConfigException(
          "data.image_size: "
              + spec.name()
              + " has the size of its files; leave the key out (only shapes and imagefolder take"
              + " it)");
    }
  }
}
