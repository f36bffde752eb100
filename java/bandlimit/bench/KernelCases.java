package bandlimit.bench;

import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.IdealResample;
import bandlimit.graph.op.MatMul;
import bandlimit.graph.op.MaxPool;
import bandlimit.graph.op.Moments;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.Over;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.Polynomial;
import bandlimit.graph.op.Resample;
import bandlimit.graph.op.Scale;
import bandlimit.graph.op.SgdMomentum;
import bandlimit.signal.Boundary;
import bandlimit.signal.Filter;
import bandlimit.signal.IdealResampler;
import bandlimit.signal.Resampler;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/// The shapes that are measured: the layers of anti-aliased ResNets, and the odd ones.
public final class KernelCases {
  private static final List<Integer> FORWARD = List.of();
  private static final double EPSILON = 1e-5;

  private final List<KernelCase> cases = new ArrayList<>();
  private final DType dtype;
  private final int batch;

  private KernelCases(DType dtype, int batch) {
    this.dtype = dtype;
    this.batch = batch;
  }

  /// Every case for maps of this element type; `quick` keeps one size of each.
  public static List<KernelCase> of(DType dtype, int batch, boolean quick) {
    var all = new KernelCases(dtype, batch);
    all.lowpass(4, 2, 56, 256);
    all.lowpass(3, 2, 28, 512);
    all.polynomial(2, 56, 96);
    all.conv(3, 1, 56, 64, 64);
    all.batchNorm(56, 256);
    all.maxBlur(111, 64);
    all.normBlur(56, 256);
    if (!quick) {
      all.lowpass(4, 2, 111, 64);
      all.lowpass(4, 2, 14, 1024);
      all.lowpass(5, 2, 55, 100);
      all.lowpass(7, 1, 28, 256);
      all.lowpass(2, 2, 56, 128);
      all.polynomial(3, 28, 192);
      all.polynomial(2, 14, 1536);
      all.conv(3, 2, 56, 128, 128);
      all.conv(3, 1, 28, 256, 256);
      all.conv(3, 1, 7, 512, 512);
      all.conv(1, 1, 56, 256, 64);
      all.conv(1, 1, 14, 1024, 256);
      all.conv(7, 2, 224, 3, 64);
      all.depthwise(7, 56, 96);
      all.batchNorm(14, 1024);
      all.aliasFree(56, 96);
      all.aliasFree(56, 384);
      all.aliasFree(28, 768);
      all.aliasFree(14, 1536);
      all.aliasFree(7, 3072);
      all.aliasFree(16, 192);
      all.idealDown(56, 192);
      all.matMul(4096);
      all.update(25_600_000);
    }
    return all.cases;
  }

  /// A copy of 256 MiB at full scale: what memory can do.
  public static KernelCase copy(DType dtype, long bytes) {
    var type = TensorType.of(dtype, Math.toIntExact(bytes / dtype.bytes()));
    return new KernelCase(
        "copy", List.of(type), FORWARD, (graph, in) -> graph.apply("y", new Scale(1), in));
  }

  /// A product of square matrices: what arithmetic can do.
  public static KernelCase product(DType dtype, int n) {
    var matrix = TensorType.of(dtype, n, n);
    return new KernelCase(
        "matmul " + n,
        List.of(matrix, matrix),
        FORWARD,
        (graph, in) -> graph.apply("y", new MatMul(false, true), in));
  }

  private TensorType map(int size, int channels) {
    return TensorType.of(dtype, batch, size, size, channels);
  }

  private void add(String name, List<TensorType> in, KernelCase.Build build, Integer... gradients) {
    cases.add(new KernelCase(name, in, FORWARD, build));
    for (int input : gradients) {
      cases.add(new KernelCase(name, in, List.of(input), build));
    }
  }

  private void lowpass(int taps, int stride, int size, int channels) {
    var pad = new Pad(Boundary.REFLECT, (taps - 1) / 2, taps / 2, (taps - 1) / 2, taps / 2);
    var blur = blur(taps, stride);
    add(
        "low-pass %d taps /%d".formatted(taps, stride),
        List.of(map(size, channels)),
        (graph, in) -> graph.apply("y", blur, graph.apply("pad", pad, in)),
        0);
  }

  private static Resample blur(int taps, int stride) {
    var axis = Resampler.decimate(Filter.binomial(taps).taps(), stride);
    return new Resample(axis, axis);
  }

  private void maxBlur(int size, int channels) {
    var pad = new Pad(Boundary.REFLECT, 1, 2, 1, 2);
    add(
        "max 2x2 + low-pass 4 taps /2",
        List.of(map(size, channels)),
        (graph, in) ->
            graph.apply(
                "y",
                blur(4, 2),
                graph.apply("pad", pad, graph.apply("max", MaxPool.of(2, 1, 0), in))),
        0);
  }

