package bandlimit.graph.op;

import bandlimit.signal.Boundary;
import bandlimit.tensor.Shape;

/// How a convolution's window walks: strides, dilations, padding of each side, groups.
///
/// The boundary is zero or circular, which a convolution reads by index; reflect and replicate are
/// a [Pad] before it.
public record ConvGeometry(
    int strideH,
    int strideW,
    int dilationH,
    int dilationW,
    int top,
    int bottom,
    int left,
    int right,
    int groups,
    Boundary boundary) {
  public ConvGeometry {
    Rule.require(
        strideH >= 1 && strideW >= 1 && dilationH >= 1 && dilationW >= 1 && groups >= 1,
        "strides, dilations and groups must be 1 or more, got strides %d %d, dilations %d %d,"
            + " groups %d",
        strideH,
        strideW,
        dilationH,
        dilationW,
        groups);
    Rule.require(
        Math.min(Math.min(top, bottom), Math.min(left, right)) >= 0,
        "padding must be 0 or more, got %d %d %d %d",
        top,
        bottom,
        left,
        right);
    Rule.require(
        boundary == Boundary.ZERO || boundary == Boundary.CIRCULAR,
        "a convolution pads by zero or circular, got %s; put a Pad before it",
        boundary);
  }

  /// Equal on both axes, zero padding, one group.
  public static ConvGeometry of(int stride, int pad) {
    return new ConvGeometry(stride, stride, 1, 1, pad, pad, pad, pad, 1, Boundary.ZERO);
  }

  public ConvGeometry withGroups(int groups) {
    return new ConvGeometry(
        strideH, strideW, dilationH, dilationW, top, bottom, left, right, groups, boundary);
  }

  public ConvGeometry withDilation(int dilation) {
    return new ConvGeometry(
        strideH, strideW, dilation, dilation, top, bottom, left, right, groups, boundary);
  }

  public ConvGeometry withBoundary(Boundary boundary) {
    return new ConvGeometry(
        strideH, strideW, dilationH, dilationW, top, bottom, left, right, groups, boundary);
  }

  /// (N, Ho, Wo, O) for x (N, H, W, C) and w (O, kh, kw, C / groups).
  public Shape output(Shape x, Shape w) {
    int ho = Rule.windowed("height", x.h(), w.at(1), strideH, dilationH, top + bottom);
    int wo = Rule.windowed("width", x.w(), w.at(2), strideW, dilationW, left + right);
    return Shape.of(x.n(), ho, wo, w.at(0));
  }

  void check(Shape x, Shape w) {
    Rule.require(w.rank() == 4, "the weight must be (out, kh, kw, in/groups), got %s", w);
    Rule.require(
        w.at(3) * groups == x.c(),
        "input has %d channels but the weight %s with groups: %d expects %d",
        x.c(),
        w,
        groups,
        w.at(3) * groups);
    Rule.require(
        w.at(0) % groups == 0, "%d output channels do not divide into %d groups", w.at(0), groups);
    int padH = Math.max(top, bottom);
    int padW = Math.max(left, right);
    Rule.require(
        boundary.fits(padH, x.h()) && boundary.fits(padW, x.w()),
        "%s: the map is %dx%d, the padding %d and %d; use a smaller kernel or zero padding",
        boundary.rule(),
        x.h(),
        x.w(),
        padH,
        padW);
  }
}
