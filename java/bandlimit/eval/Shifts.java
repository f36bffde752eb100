package bandlimit.eval;

import bandlimit.data.AugmentSpec.CropMode;
import bandlimit.data.Image;
import bandlimit.data.Transforms;

/// Moving a sample by whole pixels. Signals (height 1) move along time only.
final class Shifts {
  private Shifts() {}

  /// The content moves down by `dy` and right by `dx`; what leaves on one side enters on the other:
  /// out(h, w) = in(h - dy, w - dx).
  static Image circular(Image image, int dy, int dx) {
    int height = image.height();
    int width = image.width();
    int row = width * image.pixelBytes();
    int cut = Math.floorMod(dx, width) * image.pixelBytes();
    var bytes = new byte[image.bytes().length];
    for (int h = 0; h < height; h++) {
      int from = h * row;
      int to = Math.floorMod(h + dy, height) * row;
      System.arraycopy(image.bytes(), from, bytes, to + cut, row - cut);
      System.arraycopy(image.bytes(), from + row - cut, bytes, to, cut);
    }
    return Image.of(height, width, image.channels(), image.dtype(), bytes);
  }

  /// The (height, width) at (top, left); what lies outside is mirrored.
  static Image crop(Image image, int top, int left, int height, int width) {
    return Transforms.crop(image, top, left, height, width, CropMode.REFLECT);
  }
}
