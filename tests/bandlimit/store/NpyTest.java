package bandlimit.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.error.DataException;
import bandlimit.tensor.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpyTest {
  @TempDir Path folder;

  /// A version 1 file by hand, so that the reader is not only tested against the writer.
  private Path file(String header, byte... data) throws IOException {
    byte[] text = (header + "\n").getBytes(StandardCharsets.US_ASCII);
    var all = new java.io.ByteArrayOutputStream();
    all.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    all.write(text.length & 0xff);
    all.write(text.length >> 8);
    all.write(text);
    all.write(data);
    return Files.write(folder.resolve("x.npy"), all.toByteArray());
  }

  @Test
  void readsWhatNumpyWrites() throws IOException {
    Npy x =
        Npy.read(
            file(
                "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 2), }",
                (byte) 1,
                (byte) 0,
                (byte) 0xff,
                (byte) 0xff,
                (byte) 0,
                (byte) 4,
                (byte) 7,
                (byte) 0));
    assertThat(x.type()).isEqualTo(Npy.Type.I16);
    assertThat(x.shape()).isEqualTo(Shape.of(2, 2));
    assertThat(List.of(x.get(0), x.get(1), x.get(2), x.get(3)))
        .containsExactly(1.0, -1.0, 1024.0, 7.0);
    Npy scalar =
        Npy.read(file("{'descr': '|u1', 'fortran_order': False, 'shape': (), }", (byte) 200));
    assertThat(scalar.shape().rank()).isZero();
    assertThat(scalar.get(0)).isEqualTo(200);
  }

  @Test
  void writeThenReadIsTheIdentityForEveryType() throws IOException {
    for (Npy.Type type : Npy.Type.values()) {
      Path file = folder.resolve(type + ".npy");
      var data = new byte[3 * type.bytes()];
      java.util.Arrays.fill(data, (byte) 1);
      Npy.write(file, type, List.of(3, 1), data);
      Npy back = Npy.read(file);
      assertThat(back.type()).isEqualTo(type);
      assertThat(back.shape()).isEqualTo(Shape.of(3, 1));
      assertThat(back.data().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE)).isEqualTo(data);
      assertThat((Files.size(file) - data.length) % 64).isZero();
    }
  }

  @Test
  void badFilesAreNamedWithTheReason() throws IOException {
    String plain = "{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }";
    assertBad(
        file(plain.formatted("<f4", "False", "2,"), new byte[7]), "7 bytes", "8", "truncated");
    assertBad(file(plain.formatted("<f4", "False", "2,"), new byte[9]), "9 bytes");
    assertBad(file(plain.formatted(">f4", "False", "2,"), new byte[8]), ">f4", "<f4", "astype");
    assertBad(file(plain.formatted("<f4", "True", "2, 1"), new byte[8]), "Fortran");
    assertBad(file(plain.formatted("<f4", "False", "0, 4")), "empty");
    assertBad(file("{'descr': [('a', '<f4')], }"), "descr");
    assertBad(Files.write(folder.resolve("y"), new byte[100]), "NUMPY");
    assertBad(Files.write(folder.resolve("z"), new byte[3]), "NUMPY");
    assertBad(folder.resolve("missing.npy"), "cannot read");
  }

  private static void assertBad(Path file, String... parts) {
    assertThatThrownBy(() -> Npy.read(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(file.getFileName().toString())
        .hasMessageContainingAll(parts);
  }

  @Test
  void readsTheSharedEcg() {
    Path file = Path.of("../shared/data/ecg/signal.npy");
    Assumptions.assumeTrue(
        Files.exists(file), "no ../shared/data: the real electrocardiogram is not read");
    Npy ecg = Npy.read(file);
    assertThat(ecg.shape()).isEqualTo(Shape.of(650_000, 2));
    assertThat(ecg.type()).isEqualTo(Npy.Type.I16);
    assertThat(ecg.get(0)).isBetween(800.0, 1300.0); // zero is at 1024
  }
}
