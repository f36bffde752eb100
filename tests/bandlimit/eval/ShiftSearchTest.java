package bandlimit.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.config.TrainConfig.Protocol;
import bandlimit.data.Dataset;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Fractional shifts and searches for the worst one, on networks whose guarantees are known.
class ShiftSearchTest {
  private static final int CLASSES = 3;
  private static final Set<Protocol> SEARCHES =
      EnumSet.of(Protocol.FRACTIONAL, Protocol.ADVERSARIAL, Protocol.BILINEAR);
  private static final ShiftSettings SETTINGS = new ShiftSettings(2, List.of(1, 4, 16));

  /// Powers of circular autocorrelations at whole lags: blind to every circular shift, to
  /// fractional ones where no Nyquist frequency is left.
  private static double[] spectral(double[] x, int height, int width) {
    var logits = new double[CLASSES];
    for (int k = 0; k < CLASSES; k++) {
      for (int h = 0; h < height; h++) {
        for (int w = 0; w < width; w++) {
          int moved = (h + k) % height * width + (w + 1 + (height == 1 ? k : 0)) % width;
          logits[k] += (x[h * width + w] - 0.5) * (x[moved] - 0.5);
        }
      }
    }
    return logits;
  }

  /// Sees the pixel in the corner, more or less.
  private static double[] corner(double[] x) {
    return new double[] {x[0], 0.5, 0.3};
  }

  private static ShiftReport run(
      int batch, int height, int width, Set<Protocol> protocols, FakeNetwork.Values network) {
    Dataset data = new PixelDataset(60, height, width, 1, CLASSES, 5);
    var classifier = FakeNetwork.onValues(batch, height, width, 1, CLASSES, network);
    return ShiftEvaluation.run(
        classifier, data, protocols, SETTINGS, Optional.empty(), 7, (_, _) -> {});
  }

