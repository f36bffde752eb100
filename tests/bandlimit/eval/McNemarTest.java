package bandlimit.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import org.apache.commons.math3.stat.inference.AlternativeHypothesis;
import org.apache.commons.math3.stat.inference.BinomialTest;
import org.junit.jupiter.api.Test;

class McNemarTest {
  /// The sum of both tails in whole numbers: all binomials C(n, k) with k at least as far from n/2.
  private static double bySummation(int b, int c) {
    int n = b + c;
    BigInteger tails = BigInteger.ZERO;
    BigInteger choose = BigInteger.ONE;
    for (int k = 0; k <= n; k++) {
      if (Math.abs(2 * k - n) >= Math.abs(b - c)) {
        tails = tails.add(choose);
      }
      choose = choose.multiply(BigInteger.valueOf(n - k)).divide(BigInteger.valueOf(k + 1));
    }
    return new BigDecimal(tails)
        .divide(new BigDecimal(BigInteger.TWO.pow(n)), MathContext.DECIMAL64)
        .doubleValue();
  }

  @Test
  void isTheSumOfBothTails() {
    for (int b = 0; b < 30; b++) {
      for (int c = 0; c < 30; c++) {
        assertThat(new McNemar(b, c).pValue() / bySummation(b, c))
            .as("%d, %d", b, c)
            .isCloseTo(1, within(1e-12));
      }
    }
    int[][] large = {{0, 100}, {0, 1000}, {480, 520}, {1000, 1200}, {2000, 2001}, {900, 100}};
    for (int[] pair : large) {
      assertThat(new McNemar(pair[0], pair[1]).pValue() / bySummation(pair[0], pair[1]))
          .as("%d, %d", pair[0], pair[1])
          .isCloseTo(1, within(1e-10));
    }
  }

  @Test
  void knownValues() {
    assertThat(new McNemar(1, 5).pValue()).isCloseTo(0.21875, within(1e-15)); // 14 of 64
    assertThat(new McNemar(0, 6).pValue()).isCloseTo(0.03125, within(1e-15)); // 2 of 64
    assertThat(new McNemar(0, 100).pValue() * Math.pow(2, 99)).isCloseTo(1, within(1e-12));
  }

  @Test
  void agreesWithTheLibraryWhereThatHasDigits() {
    for (int b = 0; b < 40; b += 3) {
      for (int c = b + 1; c < 40; c += 4) {
        double library =
            2 * new BinomialTest().binomialTest(b + c, b, 0.5, AlternativeHypothesis.LESS_THAN);
        assertThat(new McNemar(b, c).pValue()).isCloseTo(Math.min(1, library), within(1e-12));
      }
    }
  }

  @Test
  void noDifferenceIsNoEvidence() {
    assertThat(new McNemar(0, 0).pValue()).isEqualTo(1);
    assertThat(new McNemar(7, 7).pValue()).isEqualTo(1);
    assertThat(new McNemar(7, 8).pValue()).isCloseTo(1, within(1e-12));
    assertThat(new McNemar(1_000_000_000, 1_000_000_000).pValue()).isEqualTo(1);
  }

  @Test
  void largeCountsFollowTheNormalLimit() {
    // b - c is 2 of its standard deviations: 0.0455 (two-sided, with the continuity correction)
    long n = 100_000_000;
    long difference = 2 * (long) Math.sqrt(n);
    double p = new McNemar((n - difference) / 2, (n + difference) / 2).pValue();
    assertThat(p).isCloseTo(0.04550, within(2e-5));
    assertThat(new McNemar(0, 1_000_000).pValue()).isBetween(0.0, 1e-300);
  }

  @Test
  void whicheverRunComesFirst() {
    assertThat(new McNemar(3, 17).pValue()).isEqualTo(new McNemar(17, 3).pValue());
  }

  @Test
  void countsTheImagesThatOnlyOneGetsRight() {
    boolean[] first = {true, true, false, false, true};
    boolean[] second = {true, false, true, false, false};
    assertThat(McNemar.of(first, second)).isEqualTo(new McNemar(2, 1));
    assertThatThrownBy(() -> McNemar.of(first, new boolean[4]))
        .hasMessageContaining("same images")
        .hasMessageContaining("5 and 4");
    assertThatThrownBy(() -> new McNemar(-1, 0)).hasMessageContaining("-1");
  }
}
