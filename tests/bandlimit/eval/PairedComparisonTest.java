package bandlimit.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import bandlimit.config.TrainConfig.Protocol;
import bandlimit.error.DataException;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PairedComparisonTest {
  private static ShiftReport report(
      long dataSeed, long seed, Optional<Integer> limit, int right, Set<Protocol> protocols) {
    var data = new PixelDataset(100, 16, 16, 1, 2, dataSeed);
    // right on the labels of class `right` alone, whatever the image
    return ShiftEvaluation.run(
        FakeNetwork.classifier(32, 16, 16, 1, 2, x -> right == 2 ? one(x[0] % 2) : one(right)),
        data,
        protocols,
        limit,
        seed,
        (_, _) -> {});
  }

  private static double[] one(int k) {
    var logits = new double[2];
    logits[k] = 1;
    return logits;
  }

  private static final Set<Protocol> ALL =
      EnumSet.of(Protocol.CROP, Protocol.CIRCULAR, Protocol.DIAGONAL);

  @Test
  void countsTheSamplesThatOnlyOneRunGetsRight() {
    ShiftReport zeros = report(1, 7, Optional.of(40), 0, ALL);
    ShiftReport ones = report(1, 7, Optional.of(40), 1, ALL);
    PairedComparison.Row top1 = PairedComparison.of(zeros, ones).rows().getFirst();
    assertThat(top1.metric()).isEqualTo("eval/top1");
    assertThat(top1.onlyFirst() + top1.onlySecond()).isEqualTo(40);
    assertThat(top1.onlyFirst()).isEqualTo(zeros.unshifted().top1().hits());
  }

  @Test
  void aConstantNetworkIsMoreConsistentThanOneThatSeesAPixel() {
    ShiftReport chance = report(1, 7, Optional.empty(), 2, ALL);
    ShiftReport constant = report(1, 7, Optional.empty(), 0, ALL);
    PairedComparison.Row row =
        PairedComparison.of(chance, constant).rows().stream()
            .filter(r -> r.metric().equals("shift/consistency"))
            .filter(r -> r.protocol().equals("circular-int8"))
            .findFirst()
            .orElseThrow();
    assertThat(row.onlyFirst()).isZero();
    assertThat(row.pValue()).isLessThan(1e-6);
    assertThat(row.pValue()).isCloseTo(Math.pow(0.5, row.onlySecond() - 1), within(1e-20));
    assertThat(row.difference())
        .isCloseTo(100 - chance.consistency().get(2).rate().percent(), within(1e-9));
  }

  @Test
  void aRunDoesNotDifferFromItself() {
    ShiftReport report = report(1, 7, Optional.empty(), 2, ALL);
    assertThat(PairedComparison.of(report, report).rows())
        .hasSize(8)
        .allSatisfy(row -> assertThat(row.pValue()).isEqualTo(1))
        .allSatisfy(row -> assertThat(row.difference()).isZero());
  }

  @Test
  void refusesWhatIsNotPaired() {
    ShiftReport report = report(1, 7, Optional.empty(), 2, ALL);
    refused(report, report(2, 7, Optional.empty(), 2, ALL), "digest");
    refused(report, report(1, 8, Optional.empty(), 2, ALL), "seed of the shifts");
    refused(report, report(1, 7, Optional.of(50), 2, ALL), "number of samples");
    refused(
        report(1, 7, Optional.empty(), 2, Set.of(Protocol.CROP)),
        report(1, 7, Optional.empty(), 2, Set.of(Protocol.CIRCULAR)),
        "protocols");
  }

  private static void refused(ShiftReport first, ShiftReport second, String why) {
    assertThatThrownBy(() -> PairedComparison.of(first, second))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(why)
        .hasMessageNotContaining("\n");
  }
}
