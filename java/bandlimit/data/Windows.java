package bandlimit.data;

import bandlimit.data.AugmentSpec.CropMode;
import java.util.random.RandomGenerator;

/// Random windows of images, as large as these: a crop that may lie partly outside, then perhaps a
/// mirror. What a machine can do as well as the loader, and from fewer bytes.
///
/// @param padding by how many pixels a window may be off, each way; signals (height 1) only along
///   time
/// @param outside what lies there
/// @param flip probability of a mirror, left to right
public record Windows(int padding, CropMode outside, double flip) {
  /// Images as they are.
  public static final Windows WHOLE = new Windows(0, CropMode.ZERO, 0);

  /// The window of one image.
  public record Window(int top, int left, boolean flip) {}

  /// A window of an image of this height; equal generators give equal windows.
  public Window draw(int height, RandomGenerator random) {
    int left = padding == 0 ? 0 : offset(random);
    int top = padding == 0 || height == 1 ? 0 : offset(random);
    return new Window(top, left, flip > 0 && random.nextDouble() < flip);
  }

  private int offset(RandomGenerator random) {
    return random.nextInt(2 * padding + 1) - padding;
  }

  Image cut(Image image, RandomGenerator random) {
    var window = draw(image.height(), random);
    boolean moved = window.top() != 0 || window.left() != 0;
    var cut =
        moved
            ? Transforms.crop(
                image, window.top(), window.left(), image.height(), image.width(), outside)
            : image;
    return window.flip() ? Transforms.flip(cut) : cut;
  }
}
