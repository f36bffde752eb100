package bandlimit.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;

class DivisorTest {
  @Test
  void quotientsAreExact() {
    var random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      int bound = 1 + random.nextInt(31);
      int d = 1 + (i < 3000 ? i : random.nextInt(Integer.MAX_VALUE) >>> bound);
      var divisor = Divisor.of(d);
      int multiple = Integer.MAX_VALUE / d * d;
      int some = random.nextInt(Integer.MAX_VALUE);
      int[] numbers = {
        0, 1, d - 1, d, Integer.MAX_VALUE, multiple, multiple - 1, some, some / d * d
      };
      for (int n : numbers) {
        assertThat(divisor.quotient(n)).as("%d / %d", n, d).isEqualTo(n / d);
      }
    }
  }

  @Test
  void nothingIsDividedByZero() {
    assertThatThrownBy(() -> Divisor.of(0)).hasMessage("cannot divide by 0");
  }
}
