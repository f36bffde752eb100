package bandlimit.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import bandlimit.config.TrainConfig.Protocol;
import bandlimit.data.Dataset;
import bandlimit.error.ConfigException;
import bandlimit.error.DataException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Networks whose every prediction is known: one blind to circular shifts, one that sees nothing
/// but a phase.
class ShiftEvaluationTest {
  private static final int SIZE = 16;
  private static final int CLASSES = 4;
  private static final Set<Protocol> ALL =
      EnumSet.of(Protocol.CROP, Protocol.CIRCULAR, Protocol.DIAGONAL);

  private final Dataset pixels = new PixelDataset(300, SIZE, SIZE, 1, CLASSES, 5);

  /// A histogram: the same for every circular shift, not for crops.
  private static double[] histogram(int[] x) {
    var logits = new double[CLASSES];
    for (int value : x) {
      logits[value % CLASSES] += 0.5;
    }
    return logits;
  }

  /// Whether one of the brightest pixels lies on a grid of `period`.
  private static double[] phase(int[] x, int period) {
    int brightest = Arrays.stream(x).max().orElseThrow();
    boolean onGrid = false;
    for (int h = 0; h < SIZE; h += period) {
      for (int w = 0; w < SIZE; w += period) {
        onGrid |= x[h * SIZE + w] == brightest;
      }
    }
    var logits = new double[CLASSES];
    logits[onGrid ? 0 : 1] = 1;
    return logits;
  }

  private static double[] corner(int[] x) {
    var logits = new double[CLASSES];
    logits[x[0] % 2] = 1;
    return logits;
  }

  private ShiftReport run(int batch, FakeNetwork.Function network, Set<Protocol> protocols) {
    return ShiftEvaluation.run(
        FakeNetwork.classifier(batch, SIZE, SIZE, 1, CLASSES, network),
        pixels,
        protocols,
        Optional.empty(),
        7,
        (_, _) -> {});
  }

