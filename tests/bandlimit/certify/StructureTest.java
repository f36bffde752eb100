package bandlimit.certify;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// What follows from a network's operations.
class StructureTest {
  @ParameterizedTest
  @CsvSource({"28, 28", "32, 32", "35, 35", "56, 40"})
  void anAliasFreeNetworkIsInvariantToEveryRealTranslation(int h, int w) {
    var structure = Nets.structure(Nets.aliasFree(List.of()), h, w);
    assertThat(structure.guarantee())
        .as(structure.toString())
        .isEqualTo("every real circular translation");
    assertThat(structure.ends()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aFlawIsFoundInItsLayer(Nets.Flaw flaw) {
    var structure = Nets.structure(Nets.aliasFree(List.of(flaw)), 28, 28);
    assertThat(structure.isReal()).isFalse();
    assertThat(structure.ends().getFirst().layer()).startsWith(flaw.layer);
  }
}
