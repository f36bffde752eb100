package bandlimit.signal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class BoundaryTest {
  @ParameterizedTest
  @CsvSource({
    "ZERO,      - - - a b c d - - -",
    "REFLECT,   d c b a b c d c b a",
    "REPLICATE, a a a a b c d d d d",
    "CIRCULAR,  b c d a b c d a b c",
  })
  void fourSamplesExtendedByThree(Boundary boundary, String expected) {
    var extended = new StringBuilder();
    for (int i = -3; i < 7; i++) {
      int index = boundary.index(i, 4);
      extended.append(index < 0 ? '-' : "abcd".charAt(index)).append(' ');
    }
    assertThat(extended.toString().strip()).isEqualTo(expected);
  }

  @Test
  void paddingFitsAsTheRuleSays() {
    assertThat(Boundary.REFLECT.fits(3, 4)).isTrue();
    assertThat(Boundary.REFLECT.fits(4, 4)).isFalse();
    assertThat(Boundary.REFLECT.fits(0, 1)).isTrue();
    assertThat(Boundary.REFLECT.fits(1, 1)).isFalse();
    assertThat(Boundary.CIRCULAR.fits(4, 4)).isTrue();
    assertThat(Boundary.CIRCULAR.fits(5, 4)).isFalse();
    assertThat(Boundary.ZERO.fits(9, 1)).isTrue();
    assertThat(Boundary.REPLICATE.fits(9, 1)).isTrue();
  }

  @ParameterizedTest
  @EnumSource(Boundary.class)
  void everyFittingIndexIsASampleOrZero(Boundary boundary) {
    for (int n = 1; n < 9; n++) {
      for (int pad = 0; pad < 10 && boundary.fits(pad, n); pad++) {
        for (int i = -pad; i < n + pad; i++) {
          int index = boundary.index(i, n);
          assertThat(index).isBetween(boundary == Boundary.ZERO ? -1 : 0, n - 1);
          if (0 <= i && i < n) {
            assertThat(index).isEqualTo(i);
          }
        }
      }
    }
  }

  @Test
  void theMatrixCopiesSamples() {
    var matrix = Boundary.REFLECT.toMatrix(2, 1, 3);
    assertThat(matrix.operate(new double[] {5, 6, 7})).containsExactly(7, 6, 5, 6, 7, 6);
    for (var bad : List.of(Boundary.REFLECT, Boundary.CIRCULAR)) {
      assertThatThrownBy(() -> bad.toMatrix(4, 0, 3)).hasMessageContaining(bad.rule());
    }
  }
}
