package bandlimit.bench;

import bandlimit.graph.op.Add;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.IdealResample;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.Polynomial;
import bandlimit.graph.op.Resample;
import bandlimit.signal.Boundary;
import bandlimit.signal.Filter;
import bandlimit.signal.IdealResampler;
import bandlimit.signal.Resampler;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/// The operations that `tests/bench/torch` times in libtorch, under the same names: `.fwd` is the
/// forward pass, `.fwdbwd` that and every gradient, from a given one of the result.
public final class PeerCases {
  private static final int BATCH = 32;

  private final List<KernelCase> cases = new ArrayList<>();

  private PeerCases() {}

  public static List<KernelCase> all() {
    var all = new PeerCases();
    for (int taps : List.of(5, 3)) {
      for (int stride : List.of(2, 1)) {
        all.lowpass(taps, stride, 64, 56);
        all.lowpass(taps, stride, 256, 28);
      }
    }
    all.polynomial(96, 56);
    all.aliasFree("afcact", 96, 56, 3 * 56 / 2);
    all.aliasFree("afcact_twice", 96, 56, 2 * 56);
    all.depthwise(7, 96, 56);
    all.conv(1, 64, 64, 56);
    all.conv(2, 64, 128, 56);
    return all.cases;
  }

  private static TensorType map(int size, int channels) {
    return TensorType.f32(BATCH, size, size, channels);
  }

  private void add(String name, List<TensorType> in, KernelCase.Build build) {
    var gradients = java.util.stream.IntStream.range(0, in.size()).boxed().toList();
    cases.add(new KernelCase(name + ".fwd", in, true, List.of(), build));
    cases.add(new KernelCase(name + ".fwdbwd", in, true, gradients, build));
  }

  private void lowpass(int taps, int stride, int channels, int size) {
    int before = (taps - 1) / 2;
    int after = taps / 2;
    var pad = new Pad(Boundary.REFLECT, before, after, before, after);
    var axis = Resampler.decimate(Filter.binomial(taps).taps(), stride);
    add(
        "lowpass_k%d_s%d_%dx%dx%dx%d".formatted(taps, stride, BATCH, channels, size, size),
        List.of(map(size, channels)),
        (graph, in) ->
            graph.apply("y", new Resample(axis, axis), graph.apply("pad", pad, in.get(0))));
  }

  /// The alias-free activation of degree 2, on a fine grid of `fine` samples an axis.
  private void aliasFree(String name, int channels, int size, int fine) {
    var up = IdealResampler.resize(size, fine);
    var down = IdealResampler.resize(fine, size);
    add(
        name,
        List.of(map(size, channels), TensorType.f32(channels, 3)),
        (graph, in) -> {
          var u = new IdealResample(up, up).on(graph, "up", in.get(0));
          var p = graph.apply("p", new Polynomial(2), u, in.get(1));
          return new IdealResample(down, down).on(graph, "y", p);
        });
  }

  private void polynomial(int channels, int size) {
    add(
        "poly2",
        List.of(map(size, channels), TensorType.f32(channels, 3)),
        (graph, in) -> graph.apply("y", new Polynomial(2), in));
  }

  private void depthwise(int kernel, int channels, int size) {
    var geometry =
        ConvGeometry.of(1, kernel / 2).withGroups(channels).withBoundary(Boundary.CIRCULAR);
    add(
        "dw%dx%d_circular_%d".formatted(kernel, kernel, channels),
        List.of(
            map(size, channels),
            TensorType.f32(channels, kernel, kernel, 1),
            TensorType.f32(channels)),
        (graph, in) ->
            graph.apply(
                "y",
                new Add(),
                graph.apply("conv", new Conv2d(geometry), in.get(0), in.get(1)),
                in.get(2)));
  }

  private void conv(int stride, int in, int out, int size) {
    add(
        "conv3x3_s%d_%d_%d".formatted(stride, in, out),
        List.of(map(size, in), TensorType.f32(out, 3, 3, in)),
        (graph, inputs) -> graph.apply("y", new Conv2d(ConvGeometry.of(stride, 1)), inputs));
  }
}
