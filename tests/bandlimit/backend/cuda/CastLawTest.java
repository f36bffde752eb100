package bandlimit.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.conformance.Harness;
import bandlimit.graph.Graph;
import bandlimit.graph.op.Cast;
import bandlimit.plan.Procedure;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// A cast on the device is the host's, to the bit: what is written as bf16 and what is made so
/// there must not differ.
class CastLawTest {
  private static final int ALL = 1 << 16;

  @Test
  void everyBf16NumberIsAFloat32Number() {
    var x = HostTensor.allocate(TensorType.of(DType.BF16, ALL));
    for (int bits = 0; bits < ALL; bits++) {
      x.data().setAtIndex(HostTensor.BF16, bits, (short) bits);
    }
    assertThat(cast(x, DType.F32)).containsExactly(x.toDoubles());
  }

  /// Each bf16 number, and float32 numbers a hair below, at and above the middle to the next.
  @Test
  void roundingIsToNearestAndToEvenInTheMiddle() {
    var x = HostTensor.allocate(TensorType.f32(5 * ALL));
    var random = new Random(3);
    int[] below = {0, 0x7fff, 0x8000, 0x8001, -1};
    for (int i = 0; i < 5 * ALL; i++) {
      int low = below[i % 5] < 0 ? random.nextInt(ALL) : below[i % 5];
      x.data().setAtIndex(HostTensor.F32, i, Float.intBitsToFloat(i / 5 << 16 | low));
    }
    assertThat(cast(x, DType.BF16)).containsExactly(x.to(DType.BF16).toDoubles());
  }

  private static double[] cast(HostTensor x, DType to) {
    var graph = new Graph();
    var y = graph.apply("y", new Cast(to), graph.input("x", x.type()));
    var procedure = new Procedure("cast", graph, Map.of("y", y), List.of());
    try (var backend = Emulator.open();
        var harness = Harness.of(backend, procedure)) {
      return harness.write("x", x).run().read("y");
    }
  }
}
