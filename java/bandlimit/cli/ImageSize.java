package bandlimit.cli;

import bandlimit.tensor.Shape;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads `224x224`, or `224x224x3` with channels.
final class ImageSize implements ITypeConverter<ImageSize.Size> {
  private static final Pattern SIZE = Pattern.compile("(\\d{1,5})x(\\d{1,5})(?:x(\\d{1,5}))?");

  /// Extents; 0 channels where none were given.
  record Size(int h, int w, int c) {
    /// (H, W, C), with `channels` where none were given.
    Shape with(int channels) {
      return Shape.of(h, w, c == 0 ? channels : c);
    }
  }

  @Override
  public Size convert(String text) {
    var match = SIZE.matcher(text);
    if (!match.matches()) {
      throw new TypeConversionException("'" + text + "' is no size like 224x224 or 224x224x3");
    }
    int h = Integer.parseInt(match.group(1));
    int w = Integer.parseInt(match.group(2));
    int c = match.group(3) == null ? 0 : Integer.parseInt(match.group(3));
    if (h < 1 || w < 1 || (match.group(3) != null && c < 1)) {
      throw new TypeConversionException("'" + text + "': every extent must be 1 or more");
    }
    return new Size(h, w, c);
  }
}
