package bandlimit.conformance;

import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.Conv2dInputGrad;
import bandlimit.graph.op.Conv2dWeightGrad;
import bandlimit.graph.op.ConvBiasRelu;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.ConvMoments;
import bandlimit.graph.op.ConvNormalizeRelu;
import bandlimit.signal.Boundary;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/// Convolution: every kind of window, and channel counts beside every vector width.
final class ConvSamples {
  private ConvSamples() {}

  private static final List<Sample> ROWS = new ArrayList<>();

  static {
    // batch, height, width, channels; out channels, kernel; geometry
    conv(1, 1, 1, 1, 1, 1, ConvGeometry.of(1, 0));
    conv(2, 7, 7, 3, 16, 1, ConvGeometry.of(1, 0));
    conv(3, 5, 3, 31, 33, 1, ConvGeometry.of(2, 0));
    conv(1, 1, 1, 3, 5, 3, ConvGeometry.of(1, 1));
    conv(1, 2, 3, 8, 8, 3, ConvGeometry.of(1, 1));
    conv(2, 33, 31, 3, 16, 3, ConvGeometry.of(1, 1));
    conv(1, 56, 56, 3, 7, 3, ConvGeometry.of(2, 1));
    conv(2, 7, 9, 33, 18, 3, ConvGeometry.of(1, 1));
    conv(5, 8, 8, 16, 16, 3, ConvGeometry.of(1, 1));
    conv(2, 12, 11, 9, 7, 5, ConvGeometry.of(2, 2));
    conv(1, 31, 20, 3, 8, 7, ConvGeometry.of(2, 3));
    conv(2, 9, 8, 3, 5, 2, ConvGeometry.of(1, 0));
    conv(2, 9, 8, 3, 5, 4, ConvGeometry.of(3, 2));
    conv(2, 12, 9, 5, 4, 3, ConvGeometry.of(1, 2).withDilation(2));
    conv(1, 12, 12, 4, 6, 3, ConvGeometry.of(2, 4).withDilation(3));
    conv(2, 8, 8, 6, 6, 3, ConvGeometry.of(1, 1).withGroups(6));
    conv(1, 33, 7, 31, 31, 3, ConvGeometry.of(2, 1).withGroups(31));
    conv(1, 14, 13, 4, 12, 7, ConvGeometry.of(1, 3).withGroups(4));
    conv(2, 7, 8, 8, 12, 3, ConvGeometry.of(1, 1).withGroups(4));
    conv(2, 7, 8, 6, 8, 3, ConvGeometry.of(3, 1).withGroups(2).withDilation(2));
    conv(2, 7, 8, 3, 8, 3, ConvGeometry.of(1, 1).withBoundary(Boundary.CIRCULAR));
    conv(1, 3, 3, 9, 2, 7, ConvGeometry.of(1, 3).withBoundary(Boundary.CIRCULAR));
    conv(2, 9, 8, 8, 8, 5, circular(2, 2, 8));
    conv(2, 10, 9, 4, 6, 3, circular(2, 2, 2).withDilation(2));
    // a kernel for each channel: every border, maps below and above the strips that machines hold,
    // windows larger than the map, and gradients that meet one output twice
    for (var boundary : List.of(Boundary.ZERO, Boundary.CIRCULAR)) {
      depthwise(boundary, 1, 7, 7, 16, 7, 1, 3);
      depthwise(boundary, 2, 3, 31, 5, 7, 1, 3);
      depthwise(boundary, 1, 33, 8, 17, 7, 1, 3);
      depthwise(boundary, 3, 14, 19, 33, 7, 1, 3);
      depthwise(boundary, 1, 9, 56, 96, 7, 1, 3);
      depthwise(boundary, 2, 12, 31, 3, 5, 1, 2);
      depthwise(boundary, 1, 16, 22, 100, 3, 1, 1);
      depthwise(boundary, 2, 2, 2, 96, 5, 1, 2);
      depthwise(boundary, 1, 1, 3, 17, 3, 1, 1);
      depthwise(boundary, 1, 17, 15, 16, 4, 1, 2);
      depthwise(boundary, 1, 9, 8, 7, 2, 1, 1);
      depthwise(boundary, 2, 6, 5, 31, 1, 1, 0);
      depthwise(boundary, 2, 14, 13, 100, 7, 2, 3);
      depthwise(boundary, 1, 8, 31, 64, 3, 2, 1);
      depthwise(boundary, 1, 15, 6, 5, 5, 2, 2);
      depthwise(boundary, 1, 9, 62, 17, 7, 2, 3);
      depthwise(boundary, 1, 8, 65, 16, 5, 2, 2);
    }
    depthwise(Boundary.ZERO, 1, 1, 1, 16, 7, 1, 3);
    depthwise(Boundary.ZERO, 2, 3, 20, 18, 3, 1, 4);
    conv(1, 9, 20, 64, 64, 3, uneven(Boundary.CIRCULAR).withGroups(64));
    conv(1, 9, 31, 5, 5, 3, uneven(Boundary.ZERO).withGroups(5));
    conv(2, 9, 20, 17, 17, 3, circular(1, 2, 17).withDilation(2));
    // what the window does not reach, another stride and dilation each way, uneven padding
    conv(2, 8, 11, 3, 4, 3, ConvGeometry.of(3, 0));
    conv(1, 9, 12, 3, 8, 3, uneven(Boundary.ZERO));
    conv(1, 9, 12, 4, 8, 3, uneven(Boundary.CIRCULAR));
    // 3x3 of stride 1 with enough to do for products at the points of tiles (the cpu device), and
    // everything that can be left over: tiles, channels, rows of tiles, blocks of channels
    conv(8, 9, 10, 16, 16, 3, ConvGeometry.of(1, 1));
    conv(2, 11, 10, 17, 33, 3, ConvGeometry.of(1, 0));
    conv(1, 11, 12, 65, 17, 3, ConvGeometry.of(1, 2));
    conv(1, 13, 14, 16, 70, 3, ConvGeometry.of(1, 1));
    conv(3, 7, 7, 70, 16, 3, ConvGeometry.of(1, 1));
    conv(1, 56, 3, 32, 31, 3, ConvGeometry.of(1, 1)); // one tile wide
    conv(1, 13, 12, 18, 24, 3, ConvGeometry.of(1, 1).withBoundary(Boundary.CIRCULAR));
    conv(9, 4, 4, 16, 40, 3, ConvGeometry.of(1, 1).withBoundary(Boundary.CIRCULAR));
    conv(1, 13, 11, 24, 16, 3, leaning(Boundary.ZERO));
    conv(1, 13, 11, 24, 16, 3, leaning(Boundary.CIRCULAR));
    // few pixels of a signal, alone and side by side: what is left over of pixels and of channels,
    // taps that lie together and taps that do not, borders on either side
    line(1, 1, 1, 32, 5, new ConvGeometry(1, 1, 1, 2, 0, 0, 8, 0, 1, Boundary.ZERO));
    line(1, 10, 48, 64, 5, new ConvGeometry(1, 1, 1, 2, 0, 0, 0, 0, 1, Boundary.ZERO));
    line(16, 5, 18, 33, 3, ConvGeometry.of(1, 0));
    line(3, 33, 5, 100, 7, new ConvGeometry(1, 2, 1, 1, 0, 0, 3, 3, 1, Boundary.ZERO));
    line(2, 31, 31, 17, 2, new ConvGeometry(1, 3, 1, 4, 0, 0, 0, 5, 1, Boundary.ZERO));
    line(7, 2, 3, 7, 3, new ConvGeometry(1, 1, 1, 1, 0, 0, 1, 1, 1, Boundary.ZERO));
    line(1, 250, 4, 49, 3, ConvGeometry.of(1, 0));
    line(2, 7, 6, 8, 3, ConvGeometry.of(1, 0).withGroups(2));
    // padding that the window never leaves: rows of the result that read nothing but zeros
    conv(1, 2, 2, 2, 2, 1, ConvGeometry.of(1, 2));
    for (var geometry : List.of(ConvGeometry.of(1, 1), ConvGeometry.of(2, 1))) {
      ROWS.add(Sample.of(new ConvMoments(geometry)).in(2, 9, 7, 5).in(33, 3, 3, 5));
      ROWS.add(Sample.of(new ConvMoments(geometry)).in(2, 9, 7, 8).in(16, 3, 3, 8).part(1));
      ROWS.add(Sample.of(new ConvMoments(geometry)).in(2, 9, 7, 5).in(33, 3, 3, 5).part(1));
    }
    for (int flags = 1; flags < 8; flags++) {
      biasRelu(ConvGeometry.of(1, 1), flags, 2, 9, 7, 8, 24);
    }
    biasRelu(ConvGeometry.of(2, 1), 7, 2, 9, 7, 5, 33);
    biasRelu(ConvGeometry.of(1, 1).withGroups(16), 7, 1, 9, 7, 16, 16);
    biasRelu(ConvGeometry.of(1, 1).withGroups(3), 7, 1, 5, 7, 6, 9);
    for (int flags = 0; flags < 4; flags++) {
      normalizeRelu(ConvGeometry.of(1, 1), flags, 2, 9, 7, 8, 24);
      normalizeRelu(ConvGeometry.of(1, 1), flags, 2, 9, 10, 17, 35);
    }
    normalizeRelu(ConvGeometry.of(2, 1), 3, 2, 9, 7, 5, 33);
    normalizeRelu(ConvGeometry.of(1, 1).withGroups(6), 3, 2, 8, 8, 6, 6);
    normalizeRelu(ConvGeometry.of(1, 1).withBoundary(Boundary.CIRCULAR), 3, 2, 7, 8, 3, 8);
    normalizeRelu(ConvGeometry.of(1, 1).withBoundary(Boundary.CIRCULAR), 3, 1, 13, 12, 18, 24);
    biasRelu(ConvGeometry.of(1, 1), 7, 2, 9, 10, 17, 35);
    biasRelu(ConvGeometry.of(1, 1).withBoundary(Boundary.CIRCULAR), 7, 2, 7, 8, 3, 8);
    ROWS.add(
        Sample.of(new Conv2d(ConvGeometry.of(1, 1))).in(2, 6, 5, 3).in(8, 3, 1, 3).linearIn(0, 1));
  }

