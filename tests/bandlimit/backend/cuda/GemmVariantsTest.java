package bandlimit.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import bandlimit.backend.cuda.GemmVariant.Gemm;
import bandlimit.backend.cuda.GemmVariant.Product;
import bandlimit.conformance.Compare;
import bandlimit.error.DeviceException;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.Conv2dInputGrad;
import bandlimit.graph.op.Conv2dWeightGrad;
import bandlimit.graph.op.ConvBiasRelu;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.ConvMoments;
import bandlimit.graph.op.MatMul;
import bandlimit.graph.op.Op;
import bandlimit.signal.Boundary;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Convolutions and products by every engine that can, at sizes of several ragged tiles, against
/// the plain one: bit for bit where the order of the sums is the same, else within the rounding of
/// factors.
class GemmVariantsTest {
  private static final OneStep ONE = new OneStep(CudaOptions.DEFAULT.withTf32(true));

  private record Case(Op op, List<TensorType> in) {
    Case withType(DType type) {
      return new Case(op, in.stream().map(t -> t.withDType(type)).toList());
    }

    List<HostTensor> inputs() {
      var random = new Random(op.toString().hashCode());
      var tensors = new ArrayList<HostTensor>();
      for (var type : in) {
        var tensor = HostTensor.allocate(type);
        for (int i = 0; i < type.shape().intSize(); i++) {
          tensor.set(i, random.nextGaussian());
        }
        tensors.add(tensor);
      }
      return tensors;
    }

    Gemm gemm(Site site) {
      return switch (op) {
        case Conv2d _, ConvBiasRelu _, ConvMoments _ ->
            ConvCuda.gemm(site, Product.CONV_FORWARD, problem());
        case Conv2dInputGrad _ -> ConvCuda.gemm(site, Product.CONV_INPUT_GRAD, problem());
        case Conv2dWeightGrad _ -> ConvCuda.gemm(site, Product.CONV_WEIGHT_GRAD, problem());
        case MatMul product -> MatMulCuda.gemm(site, product, product(product));
        default -> throw new IllegalStateException();
      };
    }

    List<Work> work(Site site, GemmVariant variant) {
      return switch (op) {
        case Conv2d _ -> ConvCuda.forward(site, problem(), GemmEpilogue.NONE, variant);
        case ConvBiasRelu fused ->
            ConvCuda.forward(site, problem(), ConvCuda.epilogue(site, fused), variant);
        case Conv2dInputGrad _ -> ConvCuda.inputGrad(site, problem(), variant);
        case Conv2dWeightGrad _ -> ConvCuda.weightGrad(site, problem(), variant);
        case MatMul product -> MatMulCuda.run(site, product, product(product), variant);
        default -> throw new IllegalStateException();
      };
    }

    private ConvProblem problem() {
      var a = in.get(0).shape();
      var b = in.get(1).shape();
      var type = in.get(0).dtype();
      return switch (op) {
        case ConvMoments(var geometry) -> ConvProblem.of(geometry, type, a, b);
        case ConvBiasRelu fused -> ConvProblem.of(fused.geometry(), type, a, b);
        case Conv2d(var geometry) -> ConvProblem.of(geometry, type, a, b);
        case Conv2dInputGrad(var geometry, var x) -> ConvProblem.of(geometry, type, x, b);
        case Conv2dWeightGrad(var geometry, var w) -> ConvProblem.of(geometry, type, a, w);
        default -> throw new IllegalStateException();
      };
    }

    private MatMulCuda.Problem product(MatMul product) {
      return MatMulCuda.Problem.of(product, in.getFirst().shape(), op.infer(in).shape());
    }

    /// Terms of one sum.
    double depth() {
      return (double) in.get(0).shape().size()
          * in.get(1).shape().size()
          / op.infer(in).shape().size();
    }

    @Override
    public String toString() {
      return op + " " + in;
    }
  }

  private static final List<Case> CASES = new ArrayList<>();

