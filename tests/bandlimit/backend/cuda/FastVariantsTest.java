package bandlimit.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.conformance.Compare;
import bandlimit.conformance.Harness;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.ArgmaxOneHot;
import bandlimit.graph.op.ChannelGradSums;
import bandlimit.graph.op.FusedOp;
import bandlimit.graph.op.LogSoftmax;
import bandlimit.graph.op.Moments;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.NormalizeGrad;
import bandlimit.graph.op.NormalizeRelu;
import bandlimit.graph.op.OneHot;
import bandlimit.graph.op.Op;
import bandlimit.graph.op.Over;
import bandlimit.graph.op.Polynomial;
import bandlimit.graph.op.PolynomialCoefficientGrad;
import bandlimit.graph.op.PolynomialGrad;
import bandlimit.graph.op.Reduce;
import bandlimit.graph.op.Softmax;
import bandlimit.graph.op.SoftmaxCrossEntropy;
import bandlimit.graph.op.SoftmaxCrossEntropyGrad;
import bandlimit.graph.op.SquaredNorm;
import bandlimit.plan.Procedure;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Kernels with a plain and a fast variant, at sizes where the fast one runs in several blocks:
/// both agree with the definition in both element types, repeat bit for bit, and write nothing
/// beside their result.
class FastVariantsTest {
  private static final OneStep FAST = new OneStep(CudaOptions.DEFAULT);
  private static final OneStep PLAIN = new OneStep(CudaOptions.DEFAULT.withFast(false));

  /// @param kernels what the fast run launches, without the endings of types
  private record Case(Op op, List<TensorType> in, List<String> kernels) {
    static Case of(Op op, List<String> kernels, TensorType... in) {
      return new Case(op, List.of(in), kernels);
    }

    List<HostTensor> inputs() {
      var random = new Random(in.toString().hashCode());
      var tensors = new ArrayList<HostTensor>();
      for (var type : in) {
        var tensor = HostTensor.allocate(type);
        for (int i = 0; i < type.shape().intSize(); i++) {
          tensor.set(i, random.nextGaussian());
        }
        tensors.add(tensor);
      }
      switch (op) {
        case Normalize _, NormalizeRelu _, ChannelGradSums _ -> variances(tensors.get(1));
        case NormalizeGrad grad -> {
          variances(tensors.get(1));
          var sums = new ChannelGradSums(grad.over(), grad.epsilon());
          var values = reference(sums, List.of(tensors.get(0), tensors.get(1), tensors.get(4)));
          for (int i = 0; i < values.length; i++) {
            tensors.get(3).set(i, values[i]);
          }
        }
        default -> {}
      }
      return tensors;
    }

    private static void variances(HostTensor statistics) {
      int sets = statistics.shape().at(1);
      for (int i = sets; i < 2 * sets; i++) {
        statistics.set(i, 0.2 + Math.abs(statistics.get(i)));
      }
    }

    /// Inputs that the result may be written over.
    List<Integer> inPlace() {
      return switch (op) {
        case NormalizeGrad grad when grad.over().equals(Over.BATCH) -> List.of(4, 0);
        case PolynomialGrad _ -> List.of(2, 0);
        case Polynomial _ -> List.of(0);
        case NormalizeRelu relu when relu.residual() -> List.of(4);
        default -> List.of();
      };
    }

    @Override
    public String toString() {
      return op + " " + in;
    }
  }

  static Stream<Case> cases() {
    return Stream.of(DType.F32, DType.BF16).flatMap(FastVariantsTest::cases);
  }

