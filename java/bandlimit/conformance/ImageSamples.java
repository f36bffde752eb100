package bandlimit.conformance;

import bandlimit.graph.op.PrepareImages;
import bandlimit.signal.Boundary;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/// Windows of images: inside, over each edge, wholly outside, mirrored.
final class ImageSamples {
  private static final List<Double> MEAN = List.of(0.4914, 0.4822, 0.4466);
  private static final List<Double> STD = List.of(0.2470, 0.2435, 0.2616);

  private ImageSamples() {}

  static List<Sample> rows() {
    return rows(DType.F32);
  }

  static List<Sample> rows(DType to) {
    var rows = new ArrayList<Sample>();
    for (var outside : List.of(Boundary.ZERO, Boundary.REFLECT)) {
      rows.add(row(to, outside, 5, 8, 8, 3, 8, 8));
      rows.add(row(to, outside, 6, 7, 9, 1, 5, 11)); // windows of other extents, odd rows
      rows.add(row(to, outside, 4, 5, 6, 2, 9, 4));
      rows.add(row(to, outside, 3, 1, 33, 1, 1, 31)); // a row of pixels
      rows.add(row(to, outside, 2, 1, 1, 3, 3, 3)); // one pixel, mirrored about itself
    }
    rows.add(row(to, Boundary.ZERO, 9, 32, 32, 3, 32, 32));
    return rows;
  }

  private static Sample row(
      DType to, Boundary outside, int n, int h, int w, int c, int height, int width) {
    var op = new PrepareImages(height, width, outside, MEAN.subList(0, c), STD.subList(0, c), to);
    return Sample.of(op)
        .in(TensorType.of(DType.U8, n, h, w, c), Values.whole(256))
        .in(
            TensorType.of(DType.I32, n, 3),
            Values.of(
                0, 0, 0, -4, 3, 1, 4, -4, 0, 1, 1, 1, -2, -1, 0, 40, 2, 1, 3, -50, 0, 2, 1, 7))
        .note(outside + " " + to)
        .formula(in -> meaning(op, in, n, h, w, c));
  }

  /// Pads far enough, cuts, mirrors, normalises: one after the other.
  private static double[] meaning(PrepareImages op, List<double[]> in, int n, int h, int w, int c) {
    var y = new ArrayList<Double>();
    for (int image = 0; image < n; image++) {
      double[] window = java.util.Arrays.copyOfRange(in.get(1), 3 * image, 3 * image + 3);
      for (int i = 0; i < op.height(); i++) {
        var row = new ArrayList<List<Double>>();
        for (int j = 0; j < op.width(); j++) {
          int from = mirrored(i + (int) window[0], h, op.outside());
          int column = mirrored(j + (int) window[1], w, op.outside());
          var pixel = new ArrayList<Double>();
          for (int k = 0; k < c; k++) {
            boolean black = from < 0 || from >= h || column < 0 || column >= w;
            double value = black ? 0 : in.get(0)[((image * h + from) * w + column) * c + k];
            pixel.add((value / 255 - op.mean().get(k)) / op.std().get(k));
          }
          row.add(pixel);
        }
        (window[2] == 0 ? row : row.reversed()).forEach(y::addAll);
      }
    }
    return y.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /// Turns back at each edge until it is inside.
  private static int mirrored(int i, int n, Boundary outside) {
    if (outside == Boundary.ZERO) {
      return i;
    }
    while (n > 1 && (i < 0 || i >= n)) {
      i = i < 0 ? -i : 2 * (n - 1) - i;
    }
    return n == 1 ? 0 : i;
  }
}
