package bandlimit.data;

/// How photographs are resized: by a kernel that is widened by the factor of reduction, so that
/// shrinking averages instead of skipping (Pillow's filters, torchvision's antialias=True).
public enum Interpolation {
  /// A triangle.
  BILINEAR(1),
  /// Keys' cubic with a = -1/2; where an image has edges it overshoots, and is clamped.
  BICUBIC(2);

  /// Half the kernel's width where nothing is reduced.
  final int reach;

  Interpolation(int reach) {
    this.reach = reach;
  }

  double weight(double distance) {
    double x = Math.abs(distance);
    return switch (this) {
      case BILINEAR -> Math.max(0, 1 - x);
      case BICUBIC ->
          x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
    };
  }
}
