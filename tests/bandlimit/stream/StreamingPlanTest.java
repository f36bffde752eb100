package bandlimit.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.error.ShapeException;
import bandlimit.graph.op.Concat;
import bandlimit.graph.op.Constant;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Reduce;
import bandlimit.graph.op.Resample;
import bandlimit.graph.op.Slice;
import bandlimit.nn.Activation;
import bandlimit.nn.AliasFreeNorm;
import bandlimit.nn.Antialias;
import bandlimit.nn.Conv;
import bandlimit.nn.GlobalAvgPool;
import bandlimit.nn.GroupNorm;
import bandlimit.nn.IdealDown;
import bandlimit.nn.Init;
import bandlimit.nn.Layer;
import bandlimit.nn.Nonlinearity;
import bandlimit.nn.Padding;
import bandlimit.signal.Boundary;
import bandlimit.signal.Resampler;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Geometry of plans, and what they refuse.
class StreamingPlanTest {
  private static StreamingPlan plan(Layer net, int window, int hop) {
    return StreamingPlan.of(net, Shape.of(1, window, 2), 1, hop, StreamingOptions.EXACT);
  }

  // ---- geometry ----

  @Test
  void thePublishedHeartRateNetwork() {
    var plan = plan(Nets.dense(Nets.ppg(2), 0), 256, 64);
    assertThat(plan.stride()).isEqualTo(16);
    assertThat(plan.receptiveField()).isEqualTo(328);
    assertThat(plan.context()).isEqualTo(320);
    assertThat(plan.delay()).isZero();
    assertThat(plan.chunk()).isEqualTo(64);
    assertThat(plan.border()).containsExactly("features.block2.pool");
  }

  @Test
  void thePublishedContextIsTooShort() {
    var plan = plan(Nets.dense(Nets.ppg(2), 0), 256, 64);
    assertThatThrownBy(() -> plan.requireContext(256))
        .isInstanceOf(ShapeException.class)
        .hasMessage(
            "a left context of 256 samples is too short: 312 are needed (receptive field 328,"
                + " stride 16), so the first 4 columns of each window would see padding where a"
                + " stream has samples; give 320 or more");
    plan.requireContext(320);
    // the same, where the network cuts the context off itself
    assertThatThrownBy(() -> plan(Nets.dense(Nets.ppg(2), 256 / 16), 512, 64))
        .hasMessageContaining("256 samples is too short: 312 are needed");
    assertThat(plan(Nets.dense(Nets.ppg(2), 320 / 16), 576, 64).context()).isZero();
  }

  @Test
  void paddingOnBothSidesIsADelay() {
    var plan = plan(Nets.sameMixture(), 64, 16);
    assertThat(plan.stride()).isEqualTo(4);
    // conv0 1, long 3, then at half the rate (4 + 1 - 1) / 2 = 2, the stride of 2: 2, and last 1
    assertThat(plan.delay()).isEqualTo(4 * 3);
    assertThat(plan(Nets.causalMixture(), 64, 16).delay()).isZero();
  }

  @Test
  void aHopOfAnotherPhaseIsRefusedUnlessAllowed() {
    var net = Nets.averaged(Nets.ppg(2));
    assertThatThrownBy(() -> plan(net, 256, 24))
        .isInstanceOf(ShapeException.class)
        .hasMessageContaining("hop 24 is no multiple of the network's stride 16")
        .hasMessageContaining("block2.pool takes 2 columns of 8 samples at a time")
        .hasMessageContaining("take 16 or 32");
    var options = StreamingOptions.EXACT.allowingMisaligned();
    var plan = StreamingPlan.of(net, Shape.of(1, 256, 2), 1, 24, options);
    assertThat(plan.chunk()).isEqualTo(16);
    assertThat(plan.phases(24))
        .containsExactly(new StreamingPlan.Phase("features.block2.pool", 2, 2, 8));
    assertThat(plan.phases(64)).isEmpty();
  }

  @Test
  void impossibleSizesAreNamed() {
    assertThatThrownBy(() -> plan(Nets.averaged(Nets.ppg(2)), 250, 16))
        .hasMessage("a window of 250 samples is no multiple of the network's stride 16");
    assertThatThrownBy(() -> plan(Nets.ppg(2), 64, 0)).hasMessageContaining("got 0");
    assertThatThrownBy(
            () -> StreamingPlan.of(Nets.ppg(2), Shape.of(8, 64, 2), 1, 16, StreamingOptions.EXACT))
        .hasMessageContaining("maps of height 1");
    assertThatThrownBy(
            () ->
                StreamingPlan.of(
                    Nets.ppg(2),
                    Shape.of(1, 64, 2),
                    1,
                    16,
                    StreamingOptions.EXACT.withBoundary("block7")))
        .hasMessage(
            "no layer block7 that could be the boundary; there are block0, block1, block2, and"
                + " those within");
  }

  // ---- refusals ----

  private static Arguments refused(String reason, Layer layer) {
    return Arguments.of(reason, layer);
  }