  static {
    // several ragged tiles of 128 and 64 each way; a depth that ends inside a tile
    conv(2, 11, 13, 24, 136, 3, ConvGeometry.of(1, 1));
    conv(1, 9, 17, 40, 72, 1, ConvGeometry.of(1, 0));
    conv(1, 15, 14, 16, 24, 3, ConvGeometry.of(2, 1));
    conv(1, 13, 12, 16, 16, 3, new ConvGeometry(2, 3, 2, 1, 1, 2, 3, 0, 1, Boundary.ZERO));
    conv(1, 12, 12, 8, 8, 5, ConvGeometry.of(2, 2).withBoundary(Boundary.CIRCULAR));
    conv(2, 7, 8, 8, 16, 3, ConvGeometry.of(1, 1).withBoundary(Boundary.CIRCULAR));
    // circular with an output that is no ring: several runs of taps
    conv(1, 9, 9, 8, 8, 3, ConvGeometry.of(2, 3).withBoundary(Boundary.CIRCULAR));
    conv(1, 9, 8, 32, 48, 3, ConvGeometry.of(1, 1).withGroups(2));
    // several slabs of the weight gradient
    conv(2, 25, 27, 8, 16, 3, ConvGeometry.of(1, 1));
    // channels that no 16 bytes divide: the stem
    conv(1, 19, 17, 3, 20, 7, ConvGeometry.of(2, 3));
    biasRelu(1, 13, 11, 24, 136, ConvGeometry.of(1, 1));
    biasRelu(1, 9, 11, 16, 36, ConvGeometry.of(1, 0).withGroups(2));
    biasRelu(1, 9, 7, 3, 70, ConvGeometry.of(2, 1));
    for (boolean a : new boolean[] {false, true}) {
      for (boolean b : new boolean[] {false, true}) {
        matmul(a, b, 136, 48, 200);
        matmul(a, b, 16, 1032, 8);
        matmul(a, b, 70, 33, 67);
      }
    }
  }

  private static void conv(int n, int h, int w, int c, int out, int k, ConvGeometry geometry) {
    var x = TensorType.f32(n, h, w, c);
    var weight = TensorType.f32(out, k, k, c / geometry.groups());
    var y = x.withShape(geometry.output(x.shape(), weight.shape()));
    CASES.add(new Case(new Conv2d(geometry), List.of(x, weight)));
    CASES.add(new Case(new Conv2dInputGrad(geometry, x.shape()), List.of(y, weight)));
    CASES.add(new Case(new Conv2dWeightGrad(geometry, weight.shape()), List.of(x, y)));
  }

  private static void biasRelu(int n, int h, int w, int c, int out, ConvGeometry geometry) {
    var x = TensorType.f32(n, h, w, c);
    var weight = TensorType.f32(out, 3, 3, c / geometry.groups());
    var y = x.withShape(geometry.output(x.shape(), weight.shape()));
    CASES.add(
        new Case(
            new ConvBiasRelu(geometry, true, true, true),
            List.of(x, weight, TensorType.f32(out), y)));
  }

  private static void matmul(boolean a, boolean b, int m, int k, int n) {
    CASES.add(
        new Case(
            new MatMul(a, b),
            List.of(
                new TensorType(DType.F32, a ? Shape.of(k, m) : Shape.of(m, k)),
                new TensorType(DType.F32, b ? Shape.of(n, k) : Shape.of(k, n)))));
  }

  /// Every case as float32, as float32 with tf32 allowed, and as bf16.
  static Stream<Run> cases() {
    return CASES.stream()
        .flatMap(
            c ->
                Stream.of(
                    new Run(c, false), new Run(c, true), new Run(c.withType(DType.BF16), false)));
  }

