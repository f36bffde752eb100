package bandlimit.stream;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.backend.Backend;
import bandlimit.backend.cpu.CpuBackend;
import bandlimit.backend.cuda.Emulator;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.nn.Layer;
import bandlimit.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A stream's answers against one pass over the whole signal (A), and against full inference on
/// each window (B).
class ExactnessTest {
  private static final int CHANNELS = 2;
  private static final Backend REFERENCE = new ReferenceBackend();

  /// Machines that round: the processor, and the emulated GPU where it was built.
  private static final List<Backend> FLOATS =
      Emulator.isBuilt() ? List.of(new CpuBackend(1), Emulator.open()) : List.of(new CpuBackend(1));

  @AfterAll
  static void close() {
    FLOATS.forEach(Backend::close);
  }

  static Stream<Named<Backend>> floats() {
    return FLOATS.stream().map(backend -> Named.of(backend.name(), backend));
  }

  // ---- A: the maps ----

  @ParameterizedTest
  @ValueSource(ints = {16, 160, 24, 1})
  void columnsAreThoseOfOnePassToTheBit(int hop) {
    for (Layer net : Nets.all()) {
      assertThat(difference(REFERENCE, net, hop, StreamingOptions.EXACT)).isZero();
    }
  }

  @ParameterizedTest
  @MethodSource("floats")
  void elsewhereToRounding(Backend backend) {
    for (Layer net : Nets.all()) {
      assertThat(difference(backend, net, 80, StreamingOptions.EXACT)).isLessThan(1e-6);
      assertThat(difference(backend, net, 24, StreamingOptions.EXACT)).isLessThan(1e-6);
    }
  }

  @Test
  void zerosInPlaceOfTheFutureAreSomethingElse() {
    var approximate = StreamingOptions.EXACT.withMode(StreamingOptions.Mode.APPROXIMATE);
    assertThat(difference(REFERENCE, Nets.sameMixture(), 16, approximate)).isGreaterThan(1e-2);
    assertThat(difference(REFERENCE, Nets.causalMixture(), 16, approximate)).isZero();
    var plan = plan(Nets.sameMixture(), 64, 64, approximate);
    assertThat(plan.delay()).isZero();
    assertThat(plan.approximated()).contains("conv0", "long", "last").doesNotContain("max");
    assertThat(plan.contaminated()).isBetween(0.1, 0.5);
  }

  /// A layer that pads, and a convolution that does not: as if the convolution had padded.
  @Test
  void zerosOfAPaddingLayerStandForTheFutureToo() {
    var approximate = StreamingOptions.EXACT.withMode(StreamingOptions.Mode.APPROXIMATE);
    var signal = Machine.noise(16 * 8, CHANNELS, 5);
    for (int stride : new int[] {1, 2}) {
      var own = plan(Nets.conv(3, 5, stride, 1, 2, 2, 1), 64, 16, approximate);
      var layer = plan(Nets.padded(2, 2, Nets.conv(3, 5, stride, 1, 0, 0, 1)), 64, 16, approximate);
      assertThat(layer.delay()).isZero();
      assertThat(layer.approximated()).hasSize(1);
      assertThat(layer.contaminated()).isEqualTo(own.contaminated()).isPositive();
      assertThat(Machine.stream(REFERENCE, layer, signal))
          .usingRecursiveComparison()
          .isEqualTo(Machine.stream(REFERENCE, own, signal));
    }
    // and where a layer pads in front only, there is nothing to approximate
    var causal = plan(Nets.padded(4, 0, Nets.conv(3, 5, 1, 1, 0, 0, 1)), 64, 16, approximate);
    assertThat(causal.approximated()).isEmpty();
  }

  /// Largest difference to one pass over the whole signal, over its largest value.
  private static double difference(Backend backend, Layer net, int hop, StreamingOptions options) {
    int frames = 16 * 29;
    var signal = Machine.noise(frames, CHANNELS, 3);
    var expected = Machine.full(backend, net, signal, CHANNELS);
    var plan = plan(net, 64, hop, options.allowingMisaligned());
    int columns = frames / plan.stride();
    int width = expected.length / columns;
    double worst = 0;
    long seen = 0;
    for (var heard : Machine.stream(backend, plan, signal)) {
      int n = heard.values().length / width;
      for (int i = 0; i < n; i++) {
        long column = heard.firstColumn() + i;
        if (column < 0) {
          continue;
        }
        assertThat(column).isEqualTo(seen++);
        for (int k = 0; k < width; k++) {
          double error = heard.values()[i * width + k] - expected[(int) column * width + k];
          worst = Math.max(worst, Math.abs(error));
        }
      }
      assertThat(heard.end()).isEqualTo((heard.firstColumn() + n) * plan.stride());
    }
    int missing = (frames % plan.chunk() + plan.delay()) / plan.stride();
    assertThat(seen).isEqualTo(columns - missing);
    return worst / Arrays.stream(expected).map(Math::abs).max().orElseThrow();
  }

  private static StreamingPlan plan(Layer net, int window, int hop, StreamingOptions options) {
    return StreamingPlan.of(net, Shape.of(1, window, CHANNELS), 1, hop, options);
  }

