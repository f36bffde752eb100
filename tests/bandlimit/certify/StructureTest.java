package bandlimit.certify;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.graph.op.Add;
import bandlimit.nn.Activation;
import bandlimit.nn.GlobalAvgPool;
import bandlimit.nn.LargestNorm;
import bandlimit.nn.Layer;
import bandlimit.nn.Polyphase;
import bandlimit.nn.Sequential;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// What follows from a network's operations.
class StructureTest {
  @ParameterizedTest
  @CsvSource({"28, 28", "32, 32", "35, 35", "56, 40", "1, 64"})
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

  /// Sampled by one choice two maps move together, by two choices they need not.
  @Test
  void mapsOfDifferentChoicesAreNotAdded() {
    Layer relu = Activation.RELU;
    var sampling = new Polyphase(new LargestNorm(), 2, Optional.empty());
    Layer together =
        (scope, x) -> {
          var first = sampling.sample(scope.in("a"), relu.build(scope.in("relu"), x));
          var second = sampling.sampleLike(scope.in("b"), x, first.choices());
          return scope.in("add").apply(new Add(), first.y(), second);
        };
    Layer apart =
        (scope, x) -> {
          var first = sampling.sample(scope.in("a"), relu.build(scope.in("relu"), x));
          var second = sampling.sample(scope.in("b"), x);
          return scope.in("add").apply(new Add(), first.y(), second.y());
        };
    assertThat(pooled(together).guarantee()).isEqualTo("every integer circular translation");
    var lost = pooled(apart);
    assertThat(lost.guarantee()).isEqualTo("integer circular translations, multiples of 2");
    assertThat(lost.ends().getLast().layer()).isEqualTo("net.0.add");
    assertThat(lost.ends().getLast().reason()).isEqualTo("maps that move otherwise");
  }

  private static Structure pooled(Layer layer) {
    return Nets.structure(Sequential.of(layer, Activation.RELU, new GlobalAvgPool()), 16, 16);
  }

  @ParameterizedTest
  @CsvSource({"2, 5, 10", "4, 6, 12", "1, 3, 3"})
  void translationsCommonToTwoGroups(int a, int b, int both) {
    var steps = Moves.multiplesOf(a, 1).and(Moves.multiplesOf(b, 1));
    assertThat(steps).isEqualTo(Moves.multiplesOf(both, 1));
    assertThat(Moves.REAL.and(steps)).isEqualTo(steps);
    assertThat(Moves.multiplesOf(3, 2).and(Moves.multiplesOf(1, 1)))
        .isEqualTo(Moves.multiplesOf(3, 1));
    assertThat(Moves.multiplesOf(1, 2).contains(Moves.multiplesOf(3, 2))).isTrue();
    assertThat(Moves.multiplesOf(3, 2).contains(Moves.multiplesOf(1, 2))).isFalse();
  }
}
