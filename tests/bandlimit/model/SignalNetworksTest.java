package bandlimit.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.backend.cpu.CpuBackend;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.error.ConfigException;
import bandlimit.error.ShapeException;
import bandlimit.graph.ReceptiveField;
import bandlimit.nn.Antialias;
import bandlimit.nn.Mode;
import bandlimit.nn.Nonlinearity;
import bandlimit.nn.Norm;
import bandlimit.signal.Boundary;
import bandlimit.tensor.Shape;
import java.util.Arrays;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SignalNetworksTest {
  private static ModelSpec published(String name) {
    return Models.entry(name).published();
  }

  private static ReceptiveField field(ModelSpec spec, String last) {
    var built = Built.of(spec, 1, Mode.EVAL);
    return ReceptiveField.between(built.node("images"), built.node(last));
  }

  @ParameterizedTest
  @CsvSource({
    "conv1d_ppg, block3.pool, 16, 64, 312, 15, 16",
    "conv1d_eeg, pool3, 16, 128, 21, 84, 64",
    "conv1d_acc, relu6, 960, 256, 6, 6, 1",
    "conv1d_beats, fc, 180, 2, 226, 0, 8"
  })
  void columnsAndTheirReceptiveFields(
      String name, String last, int width, int channels, int left, int right, int stride) {
    var built = Built.of(published(name), 2, Mode.EVAL);
    assertThat(built.node(last).shape()).isEqualTo(Shape.of(2, 1, width, channels));
    assertThat(field(published(name), last)).isEqualTo(new ReceptiveField(left, right, stride));
  }

  @Test
  void theReceptiveFieldIsWhatActuallyMoves() {
    for (var antialias : new Antialias[] {Antialias.NONE, new Antialias.Lowpass(5)}) {
      var spec = published("conv1d_beats").withInput(Shape.of(1, 640, 1)).withAntialias(antialias);
      var field = field(spec, "fc");
      try (var run = new Run(spec)) {
        var before = run.apply(new float[640]);
        int column = 40;
        for (int sample : new int[] {-field.left() - 1, -field.left(), 0, field.right() + 1}) {
          var signal = new float[640];
          signal[column * field.stride() + sample] = 5;
          boolean moves = run.apply(signal)[2 * column] != before[2 * column];
          assertThat(moves)
              .as("%s, sample %d of %s", antialias, sample, field)
              .isEqualTo(-field.left() <= sample && sample <= field.right());
        }
      }
    }
  }

  @Test
  void withContextTheColumnsAreThoseOfAnyLongerPast() {
    var spec = published("conv1d_beats").withInput(Shape.of(1, 160 + 232, 1)).withContext(232);
    var longer = spec.withInput(Shape.of(1, 160 + 400, 1)).withContext(400);
    var plain = published("conv1d_beats").withInput(Shape.of(1, 160, 1));
    var past = signal(560);
    var shortPast = Arrays.copyOfRange(past, 168, 560);
    var none = Arrays.copyOfRange(past, 400, 560);
    try (var a = new Run(spec);
        var b = new Run(longer);
        var c = new Run(plain)) {
      assertThat(a.apply(shortPast)).hasSize(40).isEqualTo(b.apply(past));
      assertThat(c.apply(none)).as("zeros in place of the past").isNotEqualTo(b.apply(past));
    }
  }

  @Test
  void aContextThatIsTooShortIsRefusedWithTheOneThatIsNeeded() {
    var paper = published("conv1d_ppg").withInput(Shape.of(1, 512, 1)).withContext(256);
    assertThatThrownBy(() -> Built.of(paper))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "data.signal.context is 256 samples, but conv1d_ppg reads 312 before the first sample"
                + " of a window, and drops whole columns of 16: use 320 or another multiple of 16"
                + " above it");
    var odd = published("conv1d_ppg").withInput(Shape.of(1, 569, 1)).withContext(313);
    assertThatThrownBy(() -> Built.of(odd)).hasMessageContaining("use 320");
    var enough = published("conv1d_ppg").withInput(Shape.of(1, 576, 1)).withContext(320);
    assertThat(Built.of(enough).node("context").shape()).isEqualTo(Shape.of(2, 1, 16, 64));
    var tight = published("conv1d_beats").withInput(Shape.of(1, 240, 1)).withContext(240);
    assertThatThrownBy(() -> Built.of(tight)).hasMessageContaining("leaves no column");
  }

  @Test
  void signalPaddingMakesEveryNetworkCausal() {
    var eeg = published("conv1d_eeg").withInput(Shape.of(1, 1088, 18)).withContext(64);
    assertThat(field(eeg, "pool3")).isEqualTo(new ReceptiveField(42, 63, 64));
    var blurred = eeg.withInput(Shape.of(1, 1280, 18)).withContext(256);
    assertThat(field(blurred.withAntialias(new Antialias.Lowpass(7)), "pool3.blur").right())
        .isEqualTo(0);
    assertThatThrownBy(() -> Built.of(published("smallcnn").withContext(64)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("is one of images");
  }

  @Test
  void whatACausalNetworkCannotHaveIsRefusedByName() {
    var ppg = published("conv1d_ppg");
    refused(ppg.withAntialias(new Antialias.Ideal()), "antialias.kind: lowpass");
    refused(ppg.withAntialias(new Antialias.Aps(1)), "adaptive sampling looks at the whole window");
    refused(ppg.withPadding(Boundary.CIRCULAR), "circular padding");
    refused(ppg.withActivation(new Nonlinearity.FilteredPolynomial()), "filtered_polynomial");
    refused(ppg.withNorm(Norm.LAYER), "has no normalisation");
    refused(published("conv1d_beats").withNorm(Norm.ALIAS_FREE), "norm: alias_free");
    assertThatThrownBy(() -> Built.of(ppg.withInput(Shape.of(32, 32, 3))))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("takes signals");
    assertThatThrownBy(() -> Built.of(published("conv1d_eeg").withInput(Shape.of(1, 512, 18))))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("needs 16 columns");
  }

  private static void refused(ModelSpec spec, String why) {
    assertThatThrownBy(() -> Built.of(spec))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(why);
  }

  @Test
  void sameNetworksTakeEveryLowPass() {
    for (var antialias :
        new Antialias[] {new Antialias.Lowpass(5), new Antialias.Ideal(), new Antialias.Aps(3)}) {
      var built = Built.of(published("conv1d_eeg").withAntialias(antialias));
      assertThat(built.logits().shape()).as(antialias.words()).isEqualTo(Shape.of(2, 2));
      assertThat(built.variables().parameterCount()).isEqualTo(311470);
    }
  }

  @Test
  void theNetworksComputeTheSameOnTheCpu() {
    for (String name : new String[] {"conv1d_ppg", "conv1d_beats"}) {
      var spec = published(name).withInput(Shape.of(1, 256, 1));
      var signal = signal(256);
      try (var reference = new Run(spec, new ReferenceBackend());
          var cpu = new Run(spec, new CpuBackend(1))) {
        var expected = reference.apply(signal);
        var got = cpu.apply(signal);
        for (int i = 0; i < got.length; i++) {
          assertThat(got[i]).as(name).isCloseTo(expected[i], Offset.offset(1e-4f));
        }
      }
    }
  }

  private static float[] signal(int length) {
    var x = new float[length];
    for (int i = 0; i < length; i++) {
      x[i] = (float) (Math.sin(0.37 * i) + Math.cos(1.9 * i * i));
    }
    return x;
  }
}
