package bandlimit.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import bandlimit.error.DeviceException;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.ChannelGradSums;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.Fold;
import bandlimit.graph.op.MaxPool;
import bandlimit.graph.op.MaxPoolGrad;
import bandlimit.graph.op.Moments;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.NormalizeGrad;
import bandlimit.graph.op.NormalizeReluBackward;
import bandlimit.graph.op.Over;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.PointwiseGrad;
import bandlimit.graph.op.Polynomial;
import bandlimit.graph.op.PolynomialBackward;
import bandlimit.graph.op.PolynomialCoefficientGrad;
import bandlimit.graph.op.PolynomialGrad;
import bandlimit.graph.op.Resample;
import bandlimit.plan.Planner;
import bandlimit.plan.Procedure;
import bandlimit.signal.Boundary;
import bandlimit.signal.Filter;
import bandlimit.signal.Resampler;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.TensorType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The native kernels against those in Java where tensors are cut into many tasks, and where
/// results are written past the caches: the rows of the conformance table are too small for either.
class NativeKernelsTest {
  private static final double TOLERANCE = 2e-5; // of the largest element; sums of 10^6 terms

  private static CpuBackend backend(CpuBackend.Kernels kernels) {
    try {
      return new CpuBackend(2, kernels);
    } catch (DeviceException e) {
      assumeThat(e).as("no such kernels here").isNull();
      throw e;
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = CpuBackend.Kernels.class,
      names = {"NATIVE", "AVX2"})
  void everyKernelAgreesWithJava(CpuBackend.Kernels kernels) {
    var procedures = Programs.everyKernel();
    try (var backend = backend(kernels);
        var java = new CpuBackend(2, CpuBackend.Kernels.JAVA)) {
      agree(Programs.results(java, procedures, 1), Programs.results(backend, procedures, 1));
    }
  }

  /// 31 MB a tensor, rows that end within a register, a batch that is no whole number of rows.
  @ParameterizedTest
  @EnumSource(
      value = CpuBackend.Kernels.class,
      names = {"NATIVE", "AVX2"})
  void largeTensorsAgreeWithJava(CpuBackend.Kernels kernels) {
    var procedures = List.of(large());
    try (var backend = backend(kernels);
        var java = new CpuBackend(2, CpuBackend.Kernels.JAVA)) {
      assertThat(Planner.plan(procedures, backend).plan("large").steps())
          .extracting(step -> step.op().getClass().getSimpleName())
          .contains(
              NormalizeReluBackward.class.getSimpleName(),
              PolynomialBackward.class.getSimpleName());
      agree(results(java, procedures), results(backend, procedures));
    }
  }

  /// 21 MB a map of whole registers.
  @ParameterizedTest
  @EnumSource(
      value = CpuBackend.Kernels.class,
      names = {"NATIVE", "AVX2"})
  void largeMapsAgreeWithJava(CpuBackend.Kernels kernels) {
    var procedures = List.of(largeMaps());
    try (var backend = backend(kernels);
        var java = new CpuBackend(2, CpuBackend.Kernels.JAVA)) {
      agree(results(java, procedures), results(backend, procedures));
    }
  }

  private static Procedure largeMaps() {
    var graph = new Graph();
    var x = graph.input("x", TensorType.f32(5, 97, 113, 96));
    Map<String, Node> outputs = new LinkedHashMap<>();
    for (int stride = 1; stride <= 2; stride++) {
      var down = Resampler.decimate(Filter.binomial(5).taps(), stride);
      var pad = new Pad(Boundary.REFLECT, 2, 2, 2, 2);
      var y = graph.apply("y", new Resample(down, down), graph.apply("pad", pad, x));
      var up = new Resample(down.transpose(101), down.transpose(117));
      var fold = new Fold(Boundary.REFLECT, 2, 2, 2, 2);
      outputs.put("low-pass /" + stride, y);
      outputs.put("gradient /" + stride, graph.apply("dx", fold, graph.apply("wide", up, y)));
    }
    var pool = MaxPool.of(2, 1, 0);
    var dy = graph.apply("dy", pool, x);
    outputs.put("max", dy);
    outputs.put("gradient of max", graph.apply("dx", new MaxPoolGrad(pool), x, dy));
    return new Procedure("large maps", graph, outputs, List.of());
  }

  private static Procedure large() {
    var graph = new Graph();
    var type = TensorType.f32(7, 97, 115, 100);
    var x = graph.input("x", type);
    var dy = graph.input("dy", type);
    var gamma = graph.input("gamma", TensorType.f32(100));
    var beta = graph.input("beta", TensorType.f32(100));
    var a = graph.input("a", TensorType.f32(100, 3));
    Map<String, Node> outputs = new LinkedHashMap<>();
    var over = Over.BATCH;
    var statistics = graph.apply("statistics", new Moments(over), x);
    var norm = new Normalize(over, 1e-5, true);
    var relu =
        graph.apply(
            "relu", new Pointwise(Fn.RELU), graph.apply("norm", norm, x, statistics, gamma, beta));
    var inside = graph.apply("inside", new PointwiseGrad(Fn.RELU), relu, dy);
    var sums = graph.apply("sums", new ChannelGradSums(over, 1e-5), x, statistics, inside);
    var grad = new NormalizeGrad(over, 1e-5, true);
    outputs.put("statistics", statistics);
    outputs.put("relu", relu);
    outputs.put("sums", sums);
    outputs.put("dx", graph.apply("dx", grad, x, statistics, gamma, sums, inside));
    outputs.put("polynomial", graph.apply("p", new Polynomial(2), x, a));
    outputs.put("polynomial dx", graph.apply("pdx", new PolynomialGrad(2), x, a, dy));
    outputs.put(
        "polynomial da", graph.apply("pda", new PolynomialCoefficientGrad(2, false), x, dy));
    outputs.put("sum", graph.apply("sum", new Add(), x, dy));
    return new Procedure("large", graph, outputs, List.of());
  }

  /// Of sixty-fourths, so that no activation lies so near 0 that a rounding decides its sign.
  private static Map<String, HostTensor> results(CpuBackend backend, List<Procedure> procedures) {
    var program = Planner.plan(procedures, backend);
    Map<String, HostTensor> results = new LinkedHashMap<>();
    try (var executable = backend.compile(program)) {
      var plan = program.plan(procedures.getFirst().name());
      var random = new Random(3);
      plan.inputs()
          .forEach(
              (name, slot) -> {
                var host = HostTensor.allocate(slot.type());
                for (int i = 0; i < host.shape().size(); i++) {
                  host.set(i, (random.nextInt(256) - 100) / 64.0);
                }
                executable.write(slot, host);
              });
      executable.run(plan);
      plan.outputs().forEach((name, slot) -> results.put(name, executable.read(slot)));
    }
    return results;
  }

  private static void agree(Map<String, HostTensor> expected, Map<String, HostTensor> found) {
    expected.forEach(
        (name, right) -> {
          double largest = 0;
          double apart = 0;
          for (int i = 0; i < right.shape().size(); i++) {
            largest = Math.max(largest, Math.abs(right.get(i)));
            apart =
                Math.max(
                    apart,
                    Math.abs(
                        right.get(i)
                            - java.util.Objects.requireNonNull(found.get(name), name).get(i)));
          }
          assertThat(apart).as(name).isLessThanOrEqualTo(TOLERANCE * largest);
        });
  }
}
