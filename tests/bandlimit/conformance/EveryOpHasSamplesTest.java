package bandlimit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.graph.op.FusedOp;
import bandlimit.graph.op.NormalizeRelu;
import bandlimit.graph.op.Op;
import bandlimit.graph.op.Part;
import bandlimit.graph.op.Resample;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A new op without a row in the table does not pass unnoticed.
class EveryOpHasSamplesTest {
  @Test
  void everyOpHasSamples() {
    assertThat(records(Op.class))
        .hasSizeGreaterThan(40)
        .filteredOn(op -> op != Part.class) // it belongs to fused ops, whose rows have it
        .allSatisfy(
            op -> assertThat(Samples.of(op)).as(op.getSimpleName() + " in Samples").isNotEmpty());
  }

  @Test
  void fusedOpsAreCounted() {
    assertThat(records(Op.class)).contains(NormalizeRelu.class, Resample.class);
    assertThat(records(Op.class)).doesNotContain(FusedOp.class);
  }

  /// Two rows of one name would be one row with the same numbers.
  @Test
  void noRowIsThereTwice() {
    var names = new HashSet<String>();
    assertThat(Samples.all()).allSatisfy(row -> assertThat(names.add(row.toString())).isTrue());
  }

  /// The records behind a sealed interface, however deep.
  private static List<Class<?>> records(Class<?> type) {
    var found = new ArrayList<Class<?>>();
    for (Class<?> permitted : type.getPermittedSubclasses()) {
      found.addAll(permitted.isSealed() ? records(permitted) : List.of(permitted));
    }
    return found;
  }
}
