package bandlimit.eval;

import bandlimit.data.Image;
import bandlimit.data.Transforms;
import bandlimit.tensor.DType;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import javax.imageio.ImageIO;

/// A sample small enough to lie in a report, as a PNG in a data URI.
final class Thumbnail {
  private static final int LARGEST = 64;

  private Thumbnail() {}

  /// Empty for what is no picture: signals, and images of other than 1 or 3 channels.
  static String of(Image image) {
    boolean picture = image.channels() == 1 || image.channels() == 3;
    if (image.dtype() != DType.U8 || image.height() == 1 || !picture) {
      return "";
    }
    int longer = Math.max(image.height(), image.width());
    Image small =
        longer <= LARGEST
            ? image
            : Transforms.resize(
                image,
                Math.max(1, image.height() * LARGEST / longer),
                Math.max(1, image.width() * LARGEST / longer));
    var picked = new BufferedImage(small.width(), small.height(), BufferedImage.TYPE_INT_RGB);
    for (int h = 0; h < small.height(); h++) {
      for (int w = 0; w < small.width(); w++) {
        int r = (int) small.at(h, w, 0);
        int g = (int) small.at(h, w, small.channels() == 1 ? 0 : 1);
        int b = (int) small.at(h, w, small.channels() == 1 ? 0 : 2);
        picked.setRGB(w, h, r << 16 | g << 8 | b);
      }
    }
    var png = new ByteArrayOutputStream();
    try {
      ImageIO.setUseCache(false); // ImageIO's default is a temporary file
      ImageIO.write(picked, "png", png);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(png.toByteArray());
  }
}