  static Stream<Arguments> layers() {
    var circular = new ConvGeometry(1, 1, 1, 1, 0, 0, 1, 1, 1, Boundary.CIRCULAR);
    var upsample = new Resampler(List.of(1.0, 1.0), 2, 1, 0, 1);
    return Stream.of(
        refused("is an ideal low-pass, which sees the whole window", new IdealDown(2)),
        refused("ideal low-pass", new Nonlinearity.FilteredPolynomial().layer().orElseThrow()),
        refused("(layer norm over time)", new AliasFreeNorm()),
        refused("(layer norm over time)", new GroupNorm(1)),
        refused("(adaptive sampling, APS or LPS)", adaptive(new Antialias.Aps(1))),
        refused("(adaptive sampling, APS or LPS)", adaptive(new Antialias.Lps())),
        refused("(circular padding)", new Conv(3, 1, 3, circular, false, Init.TORCH)),
        refused("(circular padding)", new Padding(Boundary.CIRCULAR, 0, 0, 2, 0)),
        refused("(reflect padding)", new Padding(Boundary.REFLECT, 0, 0, 2, 0)),
        refused("(replicate padding)", new Padding(Boundary.REPLICATE, 0, 0, 0, 1)),
        refused(
            "raises the rate", (s, x) -> s.apply(new Resample(Resampler.IDENTITY, upsample), x)),
        refused(
            "numbers that change along the window",
            (s, x) -> s.apply(new Mul(), x, s.apply("where", ramp(x.shape().w())))),
        refused("mixes a map with a value of the whole window", gate()),
        refused("joins maps along another axis", (s, x) -> s.apply(new Concat(2), x, x)));
  }

  private static Layer adaptive(Antialias antialias) {
    return (scope, x) ->
        antialias.downsampler(Antialias.Where.CONV, 2).orElseThrow().sample(scope, x).y();
  }

  /// Each channel times a function of its mean.
  private static Layer gate() {
    return (scope, x) ->
        scope.apply(new Mul(), x, scope.apply("mean", new Reduce(x.shape().with(2, 1), 0.1), x));
  }

  private static Constant ramp(int n) {
    return new Constant(TensorType.f32(1, 1, n, 1), Collections.nCopies(n, 0.5));
  }

  @ParameterizedTest
  @MethodSource("layers")
  void whatCannotStreamIsRefusedByName(String reason, Layer layer) {
    Layer net =
        (scope, x) -> {
          var y = Nets.causal(4, 3, 1, 1, 1).build(scope.in("conv"), x);
          return Activation.RELU.build(scope.in("relu"), layer.build(scope.in("culprit"), y));
        };
    assertThatThrownBy(() -> plan(net, 64, 16))
        .isInstanceOf(ShapeException.class)
        .hasMessageStartingWith("culprit")
        .hasMessageContaining(reason)
        .hasMessageContaining("name an earlier layer as the boundary");
    // and streams up to there where that is said
    var partial =
        StreamingPlan.of(
            net, Shape.of(1, 64, 2), 1, 16, StreamingOptions.EXACT.withBoundary("conv"));
    assertThat(partial.border()).containsExactly("conv/sum");
    assertThat(partial.answersWindows()).isTrue();
  }

  /// A head that cuts off all columns that zeros before the window reach needs no more context.
  @Test
  void partialStreamingKnowsTheContextThatItsHeadCutsOff() {
    for (int cut : new int[] {0, 7, 8}) { // of 4 samples that stream and 4 of the head
      Layer net =
          (scope, x) -> {
            var y = Nets.causal(4, 5, 1, 1, 1).build(scope.in("conv"), x);
            y = Nets.causal(4, 5, 1, 1, 1).build(scope.in("second"), y);
            y = scope.in("cut").apply(new Slice(2, cut, 64), y);
            return new GlobalAvgPool().build(scope.in("gap"), y);
          };
      var partial =
          StreamingPlan.of(
              net, Shape.of(1, 64, 2), 1, 16, StreamingOptions.EXACT.withBoundary("conv"));
      assertThat(partial.context()).isEqualTo(cut == 8 ? 0 : 4);
    }
  }

  /// Zeros behind a window that some layer makes into something else, or into columns of their own.
  @Test
  void paddingThatApproximateModeCannotPlaceIsRefused() {
    var approximate = StreamingOptions.EXACT.withMode(StreamingOptions.Mode.APPROXIMATE);
    var conv = Nets.conv(2, 3, 1, 1, 0, 0, 1);
    Layer sigmoid =
        (scope, x) -> {
          var y = Nets.padded(1, 1, new Activation(Fn.SIGMOID)).build(scope.in("culprit"), x);
          return conv.build(scope.in("conv"), y);
        };
    Layer tooMuch = (scope, x) -> Nets.padded(2, 2, conv).build(scope.in("culprit"), x);
    Layer last = (scope, x) -> new Padding(Boundary.ZERO, 0, 0, 0, 1).build(scope.in("culprit"), x);
    for (Layer net : List.of(sigmoid, tooMuch, last)) {
      assertThatThrownBy(() -> StreamingPlan.of(net, Shape.of(1, 64, 2), 1, 16, approximate))
          .isInstanceOf(ShapeException.class)
          .hasMessageStartingWith("culprit")
          .hasMessageContaining("gets zeros behind the window's end from a padding layer");
      assertThat(plan(net, 64, 16).approximated()).isEmpty();
    }
  }
}
