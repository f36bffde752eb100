package bandlimit.stream;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.data.Normalization;
import bandlimit.eval.Network;
import bandlimit.eval.Outputs;
import bandlimit.model.ModelSpec;
import bandlimit.model.Models;
import bandlimit.nn.Layer;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Logits of one output and numbers in their unit, streamed.
class OutputsTest {
  private static final Outputs NUMBERS =
      new Outputs.Numbers(new Normalization(List.of(70.0, -3.0), List.of(12.0, 0.25)));

  private static Layer network(String name, Outputs outputs, Optional<Integer> context) {
    return (scope, x) -> {
      var sample = x.shape().dims().subList(1, 4);
      var plain = ModelSpec.of(name, outputs.width(2), new Shape(sample));
      var spec = context.map(plain::withContext).orElse(plain);
      var type = new TensorType(DType.F32, new Shape(sample));
      var names = List.of("a", "b");
      var scale = Normalization.uniform(1, 0.1, 2);
      return new Network(Models.create(spec), type, scale, names, outputs, DType.F32)
          .logits(scope, x);
    };
  }

  @Test
  void columnsOfEachKindAreThoseOfOnePass() {
    var signal = Machine.noise(400, 1, 4);
    try (var backend = new ReferenceBackend()) {
      for (var outputs : List.of(NUMBERS, new Outputs.Binary())) {
        var net = network("conv1d_beats", outputs, Optional.empty());
        var whole = Machine.full(backend, net, signal, 1);
        var plan = StreamingPlan.of(net, Shape.of(1, 80, 1), 1, 16, StreamingOptions.EXACT);
        assertThat(plan.answersWindows()).isFalse();
        var heard =
            Machine.stream(backend, plan, signal).stream()
                .flatMapToDouble(h -> java.util.Arrays.stream(h.values()))
                .toArray();
        assertThat(heard).as(outputs.toString()).isEqualTo(whole);
        boolean zero = IntStream.range(0, 50).allMatch(i -> whole[2 * i] == 0);
        assertThat(zero).as("the first logit is 0").isEqualTo(outputs instanceof Outputs.Binary);
      }
    }
  }

  @Test
  void answersOfEachKindAreThoseOfWindows() {
    var signal = Machine.noise(480, 1, 4);
    try (var backend = new ReferenceBackend()) {
      for (var outputs : List.of(NUMBERS, new Outputs.Binary())) {
        var net = network("conv1d_ppg", outputs, Optional.of(320));
        var plan = StreamingPlan.of(net, Shape.of(1, 384, 1), 1, 48, StreamingOptions.EXACT);
        var heard = Machine.stream(backend, plan, signal);
        assertThat(heard).hasSize(3);
        for (var answer : heard) {
          var window = Machine.part(signal, 1, answer.end() - 384, answer.end());
          assertThat(answer.values()).isEqualTo(Machine.full(backend, net, window, 1));
        }
      }
    }
  }
}