  private record Run(Case c, boolean tf32) {
    @Override
    public String toString() {
      return c + (tf32 ? " tf32" : "");
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyEngineThatCanAgreesWithThePlainOne(Run arguments) {
    var c = arguments.c;
    var one = new OneStep(CudaOptions.DEFAULT.withTf32(arguments.tf32));
    var inputs = c.inputs();
    var plain = one.run(c.op, inputs, site -> c.work(site, GemmVariant.ALL.getLast()));
    // a tensor core adds in an order of its own; tf32 rounds factors to 11 bits
    double spread = arguments.tf32 ? 0x1p-9 : plain.dtype() == DType.BF16 ? 0x1p-8 : 0x1p-21;
    for (var variant : GemmVariant.ALL) {
      var names = new ArrayList<String>();
      boolean[] can = {true};
      var result =
          one.run(
              c.op,
              inputs,
              site -> {
                can[0] = variant.can().test(c.gemm(site));
                var work = can[0] ? c.work(site, variant) : List.<Work>of();
                work.forEach(w -> names.add(w.name()));
                return work;
              });
      if (!can[0]) {
        continue;
      }
      double tolerance = spread * Math.max(Math.sqrt(c.depth()), Compare.max(plain.toDoubles()));
      Compare.difference(result.shape(), plain.toDoubles(), result.toDoubles(), tolerance)
          .ifPresent(problem -> fail(names + ": " + problem));
      assertThat(
              one.run(c.op, inputs, site -> c.work(site, variant)).data().mismatch(result.data()))
          .as("the same bits again")
          .isEqualTo(-1);
    }
  }

  /// The epilogue's sums, of the rounded result, over ragged tiles: folded into statistics, which
  /// this test has written over the result.
  @ParameterizedTest
  @MethodSource("momentsCases")
  void sumsOfTheEpilogueAreThoseOfTheResult(Case c) {
    var inputs = c.inputs();
    for (var variant : GemmVariant.ALL) {
      boolean[] can = {true};
      Function<Site, List<Work>> forward =
          site -> {
            can[0] = variant.can().test(c.gemm(site));
            var epilogue = new GemmEpilogue(0, 0, false, site.scratch());
            return can[0] ? ConvCuda.forward(site, c.problem(), epilogue, variant) : List.of();
          };
      var y = ONE.run(c.op, inputs, forward);
      if (!can[0]) {
        continue;
      }
      int channels = y.shape().c();
      long count = y.shape().size() / channels;
      var statistics = TensorType.f32(2, channels);
      var result =
          ONE.run(
              c.op,
              inputs,
              site -> {
                var work = new ArrayList<>(forward.apply(site));
                work.add(
                    NormalizeCuda.momentsFromSums(
                        site,
                        site.scratch(),
                        GemmVariant.tiles(count, variant.m()),
                        channels,
                        count,
                        new Operand(statistics, site.out().address())));
                return work;
              });
      var actual =
          new HostTensor(statistics, result.data().asSlice(0, statistics.bytes())).toDoubles();
      Compare.difference(statistics.shape(), moments(y), actual, 1e-5 * Compare.max(moments(y)))
          .ifPresent(problem -> fail(variant.name() + ": " + problem));
    }
  }

  static Stream<Case> momentsCases() {
    return Stream.of(
            moments(1, 13, 11, 24, 136, ConvGeometry.of(1, 1)),
            moments(2, 9, 11, 16, 36, ConvGeometry.of(1, 1)),
            moments(1, 19, 17, 3, 20, ConvGeometry.of(1, 1)))
        .flatMap(c -> Stream.of(c, c.withType(DType.BF16)));
  }

  private static Case moments(int n, int h, int w, int c, int out, ConvGeometry geometry) {
    return new Case(
        new ConvMoments(geometry),
        List.of(TensorType.f32(n, h, w, c), TensorType.f32(out, 3, 3, c)));
  }

  private static double[] moments(HostTensor y) {
    int channels = y.shape().c();
    double count = (double) y.shape().size() / channels;
    var moments = new double[2 * channels];
    for (int i = 0; i < y.shape().size(); i++) {
      moments[i % channels] += y.get(i) / count;
    }
    for (int i = 0; i < y.shape().size(); i++) {
      double off = y.get(i) - moments[i % channels];
      moments[channels + i % channels] += off * off / count;
    }
    return moments;
  }

  @Test
  void tooManyPixelsAreAnErrorWithACure() {
    var in = List.of(TensorType.f32(65536, 256, 256, 1), TensorType.f32(1, 1, 1, 1));
    assertThatThrownBy(() -> ONE.kernels(new Conv2d(ConvGeometry.of(1, 0)), in))
        .isInstanceOf(DeviceException.class)
        .hasMessage(
            "step: the cuda-emulated device runs Conv2d with at most 2146435071 pixels in a batch"
                + " and 2^31 - 1 elements in an image, got 4294967296 and 65536; use a smaller"
                + " batch");
  }

  @Test
  void theTableChooses() {
    var pixels = 128 * 56 * 56;
    assertThat(chosen(CudaOptions.DEFAULT, DType.BF16, true, pixels, 256)).isEqualTo("mma128x128");
    assertThat(chosen(CudaOptions.DEFAULT, DType.BF16, true, pixels, 192)).isEqualTo("mma128x64");
    assertThat(chosen(CudaOptions.DEFAULT, DType.BF16, true, pixels, 64)).isEqualTo("mma128x64");
    assertThat(chosen(CudaOptions.DEFAULT, DType.BF16, true, 49, 512)).isEqualTo("mma64x64");
    assertThat(chosen(CudaOptions.DEFAULT, DType.BF16, false, pixels, 64)).isEqualTo("gather");
    assertThat(chosen(CudaOptions.DEFAULT, DType.F32, true, pixels, 256)).isEqualTo("wide");
    assertThat(chosen(CudaOptions.DEFAULT, DType.F32, true, 49, 512)).isEmpty();
    var tf32 = CudaOptions.DEFAULT.withTf32(true);
    assertThat(chosen(tf32, DType.F32, true, pixels, 256)).isEqualTo("mma128x128");
    assertThat(chosen(tf32.withFast(false), DType.F32, true, pixels, 256)).isEmpty();
  }

  private static String chosen(
      CudaOptions options, DType type, boolean aligned, long rows, long columns) {
    boolean tensorCores = type == DType.BF16 || options.tf32();
    return GemmVariant.choose(
            options,
            new Gemm(Product.CONV_FORWARD, type, tensorCores, aligned, false, rows, columns, 1))
        .name();
  }
}
