package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.signal.Boundary;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;

/// A window of each image, normalised: (x / 255 - mean) / std of each channel, from (images u8 (N,
/// H, W, C), windows i32 (N, 3)) to (N, height, width, C) of `to`.
///
/// A window is (top, left, flip): where in the image its first row and column lie, which may be
/// outside, and whether it is mirrored left to right, after it was cut. Outside, an image is black
/// (value 0 before it is normalised), or mirrored about its edge pixels as often as it takes.
public record PrepareImages(
    int height, int width, Boundary outside, List<Double> mean, List<Double> std, DType to)
    implements Op {
  /// Numbers in a window.
  public static final int WINDOW = 3;

  public PrepareImages {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    Rule.require(
        height >= 1 && width >= 1, "a window is 1 x 1 or more, got %d x %d", height, width);
    Rule.require(
        outside == Boundary.ZERO || outside == Boundary.REFLECT,
        "outside, an image is black or mirrored, got %s",
        outside);
    Rule.require(mean.size() == std.size(), "%d means and %d deviations", mean.size(), std.size());
    Rule.require(to.isFloating(), "normalised images are no whole numbers, got %s", to);
  }

  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 2, this);
    var x = Rule.nhwc(in.get(0));
    Rule.same("images", DType.U8, in.get(0).dtype());
    Rule.require(
        in.get(1).equals(TensorType.of(DType.I32, x.n(), WINDOW)),
        "windows must be i32(%d, %d), got %s",
        x.n(),
        WINDOW,
        in.get(1));
    Rule.require(
        mean.size() == x.c(),
        "images %s have %d channels, but there are %d means and deviations",
        x,
        x.c(),
        mean.size());
    return new TensorType(to, Shape.of(x.n(), height, width, x.c()));
  }

  @Override
  public void vjp(Node y, Node dy, Gradients to) {
    // no gradient flows to whole numbers
  }

  /// y = factor * x + offset.
  public double factor(int c) {
    return 1 / (255 * std.get(c));
  }

  public double offset(int c) {
    return -mean.get(c) / std.get(c);
  }

  /// Which of `n` pixels stands at position `i`; -1 where it is black.
  public int pixel(int i, int n) {
    if (0 <= i && i < n) {
      return i;
    }
    if (outside == Boundary.ZERO) {
      return -1;
    }
    int period = Math.max(1, 2 * (n - 1));
    int folded = Math.floorMod(i, period);
    return Math.min(folded, period - folded);
  }
}