  private static ShiftReport.Consistency consistency(ShiftReport report, String protocol) {
    return report.consistency().stream()
        .filter(c -> c.protocol().label().equals(protocol))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aNetworkBlindToCircularShiftsIsConsistentUnderThemAlone() {
    ShiftReport report = run(32, ShiftEvaluationTest::histogram, ALL);

    ShiftReport.Consistency circular = consistency(report, "circular-int8");
    assertThat(circular.rate().percent()).isEqualTo(100);
    assertThat(circular.rate().low()).isBetween(98.0, 99.9);
    assertThat(circular.views().logitStd()).isZero();
    assertThat(circular.views().stability()).isZero();
    assertThat(circular.views().alwaysCorrect()).isEqualTo(report.unshifted().correct());
    assertThat(circular.views().top1Mean())
        .isCloseTo(report.unshifted().top1().percent(), within(1e-9));
    assertThat(report.strata().getFirst().strata())
        .hasSize(4)
        .allSatisfy(s -> assertThat(s.rate().percent()).isEqualTo(100));
    assertThat(report.distances().getFirst().points())
        .hasSize(16)
        .allSatisfy(p -> assertThat(p.rate().percent()).isEqualTo(100));
    // crops take pixels out and put mirrored ones in: the negative control
    assertThat(consistency(report, "crop-reflect4").rate().percent()).isBetween(20.0, 90.0);
    assertThat(report.sweeps().getFirst().views().stability()).isPositive();
  }

  @Test
  void aNetworkThatSeesOnePixelAgreesByChance() {
    ShiftReport report = run(32, ShiftEvaluationTest::corner, ALL);

    // two independent bits, equal by chance; and 1/64 of the pairs are the same shift
    double expected = 100 * (1.0 / 64 + 63.0 / 64 / 2);
    Rate circular = consistency(report, "circular-int8").rate();
    assertThat(circular.low()).isLessThan(expected);
    assertThat(circular.high()).isGreaterThan(expected);
    assertThat(consistency(report, "crop-reflect4").rate().percent()).isBetween(40.0, 65.0);
    assertThat(consistency(report, "circular-int8").views().top1Worst().percent())
        .isLessThan(consistency(report, "circular-int8").views().top1Mean());
  }

  @Test
  void aPeriodShowsInTheStrataThatAreItsMultiples() {
    for (int period : new int[] {2, 4, 8}) {
      ShiftReport report = run(32, x -> phase(x, period), Set.of(Protocol.CIRCULAR));
      for (ShiftReport.Stratum stratum : report.strata().getFirst().strata()) {
        int multiple = stratum.name().startsWith("odd") ? 1 : stratum.name().charAt(13) - '0';
        if (multiple % period == 0) {
          assertThat(stratum.rate().percent()).as(stratum.name()).isEqualTo(100);
        } else {
          assertThat(stratum.rate().percent()).as(stratum.name()).isLessThan(99);
        }
      }
      for (ShiftReport.Distance point : report.distances().getFirst().points()) {
        assertThat(point.rate().percent() == 100).isEqualTo(point.pixels() % period == 0);
      }
    }
  }

  @Test
  void theSharedDrawIsOneForEightSamples() {
    // one image many times over, and a network that sees every shift: what a sample answers is a
    // function of its offsets, so samples with one draw agree or disagree together
    Dataset same =
        new Dataset() {
          private final Dataset one = new PixelDataset(1, SIZE, SIZE, 1, CLASSES, 5);

          @Override
          public String name() {
            return "same";
          }

          @Override
          public bandlimit.data.Split split() {
            return one.split();
          }

          @Override
          public int size() {
            return 160;
          }

          @Override
          public bandlimit.tensor.TensorType sampleType() {
            return one.sampleType();
          }

          @Override
          public java.util.List<String> classNames() {
            return one.classNames();
          }

          @Override
          public bandlimit.data.Normalization normalization() {
            return one.normalization();
          }

          @Override
          public int label(int index) {
            return 0;
          }

          @Override
          public bandlimit.data.Image image(int index) {
            return one.image(0);
          }
        };
    ShiftReport report =
        ShiftEvaluation.run(
            FakeNetwork.classifier(12, SIZE, SIZE, 1, CLASSES, ShiftEvaluationTest::corner),
            same,
            Set.of(Protocol.CROP),
            Optional.empty(),
            7,
            (_, _) -> {});
    assertThat(mixedGroups(consistency(report, "crop-reflect4-shared").agreed())).isZero();
    assertThat(mixedGroups(consistency(report, "crop-reflect4").agreed())).isGreaterThan(15);
  }

  private static int mixedGroups(Bits agreed) {
    int mixed = 0;
    for (int group = 0; group < agreed.size() / 8; group++) {
      int set = agreed.toBitSet().get(8 * group, 8 * group + 8).cardinality();
      mixed += set % 8 == 0 ? 0 : 1;
    }
    return mixed;
  }

  @Test
  void neitherTheBatchSizeNorTheOtherProtocolsChangeAnything() {
    ShiftReport all = run(32, ShiftEvaluationTest::corner, ALL);
    assertThat(run(32, ShiftEvaluationTest::corner, ALL)).isEqualTo(all);
    assertThat(run(7, ShiftEvaluationTest::corner, ALL).consistency()).isEqualTo(all.consistency());
    assertThat(run(32, ShiftEvaluationTest::corner, Set.of(Protocol.CIRCULAR)).strata())
        .isEqualTo(all.strata());
    assertThat(run(300, ShiftEvaluationTest::corner, Set.of(Protocol.CROP)).consistency())
        .isEqualTo(
            all.consistency().stream().filter(c -> c.protocol().label().contains("crop")).toList());
  }

  @Test
  void anotherSeedDrawsOtherShifts() {
    var network = FakeNetwork.classifier(32, SIZE, SIZE, 1, CLASSES, ShiftEvaluationTest::corner);
    var seeds = new ShiftReport[2];
    for (int seed = 0; seed < 2; seed++) {
      seeds[seed] = ShiftEvaluation.run(network, pixels, ALL, Optional.empty(), seed, (_, _) -> {});
    }
    for (int i = 0; i < 3; i++) {
      assertThat(seeds[0].consistency().get(i).agreed())
          .isNotEqualTo(seeds[1].consistency().get(i).agreed());
    }
    assertThat(seeds[0].sweeps()).isEqualTo(seeds[1].sweeps());
  }

  @Test
  void aLimitDrawsFromTheWholeDataSet() {
    ShiftReport report =
        ShiftEvaluation.run(
            FakeNetwork.classifier(32, SIZE, SIZE, 1, CLASSES, ShiftEvaluationTest::histogram),
            pixels,
            ALL,
            Optional.of(50),
            7,
            (_, _) -> {});
    assertThat(report.samples()).isEqualTo(50);
    var indices = report.sweeps().getFirst().curves().stream().map(c -> c.index()).toList();
    assertThat(indices).hasSizeBetween(20, 24).doesNotHaveDuplicates().isSorted();
    assertThat(indices.getLast()).isGreaterThan(100);
    // whether classes take turns or come in blocks, a regular choice would meet few of them
    assertThat(indices.stream().map(i -> i % 10).distinct()).hasSizeGreaterThan(5);
    assertThat(report.sweeps().getFirst().curves())
        .extracting(ShiftReport.Curve::trueClass)
        .contains("class 0", "class 1", "class 2", "class 3");
  }

  @Test
  void theSweepFollowsOneSampleAcrossTheOffsets() {
    // p(true class) rises with the pixel in the corner, which the sweep moves along the diagonal
    ShiftReport report =
        run(
            32,
            x -> {
              var logits = new double[CLASSES];
              Arrays.fill(logits, x[0] / 64.0);
              logits[0] = 0;
              return logits;
            },
            Set.of(Protocol.DIAGONAL));
    ShiftReport.Sweep sweep = report.sweeps().getFirst();
    ShiftReport.Curve curve = sweep.curves().getFirst();
    assertThat(sweep.protocol().label()).isEqualTo("diagonal-reflect4");
    assertThat(sweep.offsets()).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8);
    assertThat(curve.index()).isZero();
    for (int o = 0; o <= 8; o++) {
      // mirrored about the edge pixel: position -k shows pixel k
      int at = Math.abs(o - 4);
      double z = Math.exp(pixels.image(0).at(at, at, 0) / 64.0);
      assertThat(curve.pTrue().get(o)).isCloseTo(1 / (1 + 3 * z), within(1e-5));
    }
    assertThat(curve.thumbnail()).startsWith("data:image/png;base64,iVBOR");
  }

