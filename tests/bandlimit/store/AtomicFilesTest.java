package bandlimit.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import bandlimit.error.OutputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFilesTest {
  @TempDir private Path folder;

  @Test
  void aFileIsReplacedAndNothingElseIsLeft() throws Exception {
    Path file = folder.resolve("a.json");
    AtomicFiles.write(file, "old");
    AtomicFiles.write(file, "new");
    assertThat(file).hasContent("new");
    assertThat(names(folder)).containsExactly("a.json");
  }

  @Test
  void aFailingBodyLeavesTheOldFileAlone() throws Exception {
    Path file = folder.resolve("a.json");
    AtomicFiles.write(file, "old");
    assertThatThrownBy(() -> AtomicFiles.write(file, channel -> fail(channel, "disk on fire")))
        .isInstanceOf(OutputException.class)
        .hasMessage(file + ": cannot be written: disk on fire");
    assertThatThrownBy(() -> AtomicFiles.write(file, _ -> unexpected()))
        .isInstanceOf(IllegalStateException.class);
    assertThat(file).hasContent("old");
    assertThat(names(folder)).containsExactly("a.json");
  }

  @Test
  void aFolderIsReplacedWhole() throws Exception {
    Path last = folder.resolve("last");
    AtomicFiles.writeFolder(last, f -> Files.writeString(f.resolve("only-old"), "1"));
    AtomicFiles.writeFolder(
        last,
        f -> {
          Files.createDirectory(f.resolve("inner"));
          Files.writeString(f.resolve("inner/new"), "2");
        });
    assertThat(AtomicFiles.findComplete(last)).contains(last);
    assertThat(names(last)).containsExactly(AtomicFiles.DONE, "inner");
    assertThat(names(folder)).containsExactly("last");
    AtomicFiles.delete(last);
    assertThat(AtomicFiles.findComplete(last)).isEmpty();
    assertThat(names(folder)).isEmpty();
  }

  @Test
  void aFailingFolderLeavesTheOldOneAlone() throws Exception {
    Path last = folder.resolve("last");
    AtomicFiles.writeFolder(last, f -> Files.writeString(f.resolve("x"), "old"));
    assertThatThrownBy(
            () ->
                AtomicFiles.writeFolder(
                    last,
                    f -> {
                      Files.writeString(f.resolve("x"), "new");
                      throw new IOException("disk on fire");
                    }))
        .isInstanceOf(OutputException.class)
        .hasMessage(last + ": cannot be written: disk on fire");
    assertThat(last.resolve("x")).hasContent("old");
    assertThat(names(folder)).containsExactly("last");
  }

  /// The states that a kill can leave behind, each made by hand; the class comment numbers them.
  @Test
  void everyInterruptedStateIsReadAndRepaired() throws Exception {
    Path last = folder.resolve("last");
    Path old = folder.resolve("last.old");

    plant(folder.resolve("last.tmp-1"), "half", false); // killed in step 1, the first checkpoint
    assertThat(AtomicFiles.findComplete(last)).isEmpty();
    next(last);

    plant(folder.resolve("last.tmp-1"), "newer", true); // killed before step 2
    assertThat(AtomicFiles.findComplete(last)).contains(last);
    next(last);

    Files.move(last, old); // killed between 2 and 3
    plant(folder.resolve("last.tmp-1"), "newer", true);
    assertThat(AtomicFiles.findComplete(last)).contains(old);
    next(last);

    plant(old, "older", true); // killed between 3 and 4
    assertThat(AtomicFiles.findComplete(last)).contains(last);
    next(last);

    plant(old, "older", false); // killed in step 4
    assertThat(AtomicFiles.findComplete(last)).contains(last);
    next(last);

    Files.delete(last.resolve(AtomicFiles.DONE)); // a wreck beside the good old one
    plant(old, "older", true);
    assertThat(AtomicFiles.findComplete(last)).contains(old);
    next(last);
  }

  private void next(Path last) throws IOException {
    AtomicFiles.writeFolder(last, f -> Files.writeString(f.resolve("x"), "next"));
    assertThat(AtomicFiles.findComplete(last)).contains(last);
    assertThat(last.resolve("x")).hasContent("next");
    assertThat(names(folder)).containsExactly("last");
  }

  private static void plant(Path at, String content, boolean done) throws IOException {
    Files.createDirectory(at);
    Files.writeString(at.resolve("x"), content);
    if (done) {
      Files.writeString(at.resolve(AtomicFiles.DONE), "complete\n");
    }
  }

  /// A writer in another process is killed at random moments; what is found is always whole, and
  /// never older than what was found before.
  @Test
  void killedWritersLeaveAWholeFolder() throws Exception {
    Path last = folder.resolve("last");
    var random = new Random(7);
    int newest = 0;
    for (int kill = 0; kill < 8; kill++) {
      Process writer =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  root(AtomicFiles.class) + java.io.File.pathSeparator + root(getClass()),
                  AtomicFilesWriter.class.getName(),
                  last.toString(),
                  String.valueOf(newest))
              .redirectErrorStream(true)
              .start();
      assertThat(writer.inputReader().readLine()).isEqualTo("writing");
      TimeUnit.MILLISECONDS.sleep(random.nextInt(60));
      writer.destroyForcibly().waitFor();
      Path found = AtomicFiles.findComplete(last).orElseThrow();
      int first = Integer.parseInt(Files.readString(found.resolve("a")));
      int second = Integer.parseInt(Files.readString(found.resolve("b")));
      assertThat(first).isEqualTo(second).isGreaterThanOrEqualTo(newest);
      newest = first;
    }
    assertThat(newest).as("the writers got somewhere").isGreaterThan(8);
  }

  /// Where a class was loaded from; `java.class.path` names only the test launcher.
  private static String root(Class<?> type) throws Exception {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
  }

  @Test
  void aPathUnderAFileIsRefused() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "x");
    assertThatThrownBy(() -> AtomicFiles.write(file.resolve("a"), "x"))
        .isInstanceOf(OutputException.class)
        .hasMessageContaining("file/a: cannot be written: Not a directory");
    assertThatThrownBy(() -> AtomicFiles.writeFolder(file.resolve("last"), _ -> {}))
        .isInstanceOf(OutputException.class)
        .hasMessageContaining("file/last: cannot be written: ");
    assertThat(file).hasContent("x");
  }

  @Test
  void anUnwritableFolderIsRefused() {
    assumeTrue(Files.isDirectory(Path.of("/proc/self")), "no /proc here");
    assertThatThrownBy(() -> AtomicFiles.write(Path.of("/proc/self/a"), "x"))
        .isInstanceOf(OutputException.class)
        .hasMessageContaining("/proc/self/a: cannot be written: ");
  }

  @Test
  void aFullDiskKeepsThePreviousContent() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk.toString()),
        "this user may not mount a small tmpfs: the full disk is not tested");
    try {
      Path last = disk.resolve("last");
      AtomicFiles.writeFolder(last, f -> Files.write(f.resolve("x"), new byte[20_000]));
      assertThatThrownBy(
              () ->
                  AtomicFiles.writeFolder(
                      last, f -> AtomicFiles.write(f.resolve("x"), new byte[80_000])))
          .isInstanceOf(OutputException.class)
          .hasMessageContaining("last")
          .hasMessageContaining("No space left on device");
      assertThat(AtomicFiles.findComplete(last)).contains(last);
      assertThat(last.resolve("x")).hasSize(20_000);
      assertThat(names(disk)).containsExactly("last");

      AtomicFiles.write(disk.resolve("f"), "old");
      assertThatThrownBy(() -> AtomicFiles.write(disk.resolve("f"), new byte[80_000]))
          .isInstanceOf(OutputException.class)
          .hasMessageContaining("f: cannot be written: No space left on device");
      assertThat(disk.resolve("f")).hasContent("old");
      assertThat(names(disk)).containsExactly("f", "last");

      AtomicFiles.writeFolder(last, f -> Files.write(f.resolve("x"), new byte[21_000]));
      assertThat(last.resolve("x")).hasSize(21_000);
    } finally {
      assertThat(run("umount", disk.toString())).isTrue();
    }
  }

  @Test
  void aFullDeviceIsNamed() {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "no /dev/full here");
    assertThatThrownBy(
            () -> {
              try (var channel = FileChannel.open(full, StandardOpenOption.WRITE)) {
                AtomicFiles.writeFully(channel, ByteBuffer.allocate(1));
              } catch (IOException e) {
                throw AtomicFiles.failure(full, "cannot be written", e);
              }
            })
        .hasMessage("/dev/full: cannot be written: No space left on device");
  }

  private static boolean run(String... command) throws Exception {
    return new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor()
        == 0;
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  private static void fail(FileChannel channel, String why) throws IOException {
    AtomicFiles.writeFully(channel, ByteBuffer.wrap(new byte[10]));
    throw new IOException(why);
  }

  private static void unexpected() {
    throw new IllegalStateException("a bug");
  }
}
