package bandlimit.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.data.SampleReader.Format;
import bandlimit.error.DataException;
import bandlimit.store.Npy;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleReaderTest {
  @TempDir private static Path temp;

  private static ByteBuffer bytes(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  /// A pipe that gives three bytes at a time.
  private static InputStream trickle(byte[] all) {
    return new ByteArrayInputStream(all) {
      @Override
      public synchronized int read(byte[] to, int from, int count) {
        return super.read(to, from, Math.min(3, count));
      }
    };
  }

  private static SampleReader text(String text) {
    var in = new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    return SampleReader.of("standard input", in, Format.CSV, 9);
  }

  private static List<Float> all(SampleReader reader) {
    var values = new ArrayList<Float>();
    var into = new float[4];
    try (reader) {
      for (int n = reader.read(into); n >= 0; n = reader.read(into)) {
        for (int i = 0; i < n * reader.channels(); i++) {
          values.add(into[i]);
        }
        for (long g = 0; g < reader.gap(); g++) {
          values.add(-99f);
        }
      }
    }
    return values;
  }

  @Test
  void rawNumbersArriveInAnyPieces() {
    var floats = bytes(24);
    var shorts = bytes(12);
    for (int i = 0; i < 6; i++) {
      floats.putFloat(i - 2.5f);
      shorts.putShort((short) (1000 * i - 2500));
    }
    assertThat(all(SampleReader.of("pipe", trickle(floats.array()), Format.F32, 2)))
        .containsExactly(-2.5f, -1.5f, -0.5f, 0.5f, 1.5f, 2.5f);
    assertThat(all(SampleReader.of("pipe", trickle(shorts.array()), Format.I16, 2)))
        .containsExactly(-2500f, -1500f, -500f, 500f, 1500f, 2500f);
    var cut = SampleReader.of("pipe", trickle(shorts.array()), Format.I16, 4);
    assertThatThrownBy(() -> all(cut))
        .isInstanceOf(DataException.class)
        .hasMessage("pipe: ends within a sample: 4 of 8 bytes of its channels");
  }

  @Test
  void linesHaveHeadersHolesAndGaps() {
    assertThat(all(text("ecg,pulse\n1,2\n3,\n\ngap 2\nNaN,-4e-1\n5,6\n")))
        .containsExactly(1f, 2f, 3f, Float.NaN, -99f, -99f, Float.NaN, -0.4f, 5f, 6f);
    assertThat(all(text(""))).isEmpty();
    assertThatThrownBy(() -> all(text("1,2\n3\n")))
        .hasMessage("standard input, line 2: has 1 numbers, the first sample has 2");
    assertThatThrownBy(() -> all(text("1\n2\nx\n")))
        .hasMessage("standard input, line 3: \"x\" is no number");
    assertThat(all(text("gap 2\n5,6\n"))).containsExactly(-99f, -99f, 5f, 6f);
    assertThat(all(text("\necg\ngap 2\ngap 1\n5\n"))).containsExactly(-99f, -99f, -99f, 5f);
    assertThat(all(text("gap 1\n"))).containsExactly(-99f);
    assertThatThrownBy(() -> all(text("1\ngap -3\n"))).hasMessageContaining("line 2: \"gap -3\"");
  }

  @Test
  void wavSaysRateAndChannels() throws IOException {
    for (int size : new int[] {8, -1}) { // who writes into a pipe says all ones
      var wav = bytes(64);
      wav.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(56);
      wav.put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII)).putInt(16);
      wav.putShort((short) 1).putShort((short) 2).putInt(360).putInt(1440);
      wav.putShort((short) 4).putShort((short) 16);
      wav.put("LIST".getBytes(StandardCharsets.US_ASCII)).putInt(3).putInt(0);
      wav.put("data".getBytes(StandardCharsets.US_ASCII)).putInt(size);
      for (int i = 0; i < 4; i++) {
        wav.putShort((short) (i - 1));
      }
      var file = temp.resolve("a" + size + ".wav");
      Files.write(file, wav.array());
      try (var reader = SampleReader.open(file, Optional.empty(), 1)) {
        assertThat(reader.channels()).isEqualTo(2);
        assertThat(reader.rate()).hasValue(360.0);
        assertThat(all(reader)).containsExactly(-1f, 0f, 1f, 2f);
      }
    }
    assertThatThrownBy(() -> SampleReader.of("x", trickle(new byte[30]), Format.WAV, 1))
        .hasMessageContaining("is no WAV file");
    assertThatThrownBy(() -> SampleReader.of("x", trickle(new byte[3]), Format.WAV, 1))
        .hasMessageContaining("ends before its samples");
  }

  @Test
  void arraysAndWhatIsNoSignal() throws IOException {
    var file = temp.resolve("x.npy");
    Npy.write(file, Npy.Type.I16, List.of(3, 2), new byte[] {1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0});
    assertThat(all(SampleReader.open(file, Optional.empty(), 9)))
        .containsExactly(1f, 2f, 3f, 4f, 5f, 6f);
    Npy.write(file, Npy.Type.I16, List.of(1, 3, 2), new byte[12]);
    assertThatThrownBy(() -> SampleReader.open(file, Optional.empty(), 2))
        .hasMessageContaining("but a signal is (T) or (T, C)");
    assertThatThrownBy(() -> SampleReader.open(temp.resolve("x.bin"), Optional.empty(), 2))
        .hasMessageContaining("say --format");
    assertThatThrownBy(() -> SampleReader.open(temp.resolve("no.csv"), Optional.empty(), 2))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("cannot be read");
  }
}
