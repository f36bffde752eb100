package bandlimit.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.error.ConfigException;
import bandlimit.error.DataException;
import bandlimit.store.Npy;
import bandlimit.tensor.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SignalDatasetTest {
  private static final SignalSpec SPEC = SignalSpec.of("signal.npy", "events.csv", 100, 12, 6);

  @TempDir Path folder;

  /// 90 samples of two channels, t and 1000 - t; events at 5 (N), 40 (V), 41 (N) and 70 (N).
  @BeforeEach
  void aSignal() throws IOException {
    var data = ByteBuffer.allocate(90 * 2 * 2).order(ByteOrder.LITTLE_ENDIAN);
    for (int t = 0; t < 90; t++) {
      data.putShort((short) t).putShort((short) (1000 - t));
    }
    Npy.write(folder.resolve("signal.npy"), Npy.Type.I16, List.of(90, 2), data.array());
    events("sample,symbol\n5,N\n40,V\n41,N\n70,N\n");
  }

  private void events(String text) throws IOException {
    Files.writeString(folder.resolve("events.csv"), text);
  }

  private SignalDataset open(SignalSpec spec, Split split) {
    return (SignalDataset) Datasets.open(DataSpec.of(folder.toString(), spec), split);
  }

  @Test
  void theFirstPartTrainsTheLastTestsAndNoWindowReachesOver() {
    var train = open(SPEC, Split.TRAIN);
    var test = open(SPEC, Split.TEST);
    assertThat(train.sampleType()).isEqualTo(TensorType.f32(1, 12, 2));
    assertThat(starts(train)).containsExactly(0, 6, 12, 18, 24, 30, 36, 42, 48);
    assertThat(starts(test)).containsExactly(60, 66, 72, 78);
    assertThat(test.image(1).at(0, 2, 0)).isEqualTo(68);
    assertThat(test.image(1).at(0, 2, 1)).isEqualTo(932);
    assertThat(test.normalization()).as("of the training part").isEqualTo(train.normalization());
    assertThat(train.normalization().mean()).containsExactly(29.5, 970.5);
  }

  @Test
  void theContextLiesBeforeTheWindowInTheSamePart() {
    var test = open(SPEC.withContext(10), Split.TEST);
    assertThat(test.sampleType()).isEqualTo(TensorType.f32(1, 22, 2));
    assertThat(starts(test)).containsExactly(70, 76);
    assertThat(test.image(0).at(0, 0, 0)).isEqualTo(60);
    assertThat(test.image(0).at(0, 10, 0)).isEqualTo(70);
  }

  @Test
  void windowsCanBeginLaterAndNoiseIsOfTheSignalNotOfTheCut() {
    var test = open(SPEC, Split.TEST);
    var later = test.later(2);
    assertThat(starts(later)).containsExactly(62, 68, 74);
    assertThat(later.image(0).at(0, 0, 0)).isEqualTo(62);
    var noisy = test.withNoise(6, 1);
    assertThat(noisy.image(0)).isNotEqualTo(test.image(0));
    assertThat(noisy.later(6).image(0).bytes()).isEqualTo(noisy.image(1).bytes());
    assertThat(test.withNoise(6, 1).image(0).bytes()).isEqualTo(noisy.image(0).bytes());
    double power = 0;
    for (int t = 60; t < 90; t++) {
      double noise = noisy.channel(0, t, t + 1)[0] - t;
      power += noise * noise / 30;
    }
    double signal = (30 * 30 - 1) / 12.0; // variance of 30 whole numbers
    assertThat(10 * Math.log10(signal / power)).as("decibels").isBetween(4.0, 8.0);
  }

  private static int[] starts(SignalDataset data) {
    return IntStream.range(0, data.size()).map(data::start).toArray();
  }

  @Test
  void aWindowHasTheClassOfItsLastEvent() {
    var all = open(SPEC, Split.TRAIN);
    assertThat(all.classNames()).containsExactly("none", "event");
    assertThat(IntStream.range(0, 9).map(all::label)).containsExactly(1, 0, 0, 0, 0, 1, 1, 0, 0);
    var apart = open(SPEC.withLabels(List.of("V", "N")), Split.TRAIN);
    assertThat(apart.classNames()).containsExactly("none", "V", "N");
    assertThat(apart.label(5)).as("30 to 41: V at 40, N at 41").isEqualTo(2);
    var ventricular = open(SPEC.withLabels(List.of("V")), Split.TRAIN);
    assertThat(ventricular.label(5)).as("N is no event then").isEqualTo(1);
    assertThat(ventricular.label(0)).isEqualTo(0);
  }

  @Test
  void aColumnIsOfAnEventWithinItsRadiusSoMuchLater() {
    var data = open(SPEC.withColumns(2, 1, 0), Split.TRAIN);
    assertThat(data.columns()).isEqualTo(6);
    // columns of the window at 0 decide at 0.5, 2.5, 4.5, 6.5, ...
    assertThat(labels(data, 0)).containsExactly(0, 0, 1, 0, 0, 0);
    assertThat(labels(open(SPEC.withColumns(2, 2, 0), Split.TRAIN), 0))
        .containsExactly(0, 0, 1, 1, 0, 0);
    assertThat(labels(open(SPEC.withColumns(2, 1, 4), Split.TRAIN), 0))
        .as("4 samples are 2 columns")
        .containsExactly(0, 0, 0, 0, 1, 0);
  }

  private static int[] labels(Dataset data, int index) {
    return IntStream.range(0, data.columns()).map(column -> data.label(index, column)).toArray();
  }

  @Test
  void aBatchHasTheLabelsOfAllColumns() {
    var data = open(SPEC.withColumns(2, 1, 0), Split.TEST);
    try (var loader = Loader.evaluation(data, 3, 0)) {
      loader.startEpoch(0, 0);
      loader.next();
      loader.next();
      var batch = loader.batch();
      assertThat(batch.labels().shape().size()).isEqualTo(18);
      assertThat(batch.count()).isEqualTo(1);
      assertThat(batch.weights().get(1)).isZero();
      loader.startEpoch(0, 0);
      loader.next();
      var labels = loader.batch().labels();
      int[] second = IntStream.range(6, 12).map(i -> (int) labels.get(i)).toArray();
      assertThat(second).containsExactly(labels(data, 1)).containsExactly(0, 0, 1, 0, 0, 0);
    }
    var flips = new AugmentSpec(0, AugmentSpec.CropMode.ZERO, 0.5, Optional.empty());
    assertThatThrownBy(() -> Transforms.of(flips, data))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("a label for each of 6 columns");
  }

  @Test
  void textAndSoundAreReadAlike() throws IOException {
    var csv = Files.writeString(folder.resolve("x.csv"), "a,b\n1,2.5\n-3,4e1\n");
    var text = Recording.read(csv);
    assertThat(text.channels()).isEqualTo(2);
    assertThat(text.values()).containsExactly(1, 2.5f, -3, 40);

    var sound = Recording.read(wav((short) 1, (short) 16, new byte[] {1, 0, -1, -1, 0, 1, 5, 0}));
    assertThat(sound.rate()).contains(250.0);
    assertThat(sound.values()).containsExactly(1, -1, 256, 5);
    var floats = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putFloat(0.5f).putFloat(-2);
    assertThat(Recording.read(wav((short) 3, (short) 32, floats.array())).values())
        .containsExactly(0.5f, -2);
  }

  /// Two channels at 250 Hz, with a chunk before the data that has to be skipped.
  private Path wav(short format, short bits, byte[] data) throws IOException {
    var bytes = ByteBuffer.allocate(54 + data.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes
        .put("RIFF".getBytes(StandardCharsets.US_ASCII))
        .putInt(46 + data.length)
        .put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII))
        .putInt(16);
    bytes.putShort(format).putShort((short) 2).putInt(250).putInt(0).putShort((short) 0);
    bytes
        .putShort(bits)
        .put("LIST".getBytes(StandardCharsets.US_ASCII))
        .putInt(1)
        .putShort((short) 7);
    bytes.put("data".getBytes(StandardCharsets.US_ASCII)).putInt(data.length).put(data);
    return Files.write(folder.resolve("x.wav"), bytes.array());
  }

  @Test
  void whatIsWrongIsNamedWithItsPlace() throws IOException {
    Files.writeString(folder.resolve("x.csv"), "1\nNaN\n");
    assertThatThrownBy(() -> Recording.read(folder.resolve("x.csv")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("x.csv: sample 1, channel 0 is NaN");
    Files.writeString(folder.resolve("x.csv"), "1,2\n3\n");
    assertThatThrownBy(() -> Recording.read(folder.resolve("x.csv")))
        .hasMessageContaining("line 2: has 1 numbers, the first sample has 2");
    assertThatThrownBy(() -> Recording.read(wav((short) 1, (short) 24, new byte[6])))
        .hasMessageContaining("WAV format 1 of 24 bits");
    events("5\n3\n");
    assertThatThrownBy(() -> open(SPEC, Split.TRAIN)).hasMessageContaining("order of time");
    events("5\n90\n");
    assertThatThrownBy(() -> open(SPEC, Split.TRAIN))
        .hasMessageContaining("line 2: \"90\" is no sample of signal.npy, which has 90");
    events("5\n");
    assertThatThrownBy(() -> open(SPEC.withLabels(List.of("N")), Split.TRAIN))
        .hasMessageContaining("has no label beside the sample");
    assertThatThrownBy(() -> open(SPEC.withContext(50), Split.TRAIN))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("less than one window of 12 and its context of 50");
    events("5,N\n70,V\n"); // V in the test part only
    assertThatThrownBy(() -> open(SPEC.withLabels(List.of("N", "V")), Split.TRAIN))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("events.csv: no event V in the train part, the first 60 samples");
    assertThat(open(SPEC.withLabels(List.of("N", "V")), Split.TEST).events()).hasSize(2);
    events("sample,symbol\n");
    assertThatThrownBy(() -> open(SPEC, Split.TRAIN))
        .hasMessageContaining("no event in the train part");
    assertThatThrownBy(() -> SPEC.withColumns(5, 0, 0))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("must divide the window");
  }

  @Test
  void aWindowTellsTheNumbersAtItsLastSampleWhereThereAreAny() throws IOException {
    Files.writeString(
        folder.resolve("bpm.csv"), "sample,bpm,hrv\n11,60,1\n20,70,2\n20,72,3\n29,74,4\n75,90,5\n");
    var train = open(SPEC.withTargets("bpm.csv"), Split.TRAIN);
    assertThat(train.classNames()).containsExactly("bpm", "hrv");
    // windows of 12 every 6 samples: their last samples are 11, 17, ... 59, and 29 is too old for
    // 41
    assertThat(starts(train)).containsExactly(0, 6, 12, 18, 24);
    float[] told = new float[5];
    for (int i = 0; i < 5; i++) {
      told[i] = train.target(i, 0, 0);
    }
    assertThat(told).containsExactly(60, 60, 72, 74, 74);
    assertThat(train.target(2, 0, 1)).isEqualTo(3);
    assertThat(train.warnings()).singleElement().asString().contains("4 windows have no target");
    var scale = train.targets().orElseThrow();
    assertThat(scale.mean()).containsExactly(69.0, 2.5);
    var test = open(SPEC.withTargets("bpm.csv"), Split.TEST);
    assertThat(test.targets()).as("of the training part").contains(scale);
    assertThat(starts(test)).containsExactly(66, 72);
    assertThat(starts(test.later(1))).containsExactly(67, 73);
  }

  @Test
  void columnsTellTheNumbersAtTheirTime() throws IOException {
    var data = ByteBuffer.allocate(90 * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (int t = 0; t < 90; t++) {
      data.putFloat(t / 2f);
    }
    Npy.write(folder.resolve("rate.npy"), Npy.Type.F32, List.of(90), data.array());
    var spec = SPEC.withColumns(4, 0, 2).withTargets("rate.npy");
    var train = open(spec, Split.TRAIN);
    // the middle of samples 12 to 15 is 13.5, less the delay 11.5: the last whole sample is 11
    assertThat(train.target(1, 0, 0)).isEqualTo(5.5f);
    assertThat(train.target(1, 2, 0)).isEqualTo(9.5f);
    assertThat(starts(train)).as("the first column's time is -0.5").startsWith(6);
  }
}