  @Test
  void nanIsNeitherRightNorConsistent() {
    ShiftReport report =
        run(32, x -> new double[] {Double.NaN, 0, 0, 0}, EnumSet.of(Protocol.CIRCULAR));
    assertThat(report.unshifted().top1().hits()).isZero();
    assertThat(consistency(report, "circular-int8").rate().hits()).isZero();
  }

  @Test
  void theReportSurvivesItsFile(@TempDir Path folder) {
    ShiftReport report = run(32, ShiftEvaluationTest::histogram, ALL);
    report.write(folder.resolve("shift.json"));
    assertThat(ShiftReport.read(folder.resolve("shift.json"))).isEqualTo(report);
  }

  @Test
  void metricsHaveTheNamesOfTheConventions() {
    ShiftReport report = run(32, ShiftEvaluationTest::histogram, ALL);
    assertThat(report.metrics())
        .contains(new ShiftReport.Metric("shift/consistency", "circular-int8", 100))
        .extracting(ShiftReport.Metric::name)
        .containsOnly(
            "shift/consistency",
            "shift/top1_mean",
            "shift/top1_worst",
            "shift/logit_std",
            "shift/stability");
  }

  @Test
  void signalsMoveAlongTimeOnly() {
    var signals = new PixelDataset(60, 1, 40, 2, CLASSES, 3);
    ShiftReport report =
        ShiftEvaluation.run(
            FakeNetwork.classifier(16, 1, 40, 2, CLASSES, ShiftEvaluationTest::histogram),
            signals,
            ALL,
            Optional.empty(),
            7,
            (_, _) -> {});
    assertThat(consistency(report, "circular-int8").rate().percent()).isEqualTo(100);
    assertThat(report.distances().getFirst().points())
        .extracting(ShiftReport.Distance::direction)
        .containsOnly("right");
    assertThat(report.sweeps().getFirst().views().views()).isEqualTo(9);
  }

  @Test
  void whatCannotBeShiftedIsRefused() {
    var tiny = new PixelDataset(8, 4, 4, 1, CLASSES, 3);
    assertThatThrownBy(
            () ->
                ShiftEvaluation.run(
                    FakeNetwork.classifier(4, 4, 4, 1, CLASSES, ShiftEvaluationTest::histogram),
                    tiny,
                    ALL,
                    Optional.empty(),
                    0,
                    (_, _) -> {}))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("4 x 4");
    assertThatThrownBy(
            () ->
                ShiftEvaluation.run(
                    FakeNetwork.classifier(4, 8, 8, 1, CLASSES, ShiftEvaluationTest::histogram),
                    pixels,
                    ALL,
                    Optional.empty(),
                    0,
                    (_, _) -> {}))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("(16, 16, 1)")
        .hasMessageContaining("(8, 8, 1)");
  }

  @Test
  void largeImagesAreCroppedFromALargerArea() {
    var large = new PixelDataset(3, 96, 96, 3, CLASSES, 3);
    ShiftReport report =
        ShiftEvaluation.run(
            FakeNetwork.classifier(2, 96, 96, 3, CLASSES, ShiftEvaluationTest::histogram),
            large,
            ALL,
            Optional.empty(),
            7,
            (_, _) -> {});
    assertThat(report.consistency())
        .extracting(c -> c.protocol().label())
        .containsExactly("crop-int32", "crop-int32-shared", "circular-int8");
    assertThat(report.sweeps().getFirst().offsets()).hasSize(33).endsWith(32);
  }
}
