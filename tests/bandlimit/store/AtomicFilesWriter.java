package bandlimit.store;

import java.nio.file.Files;
import java.nio.file.Path;

/// The program that `AtomicFilesTest` kills: writes folder after folder, each with its number in
/// two files.
final class AtomicFilesWriter {
  private AtomicFilesWriter() {}

  public static void main(String[] args) {
    Path last = Path.of(args[0]);
    for (int i = Integer.parseInt(args[1]) + 1; ; i++) {
      String number = String.valueOf(i);
      AtomicFiles.writeFolder(
          last,
          f -> {
            Files.writeString(f.resolve("a"), number);
            Files.writeString(f.resolve("b"), number);
          });
      if (i == Integer.parseInt(args[1]) + 1) {
        System.out.println("writing");
      }
    }
  }
}
