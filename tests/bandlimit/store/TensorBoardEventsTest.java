package bandlimit.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.error.OutputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorBoardEventsTest {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.ofEpochSecond(1_700_000_000L, 500_000_000));

  @TempDir private Path folder;

  @Test
  void scalarsAreReadBackWithEveryCrcIntact() throws Exception {
    Path file;
    try (var events = TensorBoardEvents.open(folder, 0, CLOCK)) {
      file = events.file();
      for (long step : new long[] {0, 1, 127, 128, 300, Integer.MAX_VALUE, 1L << 40}) {
        var values = new LinkedHashMap<String, Double>();
        values.put("train/loss", step * 0.5);
        values.put("eval/größe", -1.25);
        events.scalars(step, values);
      }
      events.scalar(7, "x".repeat(300), Double.NaN);
    }
    assertThat(file.getFileName().toString()).startsWith("events.out.tfevents.1700000000.");
    var read = EventFileReader.read(file);
    assertThat(read).hasSize(9);
    assertThat(read.getFirst().fileVersion()).contains("brain.Event:2");
    assertThat(read).allMatch(e -> e.wallTime() == 1_700_000_000.5);
    assertThat(read.get(4).step()).isEqualTo(128);
    assertThat(read.get(7).step()).isEqualTo(1L << 40);
    assertThat(read.get(5).scalars())
        .containsExactly(
            new EventFileReader.Scalar("train/loss", 150),
            new EventFileReader.Scalar("eval/größe", -1.25f));
    assertThat(read.getLast().scalars().getFirst().value()).isNaN();
  }

  /// Encoded by hand: key 09, the double 1.0; key 10, step 300 = ac 02; key 2a, a summary of 10
  /// bytes with one value of 8: tag "x" (0a 01 78), float 1.5 (15 00 00 c0 3f).
  @Test
  void anEventHasTheBytesOfTheFormat() throws Exception {
    Path file;
    var clock = InstantSource.fixed(Instant.ofEpochSecond(1));
    try (var events = TensorBoardEvents.open(folder, 0, clock)) {
      file = events.file();
      events.scalar(300, "x", 1.5);
    }
    String data = "09000000000000f03f" + "10ac02" + "2a0a" + "0a08" + "0a0178" + "150000c03f";
    String hex = HexFormat.of().formatHex(Files.readAllBytes(file));
    int first = 2 * (8 + 4 + 9 + 15 + 4);
    assertThat(hex.substring(0, 16)).isEqualTo("1800000000000000");
    assertThat(hex.substring(24, 24 + 48))
        .isEqualTo("09000000000000f03f" + "1a0d" + "627261696e2e4576656e743a32");
    assertThat(hex.substring(first, first + 16)).isEqualTo("1800000000000000");
    assertThat(hex.substring(first + 24, first + 24 + 48)).isEqualTo(data);
  }

  /// The check value of CRC-32C for "123456789" is e3069283; masked by hand: turned right by 15
  /// bits it is 2507c60d, plus a282ead8 gives c78ab0e5.
  @Test
  void theCrcIsMaskedAsTheFormatSays() {
    byte[] bytes = "123456789".getBytes(StandardCharsets.US_ASCII);
    assertThat(TensorBoardEvents.maskedCrc(bytes, 0, 9)).isEqualTo(0xc78ab0e5);
  }

  @Test
  void everyDamagedByteIsFound() throws Exception {
    Path file;
    try (var events = TensorBoardEvents.open(folder, 0, CLOCK)) {
      file = events.file();
      events.scalar(1, "x", 1);
    }
    byte[] bytes = Files.readAllBytes(file);
    for (int i = 8; i < bytes.length; i++) {
      if (i >= 40 && i < 48) {
        continue; // the second length: a damaged one runs past the end
      }
      byte[] damaged = bytes.clone();
      damaged[i] ^= 0x10;
      Files.write(file, damaged);
      assertThatThrownBy(() -> EventFileReader.read(file), "byte %d", i)
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void aResumeOpensAnotherFileThatSaysWhereItStarts() throws Exception {
    var files = new ArrayList<Path>();
    for (int start : List.of(0, 500)) {
      try (var events = TensorBoardEvents.open(folder, start, CLOCK)) {
        files.add(events.file());
      }
    }
    assertThat(files).doesNotHaveDuplicates();
    assertThat(EventFileReader.read(files.getFirst())).hasSize(1);
    var start = EventFileReader.read(files.getLast()).getLast();
    assertThat(start.step()).isEqualTo(500);
    assertThat(start.session()).isEqualTo(1);
  }

  @Test
  void aMissingFolderIsNamed() {
    assertThatThrownBy(() -> TensorBoardEvents.open(folder.resolve("none"), 0, CLOCK))
        .isInstanceOf(OutputException.class)
        .hasMessageContaining("none")
        .hasMessageContaining("no such file");
  }
}
