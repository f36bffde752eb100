package bandlimit.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Outputs of a stream beside those of windows.
class OutputTallyTest {
  private static final List<String> NAMES = List.of("none", "event");

  private static HostTensor rows(float... values) {
    return HostTensor.of(Shape.of(values.length / 2, 2), values);
  }

  private static StreamReport.Agreement of(HostTensor full, HostTensor stream) {
    var tally = new OutputTally(2);
    for (int row = 0; row < full.shape().at(0); row++) {
      tally.add(full, row, stream, row);
    }
    return tally.agreement(1, NAMES, true);
  }

  @Test
  void differencesAreOverTheRangeOfTheOutput() {
    var agreement = of(rows(0, 1, 4, 3, 2, 2.5f), rows(0, 1, 4, 5, 2, 1.5f));
    var event = agreement.outputs().get(1);
    assertThat(event.range()).isEqualTo(2);
    assertThat(event.largest()).isEqualTo(2);
    assertThat(event.nrmse()).isCloseTo(Math.sqrt(5.0 / 3) / 2, within(1e-12));
    assertThat(agreement.outputs().get(0).nrmse()).isZero();
    assertThat(agreement.decisions().orElseThrow().hits()).isEqualTo(1); // the first alone
  }

  @Test
  void whatIsNoNumberAgreesWithNothing() {
    var agreement = of(rows(1, 0), rows(Float.NaN, 0));
    assertThat(agreement.decisions().orElseThrow().hits()).isZero();
    assertThat(agreement.largest()).isNaN();
  }
}
