package bandlimit.data;

import bandlimit.error.DataException;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentSampleModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/// Photographs from files: JPEG (also CMYK), PNG, WebP, as upright U8 RGB.
///
/// Grey is repeated into three channels as it is (Java's own conversion would brighten it), alpha
/// is dropped, 16 bits are cut to 8, colour profiles are ignored, EXIF rotation (of JPEG) is
/// applied.
public final class ImageFiles {
  private static final List<String> ENDINGS = List.of(".jpg", ".jpeg", ".png", ".webp");
  private static final int CHANNELS = 3;

  static {
    ImageIO.setUseCache(false); // else every image goes through a temporary file
  }

  private ImageFiles() {}

  /// Whether the name has one of the endings that are read, in upper or lower case.
  public static boolean isImage(String fileName) {
    String lower = fileName.toLowerCase(Locale.ROOT);
    return !lower.startsWith(".") && ENDINGS.stream().anyMatch(lower::endsWith);
  }

  public static Image read(Path file) {
    try {
      return decode(Files.readAllBytes(file), file.toAbsolutePath().toString());
    } catch (IOException e) {
      throw DataFiles.unreadable(file, e);
    }
  }

  /// `name` is for messages.
  public static Image decode(byte[] file, String name) {
    int orientation = 1;
    if (JpegMarkers.isJpeg(file)) {
      JpegMarkers markers = JpegMarkers.of(file);
      orientation = markers.orientation();
      if (!markers.complete()) { // decoders would fill the rest with grey
        throw undecodable(name, "the JPEG data is truncated (" + file.length + " bytes)", null);
      }
    }
    BufferedImage image;
    try {
      image = ImageIO.read(new ByteArrayInputStream(file));
    } catch (IOException | RuntimeException e) { // decoders throw both on damaged data
      throw undecodable(name, String.valueOf(e.getMessage()), e);
    }
    if (image == null) {
      throw undecodable(name, "not a JPEG, PNG or WebP file", null);
    }
    return upright(rgb(image), image.getHeight(), image.getWidth(), orientation);
  }

  private static DataException undecodable(String name, String why, @Nullable Exception cause) {
    String message = "cannot decode " + name + ": " + why;
    return cause == null ? new DataException(message) : new DataException(message, cause);
  }

  private static byte[] rgb(BufferedImage image) {
    Raster raster = image.getRaster();
    int space = image.getColorModel().getColorSpace().getType();
    int bands = raster.getNumBands();
    boolean grey = space == ColorSpace.TYPE_GRAY && bands <= 2;
    boolean colour = space == ColorSpace.TYPE_RGB && (bands == 3 || bands == 4);
    if ((grey || colour)
        && raster.getSampleModel() instanceof ComponentSampleModel layout
        && raster.getDataBuffer() instanceof DataBufferByte buffer
        && buffer.getNumBanks() == 1) {
      return copy(buffer.getData(), buffer.getOffset(), layout, grey);
    }
    int height = image.getHeight();
    int width = image.getWidth();
    var bytes = new byte[height * width * CHANNELS];
    boolean wideGrey = grey && raster.getTransferType() == DataBuffer.TYPE_USHORT;
    for (int i = 0; i < height * width; i++) {
      int h = i / width;
      int w = i % width;
      int packed = wideGrey ? (raster.getSample(w, h, 0) >> 8) * 0x010101 : image.getRGB(w, h);
      bytes[CHANNELS * i] = (byte) (packed >> 16);
      bytes[CHANNELS * i + 1] = (byte) (packed >> 8);
      bytes[CHANNELS * i + 2] = (byte) packed;
    }
    return bytes;
  }

  private static byte[] copy(byte[] from, int offset, ComponentSampleModel layout, boolean grey) {
    int height = layout.getHeight();
    int width = layout.getWidth();
    int[] bands = layout.getBandOffsets();
    int red = bands[0];
    int green = grey ? red : bands[1];
    int blue = grey ? red : bands[2];
    var bytes = new byte[height * width * CHANNELS];
    int to = 0;
    for (int h = 0; h < height; h++) {
      int at = offset + h * layout.getScanlineStride();
      for (int w = 0; w < width; w++) {
        bytes[to] = from[at + red];
        bytes[to + 1] = from[at + green];
        bytes[to + 2] = from[at + blue];
        to += CHANNELS;
        at += layout.getPixelStride();
      }
    }
    return bytes;
  }

  /// Turns and mirrors as EXIF says: 2 mirrored, 3 upside down, 6 to be turned clockwise, and so
  /// on.
  private static Image upright(byte[] pixels, int height, int width, int orientation) {
    if (orientation == 1) {
      return Image.of(height, width, CHANNELS, pixels);
    }
    boolean turned = orientation >= 5;
    int outHeight = turned ? width : height;
    int outWidth = turned ? height : width;
    var bytes = new byte[pixels.length];
    for (int y = 0; y < outHeight; y++) {
      for (int x = 0; x < outWidth; x++) {
        int h = turned ? x : y;
        int w = turned ? y : x;
        boolean fromBottom =
            orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
        boolean fromRight =
            orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
        h = fromBottom ? height - 1 - h : h;
        w = fromRight ? width - 1 - w : w;
        System.arraycopy(
            pixels, (h * width + w) * CHANNELS, bytes, (y * outWidth + x) * CHANNELS, CHANNELS);
      }
    }
    return Image.of(outHeight, outWidth, CHANNELS, bytes);
  }
}
