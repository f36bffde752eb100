package bandlimit.data;

/// A data set that can render its samples anew at any translation, whole or fractional, without
/// interpolating: the ground truth of shift experiments.
///
/// The content moves right by `dx` and down by `dy` pixels: out(h, w) = scene(h - dy, w - dx).
public interface ExactShifts {
  /// Circular: what leaves on one side enters on the other. A whole (dx, dy) is exactly the roll of
  /// the unshifted sample.
  Image circularShift(int index, double dx, double dy);

  /// Not circular: what leaves is gone, and what enters was not visible before. At (0, 0) it
  /// differs from the circular sample by the parts that wrap around.
  Image planeShift(int index, double dx, double dy);
}