  static List<Sample> rows() {
    return ROWS;
  }

  private static ConvGeometry circular(int stride, int pad, int groups) {
    return ConvGeometry.of(stride, pad).withGroups(groups).withBoundary(Boundary.CIRCULAR);
  }

  private static void depthwise(
      Boundary boundary, int n, int h, int w, int c, int k, int stride, int pad) {
    conv(n, h, w, c, c, k, ConvGeometry.of(stride, pad).withGroups(c).withBoundary(boundary));
  }

  private static ConvGeometry uneven(Boundary boundary) {
    return new ConvGeometry(2, 3, 2, 1, 1, 2, 3, 0, 1, boundary);
  }

  /// A window that looks only up and to the right.
  private static ConvGeometry leaning(Boundary boundary) {
    return new ConvGeometry(1, 1, 1, 1, 2, 0, 0, 2, 1, boundary);
  }

  private static void biasRelu(
      ConvGeometry geometry, int flags, int n, int h, int w, int c, int out) {
    var op = new ConvBiasRelu(geometry, (flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0);
    var x = Shape.of(n, h, w, c);
    var weight = Shape.of(out, 3, 3, c / geometry.groups());
    var sample = row(Sample.of(op), x, weight);
    if (op.bias()) {
      sample.in(out);
    }
    if (op.residual()) {
      sample.in(geometry.output(x, weight).dims().toArray(Integer[]::new));
    }
    ROWS.add(sample);
  }

  private static void normalizeRelu(
      ConvGeometry geometry, int flags, int n, int h, int w, int c, int out) {
    var op = new ConvNormalizeRelu(geometry, 1e-5, (flags & 1) != 0, (flags & 2) != 0);
    var x = Shape.of(n, h, w, c);
    var weight = Shape.of(out, 3, 3, c / geometry.groups());
    var sample =
        row(Sample.of(op), x, weight)
            .in(TensorType.f32(2, out), Values.statistics())
            .in(out)
            .in(out);
    if (op.residual()) {
      sample.in(geometry.output(x, weight).dims().toArray(Integer[]::new));
    }
    ROWS.add(sample);
  }

  /// The convolution and its two transposes, each a row of its own.
  private static void conv(int n, int h, int w, int c, int out, int k, ConvGeometry geometry) {
    Shape x = Shape.of(n, h, w, c);
    Shape weight = Shape.of(out, k, k, c / geometry.groups());
    Shape y = geometry.output(x, weight);
    ROWS.add(row(Sample.of(new Conv2d(geometry)), x, weight).linearIn(0, 1));
    ROWS.add(row(Sample.of(new Conv2dInputGrad(geometry, x)), y, weight).linearIn(0, 1));
    ROWS.add(row(Sample.of(new Conv2dWeightGrad(geometry, weight)), x, y).linearIn(0, 1));
  }

  /// A convolution along the width alone, by itself and with all that may follow it in its step.
  private static void line(int n, int w, int c, int out, int k, ConvGeometry geometry) {
    var x = Shape.of(n, 1, w, c);
    var weight = Shape.of(out, 1, k, c / geometry.groups());
    var y = geometry.output(x, weight).dims().toArray(Integer[]::new);
    ROWS.add(row(Sample.of(new Conv2d(geometry)), x, weight).linearIn(0, 1));
    ROWS.add(row(Sample.of(new ConvBiasRelu(geometry, true, true, true)), x, weight).in(out).in(y));
    ROWS.add(
        row(Sample.of(new ConvNormalizeRelu(geometry, 1e-5, true, true)), x, weight)
            .in(TensorType.f32(2, out), Values.statistics())
            .in(out)
            .in(out)
            .in(y));
  }

  private static Sample row(Sample sample, Shape a, Shape b) {
    return sample.in(a.dims().toArray(Integer[]::new)).in(b.dims().toArray(Integer[]::new));
  }
}