  private static Stream<Case> cases(DType t) {
    var cases = new ArrayList<Case>();
    var slabs = List.of("reduce_columns", "reduce_finish_columns");
    var anySlabs = List.of("reduce_columns_any", "reduce_finish_columns");
    var once = List.of("reduce_columns");
    reduce(cases, t, Shape.of(16), slabs, 3, 56, 33, 16);
    reduce(cases, t, Shape.of(7), anySlabs, 3, 56, 33, 7);
    reduce(cases, t, Shape.of(264), slabs, 301, 1, 1, 264);
    reduce(cases, t, Shape.of(2, 1, 1, 24), once, 2, 9, 5, 24);
    reduce(cases, t, Shape.of(3, 1, 1, 9), List.of("reduce_columns_any"), 3, 7, 7, 9);
    reduce(cases, t, Shape.of(2, 1, 1, 8), slabs, 2, 65, 64, 8);
    reduce(cases, t, Shape.of(37, 1), List.of("reduce_rows"), 37, 1000);
    reduce(cases, t, Shape.of(5, 1), List.of("reduce_rows"), 5, 33);
    var segments = List.of("reduce_segments", "reduce_finish_rows");
    reduce(cases, t, Shape.of(), segments, 3, 7, 999);
    reduce(cases, t, Shape.of(3, 1), List.of("reduce_segments"), 3, 1025);
    reduce(cases, t, Shape.of(2, 1), segments, 2, 8193);
    reduce(cases, t, Shape.of(1, 3, 1, 2), List.of("reduce_simple"), 5, 3, 7, 2);
    reduce(cases, t, Shape.of(3, 1, 5, 1, 2), List.of("reduce_simple"), 3, 2, 5, 4, 2);
    for (var over : List.of(Over.BATCH, Over.CHANNELS, Over.groups(3))) {
      norm(cases, t, over, 2, 33, 31, 24); // units of several slabs
      norm(cases, t, over, 2, 65, 17, 6); // channels that do not fill a pack
      norm(cases, t, over, 250, 1, 1, 264); // several blocks along the channels
    }
    for (int degree = 1; degree <= 4; degree++) {
      polynomial(cases, t, degree, false, 2, 33, 31, 24);
      polynomial(cases, t, degree, true, 2, 33, 31, 24);
      polynomial(cases, t, degree, false, 1900, 7);
      polynomial(cases, t, degree, true, 1900, 7);
      polynomial(cases, t, degree, degree % 2 == 0, 250, 264);
    }
    for (int k : new int[] {1, 10, 33, 512, 513, 3000}) {
      rows(cases, t, k);
    }
    cases.add(
        Case.of(
            new SquaredNorm(),
            List.of("squared_norm", "reduce_finish_rows"),
            TensorType.of(t, 5),
            TensorType.of(t, 40_001),
            TensorType.of(t),
            TensorType.of(t, 3, 7, 16),
            TensorType.of(t, 1 << 14)));
    return cases.stream();
  }

  private static void reduce(
      List<Case> cases, DType type, Shape to, List<String> kernels, Integer... dims) {
    cases.add(Case.of(new Reduce(to, -0.25), kernels, TensorType.of(type, dims)));
  }

  private static void polynomial(
      List<Case> cases, DType t, int degree, boolean shared, Integer... dims) {
    var x = TensorType.of(t, dims);
    var a = TensorType.f32(shared ? 1 : x.shape().at(-1), degree + 1);
    boolean packed = x.shape().at(-1) % 8 == 0;
    String kernel = packed ? "_d" + degree : "_simple";
    cases.add(Case.of(new Polynomial(degree), List.of("polynomial" + kernel), x, a));
    cases.add(Case.of(new PolynomialGrad(degree), List.of("polynomial_grad" + kernel), x, a, x));
    cases.add(
        Case.of(
            new PolynomialCoefficientGrad(degree, shared),
            List.of(
                "coefficients" + (packed ? "_d" : "_any_d") + degree,
                "coefficients_finish_" + (shared ? "shared" : "columns")),
            x,
            x));
  }

  private static void rows(List<Case> cases, DType t, int k) {
    var rows = TensorType.of(t, 19, k);
    String team = k <= 512 ? "_warp" : "_block";
    cases.add(Case.of(new Softmax(), List.of("softmax" + team), rows));
    cases.add(Case.of(new LogSoftmax(), List.of("softmax" + team), rows));
    cases.add(Case.of(new ArgmaxOneHot(), List.of("argmax_warp"), rows));
    var loss = new SoftmaxCrossEntropy();
    cases.add(Case.of(loss, List.of("cross_entropy" + team), rows, rows));
    var grad = new SoftmaxCrossEntropyGrad();
    cases.add(
        Case.of(grad, List.of("cross_entropy_grad" + team), rows, rows, TensorType.of(t, 19)));
  }

