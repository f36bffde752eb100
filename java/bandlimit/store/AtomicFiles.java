package bandlimit.store;

import bandlimit.error.OutputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Replacement of files and folders such that a crash, a kill or a full disk leaves the old content
/// or the new, never a mixture.
///
/// **Files**: written to `NAME.tmp` beside the target, fsynced, renamed over it.
///
/// **Folders** (rename cannot replace a folder that has content, so there are two renames):
/// 1. write into `NAME.tmp-PID`; fsync every file; write and fsync `DONE`; fsync the folder
/// 2. rename `NAME` to `NAME.old`
/// 3. rename `NAME.tmp-PID` to `NAME`; fsync the parent
/// 4. delete `NAME.old`, its `DONE` first
///
/// Between 2 and 3 there is no `NAME`; [#findComplete] then answers `NAME.old`. A folder without
/// `DONE` does not count, so at every instant exactly one complete folder is found: the old or the
/// new. One writer a name; parents must exist. Whatever fails is an [OutputException], and the
/// previous content is still there.
public final class AtomicFiles {
  /// The mark of a complete folder.
  public static final String DONE = "DONE";

  private AtomicFiles() {}

  /// Fills a file that is still invisible under its final name.
  @FunctionalInterface
  public interface FileBody {
    void write(FileChannel channel) throws IOException;
  }

  /// Fills a folder that is still invisible under its final name.
  @FunctionalInterface
  public interface FolderBody {
    void write(Path folder) throws IOException;
  }

  public static void write(Path file, FileBody body) {
    Path temporary = sibling(file, ".tmp");
    try {
      try (var channel =
          FileChannel.open(
              temporary,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING)) {
        body.write(channel);
        channel.force(true);
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      sync(parent(file));
    } catch (IOException e) {
      OutputException failure = failure(file, "cannot be written", e);
      deleteAfter(failure, temporary);
      throw failure;
    } catch (RuntimeException e) {
      deleteAfter(e, temporary);
      throw e;
    }
  }

  public static void write(Path file, byte[] bytes) {
    write(file, channel -> writeFully(channel, ByteBuffer.wrap(bytes)));
  }

  public static void write(Path file, String text) {
    write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  /// Makes or replaces `folder` by the protocol above; `body` gets the temporary folder.
  public static void writeFolder(Path folder, FolderBody body) {
    Path temporary = sibling(folder, ".tmp-" + ProcessHandle.current().pid());
    Path old = sibling(folder, ".old");
    try {
      deleteLeftovers(folder);
      Files.createDirectory(temporary);
      body.write(temporary);
      if (Files.exists(temporary.resolve(DONE))) {
        throw new IllegalArgumentException(DONE + " is written by AtomicFiles, not by its caller");
      }
      syncAll(temporary);
      write(temporary.resolve(DONE), "complete\n");
      swap(temporary, folder, old);
    } catch (IOException e) {
      OutputException failure = failure(folder, "cannot be written", e);
      deleteAfter(failure, temporary);
      throw failure;
    } catch (RuntimeException e) {
      deleteAfter(e, temporary);
      throw e;
    }
  }

  /// The complete folder that is known as `folder`: itself, or `NAME.old` where a crash left only
  /// that; empty when neither carries [#DONE].
  ///
  /// A reader beside a running writer should open all files it needs at once: the folder may be
  /// replaced at any time, files already open or mapped stay as they were.
  public static Optional<Path> findComplete(Path folder) {
    return Stream.of(folder, sibling(folder, ".old")).filter(AtomicFiles::isComplete).findFirst();
  }

  public static boolean isComplete(Path folder) {
    return Files.exists(folder.resolve(DONE));
  }

  /// Deletes a file, or a folder with all that is in it ([#DONE] first); nothing there is fine.
  public static void delete(Path path) {
    try {
      deleteTree(path);
    } catch (IOException e) {
      throw failure(path, "cannot be deleted", e);
    }
  }

  static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /// "PATH: WHAT: CAUSE", with the cause in words: a bare `NoSuchFileException` says only the path.
  static OutputException failure(Path path, String what, IOException cause) {
    return new OutputException(path + ": " + what + ": " + reason(cause), cause);
  }

  /// Why, in words and without a class's name where the cause has words.
  public static String reason(IOException cause) {
    if (cause instanceof FileSystemException e) {
      String kind = e.getClass().getSimpleName().replaceFirst("Exception$", "");
      String where = e.getFile() == null ? "" : " (" + e.getFile() + ")";
      return (e.getReason() == null
              ? kind.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(java.util.Locale.ROOT)
              : e.getReason())
          + where;
    }
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }

  private static void swap(Path temporary, Path folder, Path old) throws IOException {
    if (isComplete(folder)) {
      deleteTree(old);
      Files.move(folder, old, StandardCopyOption.ATOMIC_MOVE);
    } else {
      deleteTree(folder); // a wreck; `old` stays, it may be the only complete one
    }
    try {
      Files.move(temporary, folder, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      if (isComplete(old)) {
        Files.move(old, folder, StandardCopyOption.ATOMIC_MOVE);
      }
      throw e;
    }
    sync(parent(folder));
    deleteTree(old);
  }

  /// Temporary folders of earlier, killed processes.
  private static void deleteLeftovers(Path folder) throws IOException {
    String prefix = folder.getFileName() + ".tmp-";
    try (Stream<Path> siblings = Files.list(parent(folder))) {
      for (Path p : siblings.toList()) {
        if (p.getFileName().toString().startsWith(prefix)) {
          deleteTree(p);
        }
      }
    }
  }

  private static void deleteTree(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      Files.deleteIfExists(path.resolve(DONE)); // half a deletion must not look complete
    }
    List<Path> deepestFirst;
    try (Stream<Path> tree = Files.walk(path)) {
      deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path p : deepestFirst) {
      Files.deleteIfExists(p);
    }
  }

  /// Cleans up on the way out of a failure, which keeps the first place.
  private static void deleteAfter(RuntimeException failure, Path temporary) {
    try {
      deleteTree(temporary);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private static void syncAll(Path folder) throws IOException {
    try (Stream<Path> tree = Files.walk(folder)) {
      for (Path p : tree.toList()) {
        sync(p);
      }
    }
  }

  /// fsync of a file or folder, so that a power cut cannot undo what was said to be written.
  private static void sync(Path path) throws IOException {
    try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static Path sibling(Path path, String suffix) {
    return path.resolveSibling(path.getFileName() + suffix);
  }

  private static Path parent(Path path) {
    Path parent = path.toAbsolutePath().getParent();
    if (parent == null) {
      throw new IllegalArgumentException("the root folder cannot be replaced");
    }
    return parent;
  }
}
