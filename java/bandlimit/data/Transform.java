package bandlimit.data;

import java.util.random.RandomGenerator;

/// Makes one image from another; every random choice comes from the generator it is handed, which
/// the loader keys by (seed, epoch, index).
@FunctionalInterface
public interface Transform {
  Image apply(Image image, RandomGenerator random);

  default Transform then(Transform next) {
    return (image, random) -> next.apply(apply(image, random), random);
  }

  /// The windows it ends with, which a machine could cut; whole images where it does not end so.
  default Windows windows() {
    return Windows.WHOLE;
  }

  /// What it does before those.
  default Transform beforeWindows() {
    return this;
  }

  static Transform identity() {
    return (image, _) -> image;
  }
}