  /// Batch norm by given statistics, ReLU and a blur: what follows a convolution that was strided.
  private void normBlur(int size, int channels) {
    var parameter = TensorType.f32(channels);
    var pad = new Pad(Boundary.REFLECT, 1, 2, 1, 2);
    add(
        "norm + ReLU + low-pass 4 taps /2",
        List.of(map(size, channels), TensorType.f32(2, channels), parameter, parameter),
        (graph, in) -> {
          var positive = graph.apply("statistics", new Pointwise(Fn.SQUARE), in.get(1));
          var given = List.of(in.get(0), positive, in.get(2), in.get(3));
          var norm = graph.apply("norm", new Normalize(Over.BATCH, EPSILON, false), given);
          var relu = graph.apply("relu", new Pointwise(Fn.RELU), norm);
          return graph.apply("y", blur(4, 2), graph.apply("pad", pad, relu));
        });
  }

  private void polynomial(int degree, int size, int channels) {
    var type = List.of(map(size, channels), TensorType.f32(channels, degree + 1));
    KernelCase.Build build = (graph, in) -> graph.apply("y", new Polynomial(degree), in);
    cases.add(new KernelCase("polynomial degree " + degree, type, FORWARD, build));
    cases.add(new KernelCase("polynomial degree " + degree, type, List.of(0, 1), build));
  }

  /// The alias-free activation of degree 2 on as fine a grid as it needs. Half the samples of other
  /// cases: its maps have four times a block's channels.
  private void aliasFree(int size, int channels) {
    int fine = size % 2 == 0 ? 3 * size / 2 : 3 * (size - 1) / 2 + 1;
    var up = IdealResampler.resize(size, fine);
    var down = IdealResampler.resize(fine, size);
    var in = List.of(halfBatch(size, channels), TensorType.f32(channels, 3));
    KernelCase.Build build =
        (graph, inputs) -> {
          var u = new IdealResample(up, up).on(graph, "up", inputs.get(0));
          var p = graph.apply("p", new Polynomial(2), u, inputs.get(1));
          return new IdealResample(down, down).on(graph, "y", p);
        };
    cases.add(new KernelCase("alias-free activation", in, FORWARD, build));
    cases.add(new KernelCase("alias-free activation", in, List.of(0, 1), build));
  }

  private void idealDown(int size, int channels) {
    var axis = IdealResampler.down(size, 2);
    add(
        "ideal low-pass /2",
        List.of(halfBatch(size, channels)),
        (graph, in) -> new IdealResample(axis, axis).on(graph, "y", in.get(0)),
        0);
  }

  private TensorType halfBatch(int size, int channels) {
    return TensorType.of(dtype, Math.max(1, batch / 2), size, size, channels);
  }

  private void conv(int kernel, int stride, int size, int in, int out) {
    add(
        "conv %dx%d /%d".formatted(kernel, kernel, stride),
        List.of(map(size, in), TensorType.of(dtype, out, kernel, kernel, in)),
        (graph, inputs) ->
            graph.apply("y", new Conv2d(ConvGeometry.of(stride, kernel / 2)), inputs),
        0,
        1);
  }

  private void depthwise(int kernel, int size, int channels) {
    var geometry = ConvGeometry.of(1, kernel / 2).withGroups(channels);
    add(
        "depthwise %dx%d".formatted(kernel, kernel),
        List.of(map(size, channels), TensorType.of(dtype, channels, kernel, kernel, 1)),
        (graph, inputs) -> graph.apply("y", new Conv2d(geometry), inputs),
        0,
        1);
  }

  /// Statistics, normalisation and ReLU of a training step, and all their gradients.
  private void batchNorm(int size, int channels) {
    var parameter = TensorType.f32(channels);
    var in = List.of(map(size, channels), parameter, parameter);
    KernelCase.Build build =
        (graph, inputs) -> {
          var x = inputs.get(0);
          var statistics = graph.apply("statistics", new Moments(Over.BATCH), x);
          var y =
              graph.apply(
                  "norm",
                  new Normalize(Over.BATCH, EPSILON, true),
                  x,
                  statistics,
                  inputs.get(1),
                  inputs.get(2));
          return graph.apply("y", new Pointwise(Fn.RELU), y);
        };
    cases.add(new KernelCase("batch norm + ReLU", in, FORWARD, build));
    cases.add(new KernelCase("batch norm + ReLU", in, List.of(0, 1, 2), build));
  }

  private void matMul(int n) {
    cases.add(product(dtype, n));
  }

  private void update(int parameters) {
    var type = TensorType.f32(parameters);
    cases.add(
        new KernelCase(
            "SGD momentum",
            List.of(type, type, type),
            FORWARD,
            (graph, in) -> graph.apply("y", new SgdMomentum(0.9, 1e-4), in)));
  }
}
