package bandlimit.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import bandlimit.backend.cuda.DepthwiseCuda.Variant;
import bandlimit.backend.cuda.GemmVariant.Product;
import bandlimit.conformance.Compare;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.Conv2dInputGrad;
import bandlimit.graph.op.Conv2dWeightGrad;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.Op;
import bandlimit.signal.Boundary;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Depthwise convolution and its gradients by every variant that can, at sizes of several blocks,
/// strips and slabs, against the plain one.
class DepthwiseVariantsTest {
  private static final OneStep ONE = new OneStep(CudaOptions.DEFAULT);

  private record Case(Op op, Product product, ConvProblem problem, List<TensorType> in) {
    List<Work> work(Site site, Variant variant) {
      return switch (product) {
        case CONV_FORWARD -> DepthwiseCuda.forward(site, problem, GemmEpilogue.NONE, variant);
        case CONV_INPUT_GRAD -> DepthwiseCuda.inputGrad(site, problem, variant);
        case CONV_WEIGHT_GRAD -> DepthwiseCuda.weightGrad(site, problem, variant);
        case MATMUL -> throw new IllegalStateException();
      };
    }

    @Override
    public String toString() {
      return op + " " + in;
    }
  }

  private record Window(int n, int h, int w, int c, int out, int k, ConvGeometry geometry) {}

  static Stream<Case> cases() {
    var circular = Boundary.CIRCULAR;
    return Stream.of(
            new Window(2, 9, 13, 24, 24, 7, ConvGeometry.of(1, 3)),
            new Window(1, 12, 11, 16, 16, 7, ConvGeometry.of(2, 3)),
            new Window(2, 8, 9, 16, 16, 5, ConvGeometry.of(1, 2).withBoundary(circular)),
            new Window(1, 9, 10, 8, 8, 5, ConvGeometry.of(2, 2)),
            new Window(1, 17, 5, 8, 8, 3, ConvGeometry.of(1, 0)),
            new Window(1, 8, 10, 8, 8, 3, ConvGeometry.of(2, 1).withBoundary(circular)),
            // an output that is no ring, an input line seen from both sides
            new Window(1, 7, 7, 8, 8, 3, ConvGeometry.of(1, 3).withBoundary(circular)),
            // 17 packs: two blocks along the channels, uneven
            new Window(1, 6, 5, 136, 136, 3, ConvGeometry.of(1, 1)),
            new Window(1, 9, 9, 16, 16, 3, ConvGeometry.of(1, 2).withDilation(2)),
            new Window(
                1, 7, 9, 16, 16, 4, new ConvGeometry(3, 1, 1, 2, 2, 1, 0, 3, 1, Boundary.ZERO)),
            new Window(1, 7, 6, 5, 15, 3, ConvGeometry.of(1, 1)),
            // several slabs of the weight gradient
            new Window(3, 43, 37, 8, 8, 3, ConvGeometry.of(1, 1)),
            new Window(2, 33, 40, 3, 3, 3, ConvGeometry.of(1, 1)))
        .flatMap(window -> Stream.of(DType.F32, DType.BF16).flatMap(type -> cases(window, type)));
  }

  private static Stream<Case> cases(Window window, DType type) {
    var geometry = window.geometry.withGroups(window.c);
    var x = TensorType.of(type, window.n, window.h, window.w, window.c);
    var w = TensorType.of(type, window.out, window.k, window.k, 1);
    var problem = ConvProblem.of(geometry, type, x.shape(), w.shape());
    var y = x.withShape(problem.y());
    return Stream.of(
        new Case(new Conv2d(geometry), Product.CONV_FORWARD, problem, List.of(x, w)),
        new Case(
            new Conv2dInputGrad(geometry, x.shape()),
            Product.CONV_INPUT_GRAD,
            problem,
            List.of(y, w)),
        new Case(
            new Conv2dWeightGrad(geometry, w.shape()),
            Product.CONV_WEIGHT_GRAD,
            problem,
            List.of(x, y)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyVariantThatCanAgreesWithThePlainOne(Case c) {
    var inputs = inputs(c);
    var plain = ONE.run(c.op, inputs, site -> c.work(site, Variant.PLAIN));
    double terms = c.product == Product.CONV_WEIGHT_GRAD ? c.problem.outPixels() : 64;
    double spread = plain.dtype() == DType.BF16 ? 0x1p-8 : 0x1p-22 * Math.sqrt(terms);
    double tolerance = spread * Compare.max(plain.toDoubles());
    for (var variant : Variant.values()) {
      if (!DepthwiseCuda.can(c.product, c.problem, variant)) {
        continue;
      }
      var result = ONE.run(c.op, inputs, site -> c.work(site, variant));
      Compare.difference(result.shape(), plain.toDoubles(), result.toDoubles(), tolerance)
          .ifPresent(difference -> fail(variant + ": " + difference));
      assertThat(
              ONE.run(c.op, inputs, site -> c.work(site, variant)).data().mismatch(result.data()))
          .as("the same bits again")
          .isEqualTo(-1);
    }
  }

  private static List<HostTensor> inputs(Case c) {
    var random = new Random(c.op.toString().hashCode());
    var tensors = new ArrayList<HostTensor>();
    for (var type : c.in) {
      var tensor = HostTensor.allocate(type);
      for (int i = 0; i < type.shape().intSize(); i++) {
        tensor.set(i, random.nextGaussian());
      }
      tensors.add(tensor);
    }
    return tensors;
  }

  @Test
  void theTableChooses() {
    var x = TensorType.of(DType.BF16, 2, 14, 14, 96);
    assertThat(kernels(x, 7, 1))
        .containsExactly(
            "depthwise_forward_rows7_1_bf16",
            "depthwise_forward_rows7_1_bf16",
            "depthwise_weight_grad_rows7_1_bf16",
            "depthwise_slabs_bf16");
    assertThat(kernels(x, 3, 2))
        .containsExactly(
            "depthwise_forward_rows3_2_bf16",
            "depthwise_input_grad_v_bf16",
            "depthwise_weight_grad_rows3_2_bf16",
            "depthwise_slabs_bf16");
    assertThat(kernels(TensorType.f32(2, 14, 14, 6), 9, 1))
        .containsExactly(
            "depthwise_forward_f32",
            "depthwise_input_grad_f32",
            "depthwise_weight_grad_f32",
            "depthwise_slabs_f32");
  }

  private static List<String> kernels(TensorType x, int k, int stride) {
    int channels = x.shape().c();
    var geometry = ConvGeometry.of(stride, k / 2).withGroups(channels);
    var w = TensorType.of(x.dtype(), channels, k, k, 1);
    var y = x.withShape(geometry.output(x.shape(), w.shape()));
    var names = new ArrayList<String>();
    names.addAll(ONE.kernels(new Conv2d(geometry), List.of(x, w)));
    names.addAll(ONE.kernels(new Conv2dInputGrad(geometry, x.shape()), List.of(y, w)));
    names.addAll(ONE.kernels(new Conv2dWeightGrad(geometry, w.shape()), List.of(x, y)));
    return names;
  }
}
