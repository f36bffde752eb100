package bandlimit.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// A text file that grows by whole lines, each handed to the system in one write; a kill may leave
/// half a line at the end, which opening for append cuts off.
public final class LineFile implements AutoCloseable {
  private final Path file;
  private final FileChannel channel;

  private LineFile(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /// The lines of a file, and the half line that a kill left at its end.
  record Content(List<String> lines, Optional<String> half) {}

  /// Opens for append, makes the file if it is not there. `isWhole` judges a last line that lacks
  /// its newline: kept and ended, or cut off.
  public static LineFile open(Path file, Predicate<String> isWhole) {
    try {
      if (Files.exists(file)) {
        repair(file, isWhole);
      }
      return new LineFile(
          file, FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
    } catch (IOException e) {
      throw AtomicFiles.failure(file, "cannot be opened for append", e);
    }
  }

  private static void repair(Path file, Predicate<String> isWhole) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int end = wholeEnd(bytes);
    if (end == bytes.length) {
      return;
    }
    String half = new String(bytes, end, bytes.length - end, StandardCharsets.UTF_8);
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      if (isWhole.test(half)) {
        channel.position(bytes.length);
        AtomicFiles.writeFully(channel, ByteBuffer.wrap(new byte[] {'\n'}));
      } else {
        channel.truncate(end);
      }
    }
  }

  static Content read(Path file, Predicate<String> isWhole) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int end = wholeEnd(bytes);
    String half = new String(bytes, end, bytes.length - end, StandardCharsets.UTF_8);
    boolean whole = half.isEmpty() || isWhole.test(half);
    String text = new String(bytes, 0, whole ? bytes.length : end, StandardCharsets.UTF_8);
    return new Content(text.lines().toList(), whole ? Optional.empty() : Optional.of(half));
  }

  /// One past the last newline.
  private static int wholeEnd(byte[] bytes) {
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] != '\n') {
      end--;
    }
    return end;
  }

  public void append(String line) {
    if (line.indexOf('\n') >= 0 || line.indexOf('\r') >= 0) {
      throw new IllegalArgumentException(file + ": a line cannot hold a line break: " + line);
    }
    try {
      AtomicFiles.writeFully(
          channel, ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw AtomicFiles.failure(file, "cannot be appended to", e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw AtomicFiles.failure(file, "cannot be closed", e);
    }
  }
}
