package bandlimit.plan;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.graph.Graph;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.Conv2dInputGrad;
import bandlimit.graph.op.Conv2dWeightGrad;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.FusedOp;
import bandlimit.graph.op.MatMul;
import bandlimit.graph.op.Op;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.Resample;
import bandlimit.signal.Boundary;
import bandlimit.signal.Resampler;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Plans as text, and what their steps cost.
class PlanPrinterTest {
  private static final Resampler BLUR = Resampler.decimate(List.of(0.25, 0.5, 0.25), 2);

  private record Plain() implements Target {
    @Override
    public boolean has(FusedOp op) {
      return false;
    }

    @Override
    public long scratchBytes(Op op, List<TensorType> in, TensorType out) {
      return op instanceof Conv2d ? 100 : 0;
    }
  }

  private static Plan plan() {
    var graph = new Graph();
    var x = graph.input("images", TensorType.f32(1, 8, 8, 3));
    var w = graph.state("conv1.weight", TensorType.f32(4, 3, 3, 3));
    var y = graph.apply("conv1", new Conv2d(ConvGeometry.of(1, 1)), x, w);
    y = graph.apply("relu1", new Pointwise(Fn.RELU), y);
    y = graph.apply("blur1/pad", new Pad(Boundary.REFLECT, 1, 1, 1, 1), y);
    y = graph.apply("blur1", new Resample(BLUR, BLUR), y);
    var procedure = new Procedure("infer", graph, Map.of("y", y), List.of());
    return Planner.plan(List.of(procedure), new Plain()).plan("infer");
  }

  @Test
  void aPlanIsOneLineAStep() {
    assertThat(PlanPrinter.print(plan()))
        .isEqualTo(
            """
            plan infer: 4 steps, arena 2624 bytes
              input  images I+0:f32(1, 8, 8, 3)
                 0 Conv2d stride 1 pad 1        conv1  I+0:f32(1, 8, 8, 3) S+0:f32(4, 3, 3, 3) \
            -> A+1600:f32(1, 8, 8, 4) scratch A+0:u8(100)
                 1 Pointwise relu               relu1  A+1600:f32(1, 8, 8, 4) \
            -> A+1600:f32(1, 8, 8, 4)
                 2 Pad reflect 1 1 1 1          blur1/pad  A+1600:f32(1, 8, 8, 4) \
            -> A+0:f32(1, 10, 10, 4)
                 3 Resample 3 taps down 2       blur1  A+0:f32(1, 10, 10, 4) \
            -> A+1600:f32(1, 4, 4, 4)
              output y A+1600:f32(1, 4, 4, 4)
            """);
  }

  @Test
  void costsAreMultiplyAccumulatesAndTraffic() {
    var steps = plan().steps();
    long floats = 4;
    assertThat(Cost.of(steps.get(0)))
        .isEqualTo(new Cost(8 * 8 * 4 * 27, floats * (8 * 8 * 3 + 4 * 27 + 8 * 8 * 4)));
    assertThat(Cost.of(steps.get(1))).isEqualTo(new Cost(0, 2 * floats * 8 * 8 * 4));
    assertThat(Cost.of(steps.get(3)).macs()).isEqualTo(4 * 3 * (4 * 10 + 4 * 4));
  }

  @Test
  void bothGradientsOfAConvolutionCostWhatItCosts() {
    var g = ConvGeometry.of(2, 1).withGroups(2);
    var x = TensorType.f32(2, 9, 7, 4);
    var w = TensorType.f32(6, 3, 3, 2);
    var y = new Conv2d(g).infer(List.of(x, w));
    long macs = Cost.of(new Conv2d(g), List.of(x, w), y).macs();
    assertThat(macs).isEqualTo(2 * 5 * 4 * 6 * 9 * 2);
    assertThat(Cost.of(new Conv2dInputGrad(g, x.shape()), List.of(y, w), x).macs()).isEqualTo(macs);
    assertThat(Cost.of(new Conv2dWeightGrad(g, w.shape()), List.of(x, y), w).macs())
        .isEqualTo(macs);
  }

  @Test
  void aProductCostsItsThreeExtents() {
    for (boolean a : List.of(true, false)) {
      for (boolean b : List.of(true, false)) {
        var in =
            List.of(TensorType.f32(a ? 5 : 3, a ? 3 : 5), TensorType.f32(b ? 7 : 5, b ? 5 : 7));
        var op = new MatMul(a, b);
        assertThat(Cost.of(op, in, op.infer(in)).macs()).isEqualTo(3 * 5 * 7);
      }
    }
  }

  @Test
  void upsamplingMeetsOneTapInTwo() {
    var up = new Resampler(List.of(0.5, 1.0, 0.5), 2, 1, 1, 1);
    var op = new Resample(Resampler.IDENTITY, up);
    var x = TensorType.f32(1, 1, 8, 2);
    var y = op.infer(List.of(x));
    assertThat(y.shape()).isEqualTo(Shape.of(1, 1, 16, 2));
    assertThat(Cost.of(op, List.of(x), y).macs()).isEqualTo(16 * 2 * 2);
    assertThat(PlanPrinter.op(op))
        .isEqualTo("Resample rows as they are columns 3 taps up 2 down 1 pad 1");
  }
}
