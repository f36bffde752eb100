package bandlimit.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import bandlimit.backend.Backend;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.graph.op.Add;
import bandlimit.nn.Activation;
import bandlimit.nn.Layer;
import bandlimit.nn.MaxPool;
import bandlimit.stream.PhaseError.Reads;
import bandlimit.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What a stream answers in place of a window at another phase, and the bound that it states.
class PhaseErrorTest {
  private static final int FRAMES = 512;
  private static final int WINDOW = 64;
  private static final double RATE = 256;
  private static final Backend REFERENCE = new ReferenceBackend();

  private static float[] cosine(double amplitude, double hertz) {
    var x = new float[FRAMES];
    for (int i = 0; i < FRAMES; i++) {
      x[i] = (float) (amplitude * Math.cos(2 * Math.PI * hertz * i / RATE));
    }
    return x;
  }

  private static StreamingPlan plan(Layer network, int hop) {
    return StreamingPlan.of(
        network, Shape.of(1, WINDOW, 1), 1, hop, StreamingOptions.EXACT.allowingMisaligned());
  }

  private static double amplitude(float[] x) {
    var range = new SignalRange(1);
    range.add(x, x.length);
    return range.amplitude(List.of(1.0));
  }

  /// The largest difference between a window's columns and those that the stream has of the phase
  /// before.
  private static double measured(Layer network, int stride, int hop, float[] x) {
    var columns =
        Machine.stream(REFERENCE, plan(network, hop), x).stream()
            .flatMapToDouble(h -> java.util.Arrays.stream(h.values()))
            .toArray();
    double worst = 0;
    try (var whole = new Machine.Whole(REFERENCE, network, WINDOW, 1)) {
      for (int from = 0; from + WINDOW <= FRAMES; from += hop) {
        var window = whole.of(Machine.part(x, 1, from, from + WINDOW));
        for (int c = 0; c < window.length; c++) {
          worst = Math.max(worst, Math.abs(window[c] - columns[from / stride + c]));
        }
      }
    }
    return worst;
  }

  @Test
  void aPoolOfTheSamplesErrsNoMoreThanItSays() {
    var x = cosine(3, 4);
    for (Layer pool : List.<Layer>of(new MaxPool(4, 4, 0), new MaxPool(1, 4, 0), Nets.average(4))) {
      for (int hop : new int[] {5, 6, 7}) {
        var errors = plan(pool, hop).phaseErrors(hop, amplitude(x), 4, RATE);
        assertThat(errors).hasSize(1);
        var error = errors.getFirst();
        assertThat(error.reads()).isEqualTo(Reads.SAMPLES);
        assertThat(error.relative()).isCloseTo(3 * 2 * Math.PI * 4 / RATE, within(1e-12));
        double bound = error.error().orElseThrow();
        assertThat(bound).isCloseTo(3 * error.relative(), within(1e-6));
        double measured = measured(pool, 4, hop, x);
        assertThat(measured).isPositive().isLessThanOrEqualTo(bound);
      }
    }
    // what is off by three samples of a slow cosine comes near the bound
    double bound = PoolingBound.error(4, 3, 4, RATE);
    assertThat(measured(new MaxPool(1, 4, 0), 4, 7, x)).isGreaterThan(0.97 * bound);
    // and the bound of a band that the signal exceeds does not hold
    double lower = PoolingBound.error(4, 3, 2, RATE);
    assertThat(measured(new MaxPool(1, 4, 0), 4, 7, x)).isGreaterThan(lower);
    assertThat(measured(new MaxPool(4, 4, 0), 4, 8, x)).isZero(); // aligned
  }

  /// Looking at each branch anew would take 2^60 looks.
  @Test
  @Timeout(
      value = 20,
      threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // a deep recursion hears no interrupt
  void branchesThatJoinAreLookedAtOnce() {
    Layer net =
        (scope, x) -> {
          var y = Nets.causal(2, 3, 1, 1, 1).build(scope.in("conv"), x);
          for (int i = 0; i < 60; i++) {
            y =
                scope
                    .in("sum" + i)
                    .apply(new Add(), y, Activation.RELU.build(scope.in("r" + i), y));
          }
          return new MaxPool(2, 2, 0).build(scope.in("pool"), y);
        };
    var errors = plan(net, 5).phaseErrors(5, 1, 4, RATE);
    assertThat(errors).extracting(PhaseError::reads).containsExactly(Reads.MAP);
  }

  @Test
  void whatALayerReadsDecidesWhatCanBeSaid() {
    Layer net =
        (scope, x) -> {
          var y = Nets.causal(2, 3, 2, 1, 1).build(scope.in("conv"), x);
          y = Nets.average(2).build(scope.in("mean"), y);
          y = Activation.RELU.build(scope.in("relu"), y);
          return Nets.average(2).build(scope.in("pool"), y);
        };
    var errors = plan(net, 3).phaseErrors(3, 1, 4, RATE);
    assertThat(errors).extracting(PhaseError::layer).containsExactly("conv", "mean", "pool");
    assertThat(errors)
        .extracting(PhaseError::reads)
        .containsExactly(Reads.FILTERED, Reads.FILTERED, Reads.MAP);
    assertThat(errors).allMatch(e -> e.error().isEmpty());
    assertThat(errors.get(1).relative()).isCloseTo(2 * errors.get(0).relative(), within(1e-12));
    assertThat(errors.get(2).text()).contains("takes 2 columns of 4 samples of a map");
    assertThat(plan(net, 4).phaseErrors(4, 1, 4, RATE))
        .extracting(PhaseError::layer)
        .containsExactly("pool");
    assertThat(plan(net, 3).phaseErrors(3, 1, Double.POSITIVE_INFINITY, 1).getFirst().text())
        .contains("off by anything (the bound is 2.00 times the amplitude)");
  }
}