  private static void norm(List<Case> cases, DType t, Over over, int n, int h, int w, int c) {
    var x = TensorType.of(t, n, h, w, c);
    var statistics = TensorType.f32(2, over.sets(x.shape()));
    var channels = TensorType.f32(c);
    var sums = TensorType.f32(2, c);
    boolean pixels = over.equals(Over.CHANNELS);
    String where = pixels ? "pixels" : "columns";
    String any = c % (16 / t.bytes()) == 0 ? "" : "_any";
    cases.add(
        Case.of(
            new Moments(over),
            pixels
                ? List.of("moments_rows")
                : List.of(
                    "moments_columns" + any,
                    over.equals(Over.BATCH) || c == over.groups()
                        ? "moments_finish_columns"
                        : "moments_finish_sets"),
            x));
    var channelSums = "channel_sums_" + where + any;
    cases.add(
        Case.of(
            new ChannelGradSums(over, 1e-3),
            List.of(channelSums, "reduce_finish_columns"),
            x,
            statistics,
            x));
    var apply = List.of("normalize_" + where + any);
    var op = new Normalize(over, 1e-3, true);
    cases.add(Case.of(op, apply, x, statistics, channels, channels));
    cases.add(Case.of(new NormalizeRelu(op, true), apply, x, statistics, channels, channels, x));
    for (boolean live : new boolean[] {true, false}) {
      var grad = "normalize_grad_" + (pixels && !live ? "simple" : where + any);
      cases.add(
          Case.of(
              new NormalizeGrad(over, 1e-3, live),
              live && over.kind() == Over.Kind.GROUPS
                  ? List.of(channelSums, "set_means_finish", grad)
                  : List.of(grad),
              x,
              statistics,
              channels,
              sums,
              x));
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void bothVariantsGiveTheDefinition(Case c) {
    var inputs = c.inputs();
    var expected = reference(c.op, inputs);
    for (var how : List.of(PLAIN, FAST)) {
      var actual = how.run(c.op, inputs);
      // a partial sum of some hundred floats is good to about 16 of their last places
      double epsilon = actual.dtype() == DType.BF16 ? 0x1p-8 : 0x1p-19;
      double size = Math.max(1e-30, Compare.max(expected));
      Compare.difference(actual.shape(), expected, actual.toDoubles(), epsilon * size)
          .ifPresent(problem -> fail(how.kernels(c.op, c.in) + ": " + problem));
      assertThat(how.run(c.op, inputs).data().mismatch(actual.data()))
          .as("the same bits again")
          .isEqualTo(-1);
      for (int target : c.inPlace()) {
        assertThat(how.run(c.op, inputs, target).data().mismatch(actual.data()))
            .as("the same bits over input %d", target)
            .isEqualTo(-1);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theTableChooses(Case c) {
    assertThat(FAST.kernels(c.op, c.in).stream().map(FastVariantsTest::stem))
        .containsExactlyElementsOf(c.kernels);
    assertThat(PLAIN.kernels(c.op, c.in)).allMatch(kernel -> kernel.contains("simple"));
  }

  @Test
  void argmaxTreatsNansAsTheDefinition() {
    var x = HostTensor.allocate(TensorType.f32(4, 70));
    for (int i = 0; i < 280; i++) {
      x.set(i, i % 70 % 7);
    }
    x.set(5, Double.NaN); // never the largest
    x.set(70, Double.NaN); // but first, and nothing is larger
    for (int i = 140; i < 210; i++) {
      x.set(i, Double.NEGATIVE_INFINITY);
    }
    x.set(210 + 69, Double.POSITIVE_INFINITY);
    var expected = reference(new ArgmaxOneHot(), List.of(x));
    for (var how : List.of(PLAIN, FAST)) {
      assertThat(how.run(new ArgmaxOneHot(), List.of(x)).toDoubles()).isEqualTo(expected);
    }
  }

  @Test
  void aLabelOutsideGivesNans() {
    var labels = HostTensor.of(Shape.of(3), 2, 5, -1);
    var y = FAST.run(new OneHot(5, 0.1, DType.F32), List.of(labels)).toDoubles();
    assertThat(Arrays.copyOf(y, 5)).containsExactly(0.02f, 0.02f, 0.92f, 0.02f, 0.02f);
    assertThat(Arrays.copyOfRange(y, 5, 15)).containsOnly(Double.NaN);
  }

  @Test
  void manyTensorsTakeAFewLaunches() {
    var types = new TensorType[300];
    Arrays.fill(types, TensorType.f32(7));
    assertThat(FAST.kernels(new SquaredNorm(), List.of(types)))
        .containsExactly(
            "squared_norm_f32", "squared_norm_f32", "squared_norm_f32", "reduce_finish_rows");
    var inputs = Case.of(new SquaredNorm(), List.of(), types).inputs();
    var expected = reference(new SquaredNorm(), inputs);
    assertThat(FAST.run(new SquaredNorm(), inputs).get(0))
        .isCloseTo(expected[0], org.assertj.core.data.Percentage.withPercentage(1e-4));
  }

  private static String stem(String kernel) {
    return kernel.replaceFirst("_(f32|bf16)$", "");
  }

  private static double[] reference(Op op, List<HostTensor> inputs) {
    var graph = new Graph();
    var nodes = new ArrayList<Node>();
    for (int i = 0; i < inputs.size(); i++) {
      nodes.add(graph.input("x" + i, inputs.get(i).type()));
    }
    var y =
        op instanceof FusedOp fused ? fused.define(graph, "y", nodes) : graph.apply("y", op, nodes);
    var procedure = new Procedure("p", graph, Map.of("y", y), List.of());
    try (var harness = Harness.of(new ReferenceBackend(), procedure)) {
      for (int i = 0; i < inputs.size(); i++) {
        harness.write("x" + i, inputs.get(i));
      }
      return harness.run().read("y");
    }
  }
}