  // ---- B: windows ----

  @ParameterizedTest
  @ValueSource(ints = {16, 64})
  void answersAreThoseOfWindowsWithContext(int hop) {
    for (Layer net : Nets.all()) {
      assertThat(windowDifference(REFERENCE, net, hop, enough(net))).isZero();
    }
  }

  @ParameterizedTest
  @MethodSource("floats")
  void elsewhereToRoundingToo(Backend backend) {
    for (Layer net : Nets.all()) {
      assertThat(windowDifference(backend, net, 64, enough(net))).isLessThan(1e-6);
    }
    int half = 8; // windows at other phases
    assertThat(windowDifference(backend, Nets.ppg(3), half, 320)).isGreaterThan(1e-4);
  }

  @Test
  void misalignedWindowsDiffer() {
    for (Layer net : Nets.all()) {
      int half = plan(net, 64, 64, StreamingOptions.EXACT).stride() / 2;
      assertThat(windowDifference(REFERENCE, net, half, enough(net))).isGreaterThan(1e-4);
    }
  }

  @Test
  void aContextOfOneStrideLessDiffers() {
    var net = Nets.ppg(3);
    assertThat(windowDifference(REFERENCE, net, 64, 320)).isZero();
    assertThat(windowDifference(REFERENCE, net, 64, 304)).isGreaterThan(0);
  }

  @Test
  void zerosBeforeEachWindowDiffer() {
    for (Layer net : Nets.all()) {
      assertThat(windowDifference(REFERENCE, net, 64, 0)).isGreaterThan(1e-3);
    }
  }

  private static int enough(Layer net) {
    return plan(net, 64, 64, StreamingOptions.EXACT).context();
  }

  /// Largest difference to the network on windows with `context` samples before them, whose columns
  /// do not reach the head, and as many after them as the plan waits for.
  private static double windowDifference(Backend backend, Layer features, int hop, int context) {
    int window = 128;
    var signal = Machine.noise(16 * 50, CHANNELS, 4);
    var options = StreamingOptions.EXACT.allowingMisaligned();
    var plan = plan(Nets.dense(features, 0), window, hop, options);
    int stride = plan.stride();
    int frames = context + window + plan.delay();
    var net = Nets.windowed(features, context / stride, window / stride);
    double worst = 0;
    double largest = 0;
    int compared = 0;
    try (var whole = new Machine.Whole(backend, net, frames, CHANNELS)) {
      for (var heard : Machine.stream(backend, plan, signal)) {
        if (heard.received() >= frames) { // the windows as they are, wherever they begin
          var part = Machine.part(signal, CHANNELS, heard.received() - frames, heard.received());
          var expected = whole.of(part);
          compared++;
          for (int k = 0; k < expected.length; k++) {
            worst = Math.max(worst, Math.abs(expected[k] - heard.values()[k]));
            largest = Math.max(largest, Math.abs(expected[k]));
          }
        }
      }
    }
    assertThat(compared).isGreaterThan(2);
    return worst / largest;
  }

  // ---- the head's window ----

  @Test
  void aNetworkThatCutsItsContextItself() {
    var net = Nets.dense(Nets.ppg(3), 320 / 16);
    var plan = plan(net, 320 + 64, 64, StreamingOptions.EXACT);
    assertThat(plan.context()).isZero();
    assertThat(plan.delay()).isZero();
    var signal = Machine.noise(64 * 10, CHANNELS, 8);
    var heard = Machine.stream(REFERENCE, plan, signal);
    assertThat(heard)
        .extracting(Machine.Heard::received)
        .isEqualTo(List.of(384L, 448L, 512L, 576L, 640L));
    for (var one : heard) {
      var part = Machine.part(signal, CHANNELS, one.end() - 384, one.end());
      assertThat(one.values()).isEqualTo(Machine.full(REFERENCE, net, part, CHANNELS));
    }
  }

  /// Layers behind the boundary see each window by itself, padding and all.
  @Test
  void partialStreamingRecomputesWhatFollows() {
    Layer net =
        (scope, x) -> {
          var y = Nets.causal(4, 5, 2, 1, 1).build(scope.in("first"), x);
          y = bandlimit.nn.Activation.RELU.build(scope.in("relu"), y);
          y = Nets.same(4, 3, 1).build(scope.in("second"), y);
          return new bandlimit.nn.GlobalAvgPool().build(scope.in("gap"), y);
        };
    var plan = plan(net, 64, 32, StreamingOptions.EXACT.withBoundary("relu"));
    assertThat(plan.border()).containsExactly("relu");
    assertThat(plan.delay()).isZero();
    var signal = Machine.noise(32 * 6, CHANNELS, 9);
    var heard = Machine.stream(REFERENCE, plan, signal);
    // the first window has nothing before it: full inference of it is the same
    assertThat(heard.getFirst().values())
        .isEqualTo(Machine.full(REFERENCE, net, Machine.part(signal, CHANNELS, 0, 64), CHANNELS));
    var whole = plan(net, 64, 32, StreamingOptions.EXACT);
    assertThat(whole.border()).containsExactly("second/sum");
    assertThat(whole.delay()).isEqualTo(2);
  }
}