  private static ShiftReport.Worst worst(ShiftReport report, String label) {
    return report.worst().stream()
        .filter(w -> w.protocol().label().equals(label))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aNetworkBlindToCircularShiftsWithstandsEveryOne() {
    for (int[] size : List.of(new int[] {8, 8}, new int[] {7, 10}, new int[] {1, 9})) {
      ShiftReport report = run(16, size[0], size[1], SEARCHES, x -> spectral(x, size[0], size[1]));
      ShiftReport.Fractional fractional = report.fractional().getFirst();
      // shifted samples are floats: a sample whose logits all but agree magnifies their rounding
      assertThat(fractional.maxChange()).isLessThan(1e-3);
      assertThat(fractional.kinds())
          .allSatisfy(kind -> assertThat(kind.meanChange()).isLessThan(1e-5));
      assertThat(fractional.settled().percent()).isGreaterThan(95);
      assertThat(fractional.kinds())
          .hasSize(size[0] == 1 ? 5 : 9)
          .allSatisfy(kind -> assertThat(kind.rate().percent()).isEqualTo(100))
          .allSatisfy(kind -> assertThat(kind.top1()).isEqualTo(fractional.top1()));
      assertThat(fractional.top1().hits()).isPositive();
      for (ShiftReport.Worst found : report.worst()) {
        String label = found.protocol().label();
        if (label.startsWith("adversarial") && !label.contains("crop") && !label.contains("+")) {
          assertThat(found.robust()).as(label).isEqualTo(found.top1());
        }
      }
      // the negative control: crops and black borders are not circular
      assertThat(worst(report, "adversarial-crop-reflect4-2").robust().hits())
          .isLessThan(report.unshifted().top1().hits());
      assertThat(worst(report, "bilinear4-grid5").robust().hits())
          .isLessThan(report.unshifted().top1().hits());
    }
  }

  @Test
  void aNetworkThatSeesAPhaseDoesNot() {
    ShiftReport report = run(16, 8, 8, SEARCHES, ShiftSearchTest::corner);
    ShiftReport.Fractional fractional = report.fractional().getFirst();
    assertThat(fractional.maxChange()).isGreaterThan(0.1);
    assertThat(fractional.kinds())
        .allSatisfy(kind -> assertThat(kind.rate().percent()).isBetween(20.0, 95.0))
        .allSatisfy(kind -> assertThat(kind.meanChange()).isBetween(1e-3, kind.maxChange()));
    assertThat(report.worst())
        .allSatisfy(w -> assertThat(w.robust().hits()).isLessThanOrEqualTo(w.top1().hits()));
    assertThat(worst(report, "adversarial-int2").robust().hits())
        .isLessThan(report.unshifted().top1().hits());
  }

  /// Each grid of whole shifts or fractions holds the one before it.
  @Test
  void largerGridsAreWorse() {
    ShiftReport report = run(16, 8, 8, SEARCHES, ShiftSearchTest::corner);
    long halves = worst(report, "adversarial-halves-nyquist0").robust().hits();
    long quarters = worst(report, "adversarial-quarters-nyquist0").robust().hits();
    long eighths = worst(report, "adversarial-eighths-nyquist0").robust().hits();
    assertThat(halves).isGreaterThanOrEqualTo(quarters);
    assertThat(quarters).isGreaterThanOrEqualTo(eighths);
    assertThat(worst(report, "adversarial-int2+half2-nyquist0").robust().hits())
        .isLessThanOrEqualTo(worst(report, "adversarial-int2").robust().hits())
        .isLessThanOrEqualTo(worst(report, "adversarial-half2-nyquist0").robust().hits());
    assertThat(report.worst())
        .extracting(w -> w.protocol().label() + " " + w.shifts())
        .containsExactly(
            "adversarial-int7-random10 10",
            "adversarial-int2 24",
            "adversarial-half2-nyquist0 16",
            "adversarial-int2+half2-nyquist0 40",
            "adversarial-halves-nyquist0 3",
            "adversarial-thirds-nyquist0 8",
            "adversarial-quarters-nyquist0 15",
            "adversarial-eighths-nyquist0 63",
            "adversarial-crop-reflect4-2 24",
            "bilinear1-grid5 24",
            "bilinear1-random10 10",
            "bilinear4-grid5 24",
            "bilinear4-random10 10");
  }

  /// The search against one that tries everything: the same samples, whatever the batch.
  @Test
  void theSearchFindsWhatTryingEverythingFinds() {
    var data = new PixelDataset(60, 8, 8, 1, CLASSES, 5);
    var survivors = new HashSet<Integer>();
    for (int index = 0; index < data.size(); index++) {
      boolean all = true;
      for (int dy = -2; dy <= 2; dy++) {
        for (int dx = -2; dx <= 2; dx++) {
          var moved = Shifts.circular(data.image(index), dy, dx);
          double[] logits = corner(new double[] {moved.at(0, 0, 0) / 255});
          int predicted = logits[0] > 0.5 ? 0 : 1;
          all &= predicted == data.label(index);
        }
      }
      if (all) {
        survivors.add(index);
      }
    }
    for (int batch : new int[] {1, 7, 60}) {
      ShiftReport report =
          run(batch, 8, 8, EnumSet.of(Protocol.ADVERSARIAL), ShiftSearchTest::corner);
      var found = worst(report, "adversarial-int2").alwaysCorrect().toBitSet();
      assertThat(found.stream().boxed().toList()).containsExactlyInAnyOrderElementsOf(survivors);
    }
    assertThat(run(7, 8, 8, SEARCHES, ShiftSearchTest::corner).worst())
        .isEqualTo(run(60, 8, 8, SEARCHES, ShiftSearchTest::corner).worst());
  }

  @Test
  void aSampleThatIsBrokenIsLeftAlone() {
    var calls = new AtomicInteger();
    run(
        1,
        8,
        8,
        EnumSet.of(Protocol.ADVERSARIAL),
        x -> {
          calls.incrementAndGet();
          return new double[] {0, 0, 0}; // always class 0: two thirds are wrong from the start
        });
    int circular = 10 + 24 + 24; // random, whole, crops
    int ideal = 16 + 8 + 63; // half pixels, thirds, eighths with what they hold
    assertThat(calls.get()).isEqualTo(60 * 2 + 20 * (circular + ideal));
  }

  @Test
  void aHalfRightWholeGridShowsWhichKindBreaks() {
    // a pixel on a grid of period 2: blind to shifts by 2, not to those by 1 or 1/2
    ShiftReport report =
        run(
            16,
            8,
            8,
            EnumSet.of(Protocol.FRACTIONAL),
            x -> {
              var logits = new double[CLASSES];
              for (int i = 0; i < 64; i++) {
                logits[i / 8 % 2 + i % 2] += x[i] * x[i];
              }
              return logits;
            });
    assertThat(report.fractional().getFirst().maxChange()).isGreaterThan(1e-2);
    assertThat(report.metrics())
        .extracting(ShiftReport.Metric::name)
        .contains("shift/logit_change", "shift/consistency", "shift/top1_worst");
  }

  @Test
  void pairsAreComparedWhereTheyRanTheSame() {
    ShiftReport blind = run(16, 8, 8, SEARCHES, x -> spectral(x, 8, 8));
    ShiftReport corner = run(16, 8, 8, SEARCHES, ShiftSearchTest::corner);
    var rows = PairedComparison.of(corner, blind).rows();
    assertThat(rows).hasSize(1 + 9 + 1 + 13);
    assertThat(rows)
        .filteredOn(row -> row.metric().equals("shift/consistency"))
        .allSatisfy(row -> assertThat(row.second()).isEqualTo(100))
        .allSatisfy(row -> assertThat(row.difference()).isPositive());
  }

  @Test
  void wrongAndNanLogitsAreNeverRobust() {
    ShiftReport report = run(16, 8, 8, SEARCHES, x -> new double[] {Double.NaN, 0, 0});
    assertThat(report.worst()).allSatisfy(w -> assertThat(w.robust().hits()).isZero());
    assertThat(report.fractional().getFirst().maxChange()).isNaN();
    assertThat(report.fractional().getFirst().settled().hits()).isZero();
  }

  @Test
  void samplesOfAnotherSizeAreRefused() {
    var bytes = FakeNetwork.onValues(4, 8, 8, 1, CLASSES, ShiftSearchTest::corner);
    assertThatThrownBy(
            () ->
                ShiftEvaluation.run(
                    bytes,
                    new PixelDataset(4, 9, 8, 1, CLASSES, 5),
                    SEARCHES,
                    Optional.empty(),
                    7,
                    (_, _) -> {}))
        .hasMessageContaining("(9, 8, 1)");
  }
}
