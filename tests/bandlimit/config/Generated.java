package bandlimit.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Files that are made from the records and committed: compared, or rewritten with
/// `-Dbandlimit.update=true`.
final class Generated {
  private Generated() {}

  static void matches(Path file, String text) throws IOException {
    if (Boolean.getBoolean("bandlimit.update")) {
      Files.writeString(file, text);
    }
    assertThat(Files.readString(file))
        .as("%s is out of date: run this test with -Dbandlimit.update=true", file)
        .isEqualTo(text);
  }
}
