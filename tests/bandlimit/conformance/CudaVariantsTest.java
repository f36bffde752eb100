package bandlimit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.backend.Backend;
import bandlimit.backend.cuda.CudaOptions;
import bandlimit.backend.cuda.Emulator;
import bandlimit.graph.op.AdamWStep;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.Cast;
import bandlimit.graph.op.Dropout;
import bandlimit.graph.op.Expand;
import bandlimit.graph.op.Lerp;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Op;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.PointwiseGrad;
import bandlimit.graph.op.PrepareImages;
import bandlimit.graph.op.Scale;
import bandlimit.graph.op.Select;
import bandlimit.graph.op.SgdMomentum;
import bandlimit.graph.op.SgdStep;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Where nothing is summed, the fast kernels give the plain ones' bits.
class CudaVariantsTest {
  private static final List<Class<? extends Op>> ELEMENTWISE =
      List.of(
          Pointwise.class,
          PointwiseGrad.class,
          Add.class,
          Mul.class,
          Scale.class,
          Expand.class,
          Cast.class,
          Dropout.class,
          PrepareImages.class,
          Select.class,
          Lerp.class,
          SgdMomentum.class,
          SgdStep.class,
          AdamWStep.class);

  @Test
  void fastKernelsGiveThePlainOnesBits() {
    try (var fast = Emulator.open();
        var plain = Emulator.open(CudaOptions.DEFAULT.withFast(false))) {
      assertThat(rows())
          .hasSizeGreaterThan(150)
          .allSatisfy(
              row -> assertThat(run(fast, row)).as(row.toString()).isEqualTo(run(plain, row)));
    }
  }

  /// Those of the table, and sizes where a block has several rounds.
  private static List<Sample> rows() {
    var table = Stream.concat(Samples.all().stream(), Bf16Samples.rows().stream());
    var large =
        Stream.of(
            Sample.of(new Add()).in(5, 33, 56, 7).in(7),
            Sample.of(new Mul()).in(3, 56, 33, 16).in(3, 1, 1, 16),
            Sample.of(new Lerp()).in(70_001).in(70_001).in(TensorType.f32(1), Values.of(0.3)));
    return Stream.concat(table.filter(row -> ELEMENTWISE.contains(row.op().getClass())), large)
        .toList();
  }

  private static double[] run(Backend backend, Sample row) {
    var sampled = Case.of(row, backend, true, false);
    try (var harness = Harness.of(backend, sampled.procedure())) {
      BackendTable.write(harness, row.inputs());
      return harness.run().read("y");
    }
  }
}
