package bandlimit.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import bandlimit.error.CheckpointException;
import bandlimit.error.OutputException;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {
  @TempDir private Path folder;

  @Test
  void whatIsWrittenIsReadBack() {
    var tensors = new LinkedHashMap<String, HostTensor>();
    int i = 0;
    for (DType dtype : DType.values()) {
      for (Shape shape : List.of(Shape.of(), Shape.of(1), Shape.of(3), Shape.of(2, 3, 1, 5))) {
        var t = HostTensor.allocate(new TensorType(dtype, shape));
        for (long k = 0; k < shape.size(); k++) {
          t.set(k, (k * 7 + i) % 100);
        }
        tensors.put("t" + i++ + "/größe \"x\"", t);
      }
    }
    Path file = folder.resolve("a.safetensors");
    Safetensors.write(file, tensors, Map.of("epoch", "12", "näme", "ü"));
    try (var read = Safetensors.open(file)) {
      assertThat(read.names()).containsExactlyInAnyOrderElementsOf(tensors.keySet());
      assertThat(read.metadata()).isEqualTo(Map.of("epoch", "12", "näme", "ü", "format", "pt"));
      tensors.forEach(
          (name, t) -> {
            assertThat(read.type(name)).isEqualTo(t.type());
            assertThat(read.tensor(name).data().mismatch(t.data())).isEqualTo(-1);
          });
    }
  }

  @Test
  void widestTypesComeFirstThenNamesAndTheHeaderIsAMultipleOfEight() throws Exception {
    Path file = folder.resolve("a.safetensors");
    var tensors = new LinkedHashMap<String, HostTensor>();
    tensors.put("c", HostTensor.of(Shape.of(1), 1f));
    tensors.put("z", HostTensor.of(Shape.of(1), 1.0));
    tensors.put("u", HostTensor.allocate(new TensorType(DType.U8, Shape.of(3))));
    tensors.put("b", HostTensor.of(Shape.of(2), 1, 2));
    Safetensors.write(file, tensors, Map.of());
    byte[] bytes = Files.readAllBytes(file);
    long n = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    assertThat(n % 8).isZero();
    assertThat(new String(bytes, 8, (int) n, StandardCharsets.UTF_8).stripTrailing())
        .isEqualTo(
            "{\"__metadata__\":{\"format\":\"pt\"},"
                + "\"z\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]},"
                + "\"b\":{\"dtype\":\"I32\",\"shape\":[2],\"data_offsets\":[8,16]},"
                + "\"c\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[16,20]},"
                + "\"u\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[20,23]}}");
    assertThat(bytes).hasSize((int) (8 + n + 23));
  }

  @Test
  void theSameTensorsGiveTheSameBytesInWhateverOrder() throws Exception {
    var forth = new LinkedHashMap<String, HostTensor>();
    var back = new LinkedHashMap<String, HostTensor>();
    for (int i = 0; i < 20; i++) {
      forth.put("t" + i, HostTensor.of(Shape.of(1), (float) i));
      back.put("t" + (19 - i), HostTensor.of(Shape.of(1), (float) (19 - i)));
    }
    Safetensors.write(folder.resolve("a"), forth, Map.of("x", "1", "y", "2"));
    Safetensors.write(folder.resolve("b"), back, Map.of("y", "2", "x", "1"));
    assertThat(folder.resolve("a")).hasSameBinaryContentAs(folder.resolve("b"));
  }

  @Test
  void longsAreReadAsIntsWhenTheyFit() throws Exception {
    Path file = raw("{'a':{'dtype':'I64','shape':[2],'data_offsets':[0,16]}}", longs(-7, 1L << 30));
    try (var read = Safetensors.open(file)) {
      assertThat(read.type("a")).isEqualTo(TensorType.of(DType.I32, 2));
      assertThat(read.tensor("a").toDoubles()).containsExactly(-7, 1 << 30);
    }
    Path large = raw("{'a':{'dtype':'I64','shape':[1],'data_offsets':[0,8]}}", longs(1L << 31));
    try (var read = Safetensors.open(large)) {
      assertThatThrownBy(() -> read.tensor("a"))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("element 0: 2147483648 does not fit");
    }
  }

  @Test
  void foreignTypesDoNotKeepTheOthersFromBeingRead() throws Exception {
    Path file =
        raw(
            "{'h':{'dtype':'F16','shape':[2],'data_offsets':[4,8]},"
                + "'f':{'dtype':'F32','shape':[],'data_offsets':[0,4]}}  ",
            ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putFloat(2.5f).array());
    try (var read = Safetensors.open(file)) {
      assertThat(read.names()).containsExactly("h", "f");
      assertThat(read.tensor("f").get(0)).isEqualTo(2.5);
      assertThatThrownBy(() -> read.tensor("h"))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("tensor h is F16");
      assertThatThrownBy(() -> read.tensor("g")).hasMessageContaining("has no tensor g");
    }
  }

  @Test
  void aClosedFileIsNoLongerReadable() throws Exception {
    var read = Safetensors.open(raw("{'a':{'dtype':'U8','shape':[1],'data_offsets':[0,1]}}", 1));
    HostTensor view = read.tensor("a");
    read.close();
    assertThatThrownBy(() -> view.get(0)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void anEmptyFileOfNoTensorsIsFine() throws Exception {
    try (var read = Safetensors.open(raw("{}", 0))) {
      assertThat(read.names()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          [1]                                                                  | 0 | no JSON object
          {'a':                                                                | 0 | header:1
          {} {}                                                                | 0 | header:1
          {'a':{'dtype':'U8','shape':[1],'data_offsets':[0,1]},'a':{'dtype':'U8','shape':[1],'data_offsets':[0,1]}} | 1 | uplicate
          {'a':{'dtype':'U8','shape':[1],'data_offsets':[0,2]}}                | 2 | U8 of shape [1], has 2 bytes
          {'a':{'dtype':'U8','shape':[2],'data_offsets':[0,2]}}                | 1 | holds 1 bytes of data (truncated?)
          {'a':{'dtype':'U8','shape':[2],'data_offsets':[2,0]}}                | 2 | data_offsets [2, 0]
          {'a':{'dtype':'U8','shape':[2],'data_offsets':[-2,0]}}               | 2 | data_offsets [-2, 0]
          {'a':{'dtype':'U8','shape':[1],'data_offsets':[1,2]}}                | 2 | (a gap)
          {'a':{'dtype':'U8','shape':[1],'data_offsets':[0,1]}}                | 2 | 1 bytes after the last tensor
          {'a':{'dtype':'U8','shape':[2],'data_offsets':[0,2]},'b':{'dtype':'U8','shape':[2],'data_offsets':[1,3]}} | 3 | (an overlap)
          {'a':{'dtype':'U8','shape':[2],'data_offsets':[0,2]},'b':{'dtype':'U8','shape':[2],'data_offsets':[0,2]}} | 2 | (an overlap)
          {'a':{'dtype':'U8','shape':[0],'data_offsets':[0,0]}}                | 0 | every extent must be 1 or more
          {'a':{'dtype':'U8','shape':[-1,-1],'data_offsets':[0,1]}}            | 1 | every extent must be 1 or more
          {'a':{'dtype':'U8','shape':[1.5],'data_offsets':[0,1]}}              | 1 | every extent must be 1 or more
          {'a':{'dtype':'U8','shape':[65536,65536,65536,65536,1],'data_offsets':[0,1]}} | 1 | does not fit into 1 bytes
          {'a':{'dtype':'F64','shape':[3000000000],'data_offsets':[0,8]}}      | 8 | every extent must be 1 or more
          {'a':{'dtype':'X9','shape':[1],'data_offsets':[0,1]}}                | 1 | unknown dtype X9
          {'a':{'dtype':'U8','shape':[1]}}                                     | 1 | needs dtype, shape and data_offsets
          {'a':{'dtype':'U8','shape':[1],'data_offsets':[0.0,1]}}              | 1 | needs dtype, shape and data_offsets
          {'a':{'dtype':'U8','shape':[1],'data_offsets':[0,99999999999999999999]}} | 1 | needs dtype, shape and data_offsets
          {'a':7}                                                              | 0 | needs dtype, shape and data_offsets
          {'__metadata__':{'x':1}}                                             | 0 | __metadata__.x is no string
          {'__metadata__':7}                                                   | 0 | __metadata__ is no JSON object
          """)
  void damageIsNamedWithTheFile(String header, int dataBytes, String problem) throws Exception {
    Path file = raw(header, new byte[dataBytes]);
    assertThatThrownBy(() -> Safetensors.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(problem)
        .extracting(Throwable::getMessage, org.assertj.core.api.InstanceOfAssertFactories.STRING)
        .hasLineCount(1);
  }

  @Test
  void everyTruncationIsFound() throws Exception {
    Path whole = folder.resolve("whole");
    Safetensors.write(whole, Map.of("a", HostTensor.of(Shape.of(5), 1f, 2, 3, 4, 5)), Map.of());
    byte[] bytes = Files.readAllBytes(whole);
    for (int n = 0; n < bytes.length; n++) {
      Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(bytes, n));
      assertThatThrownBy(() -> Safetensors.open(cut), "first %d bytes", n)
          .isInstanceOf(CheckpointException.class);
    }
  }

  @Test
  void randomDamageToTheHeaderNeverEscapesAsAnotherException() throws Exception {
    Path whole = folder.resolve("whole");
    Safetensors.write(
        whole,
        Map.of("a", HostTensor.of(Shape.of(5), 1f, 2, 3, 4, 5), "b", HostTensor.of(Shape.of(), 2)),
        Map.of("k", "v"));
    byte[] bytes = Files.readAllBytes(whole);
    int headerEnd = bytes.length - 24;
    var random = new Random(5);
    int refused = 0;
    for (int round = 0; round < 3000; round++) {
      byte[] damaged = bytes.clone();
      for (int k = random.nextInt(3); k >= 0; k--) {
        damaged[random.nextInt(headerEnd)] = (byte) random.nextInt(256);
      }
      Path file = Files.write(folder.resolve("damaged"), damaged);
      try (var read = Safetensors.open(file)) {
        for (String name : read.names()) {
          read.tensor(name).toDoubles();
        }
      } catch (CheckpointException e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(2000);
  }

  @Test
  void aMissingFileAndAMissingFolderAreNamed() {
    assertThatThrownBy(() -> Safetensors.open(folder.resolve("none")))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("none: cannot be read: no such file");
    assertThatThrownBy(() -> Safetensors.open(folder)).isInstanceOf(CheckpointException.class);
    assertThatThrownBy(() -> Safetensors.write(folder.resolve("no/a"), Map.of(), Map.of()))
        .isInstanceOf(OutputException.class)
        .hasMessageContaining("no/a: cannot be written: no such file");
  }

  @Test
  void theGoldenFilesAreReadWhole() throws Exception {
    Path golden = Path.of(System.getProperty("bandlimit.golden", "../shared/golden"));
    assumeTrue(Files.isDirectory(golden), "no golden files at " + golden);
    int tensors = 0;
    try (Stream<Path> files = Files.list(golden)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".safetensors")).toList()) {
        try (var read = Safetensors.open(file)) {
          for (String name : read.names()) {
            assertThat(read.tensor(name).toDoubles()).isNotEmpty();
            tensors++;
          }
        }
      }
    }
    assertThat(tensors).isPositive();
  }

  private Path raw(String header, int zeros) throws Exception {
    return raw(header, new byte[zeros]);
  }

  private Path raw(String header, byte[] data) throws Exception {
    byte[] json = header.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    var bytes = ByteBuffer.allocate(8 + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length).put(json).put(data);
    return Files.write(Files.createTempFile(folder, "raw", ".safetensors"), bytes.array());
  }

  private static byte[] longs(long... values) {
    var bytes = ByteBuffer.allocate(values.length * 8).order(ByteOrder.LITTLE_ENDIAN);
    for (long v : values) {
      bytes.putLong(v);
    }
    return bytes.array();
  }
}
