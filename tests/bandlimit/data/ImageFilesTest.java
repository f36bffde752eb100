package bandlimit.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.error.DataException;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;
import java.util.Iterator;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageFilesTest {
  private static final int WIDTH = 48;
  private static final int HEIGHT = 32;

  /// Red in the left half above, green right above, blue left below, white right below.
  static BufferedImage quarters(int type) {
    var image = new BufferedImage(WIDTH, HEIGHT, type);
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        int above = x < WIDTH / 2 ? 0xff0000 : 0x00ff00;
        int below = x < WIDTH / 2 ? 0x0000ff : 0xffffff;
        image.setRGB(x, y, 0xff000000 | (y < HEIGHT / 2 ? above : below));
      }
    }
    return image;
  }

  static byte[] encode(BufferedImage image, String format) throws IOException {
    var out = new ByteArrayOutputStream();
    assertThat(ImageIO.write(image, format, out)).isTrue();
    return out.toByteArray();
  }

  private static void assertColor(Image image, int h, int w, int red, int green, int blue) {
    assertThat(
            new float[] {
              Math.abs(image.at(h, w, 0) - red),
              Math.abs(image.at(h, w, 1) - green),
              Math.abs(image.at(h, w, 2) - blue)
            })
        .as("(%d, %d) of %s", h, w, image)
        .usingElementComparator((a, b) -> a <= b ? 0 : 1)
        .containsExactly(6, 6, 6);
  }

  /// The four corners, clockwise from the left above.
  private static void assertCorners(Image image, int... colors) {
    int bottom = image.height() - 3;
    int right = image.width() - 3;
    int[][] at = {{2, 2}, {2, right}, {bottom, right}, {bottom, 2}};
    for (int i = 0; i < 4; i++) {
      int c = colors[i];
      assertColor(image, at[i][0], at[i][1], c >> 16, c >> 8 & 0xff, c & 0xff);
    }
  }

  private static final int R = 0xff0000;
  private static final int G = 0x00ff00;
  private static final int B = 0x0000ff;
  private static final int W = 0xffffff;

  @Test
  void jpegAndPngKeepPlaceAndColour() throws IOException {
    for (String format : new String[] {"jpg", "png"}) {
      Image image = ImageFiles.decode(encode(quarters(BufferedImage.TYPE_INT_RGB), format), "x");
      assertThat(image.height()).isEqualTo(HEIGHT);
      assertThat(image.width()).isEqualTo(WIDTH);
      assertCorners(image, R, G, W, B);
    }
  }

  @Test
  void alphaIsDroppedAndPalettesAreLookedUp() throws IOException {
    for (int type : new int[] {BufferedImage.TYPE_4BYTE_ABGR, BufferedImage.TYPE_BYTE_INDEXED}) {
      assertCorners(ImageFiles.decode(encode(quarters(type), "png"), "x"), R, G, W, B);
    }
  }

  @Test
  void greyIsRepeatedAsItIs() throws IOException {
    for (int type : new int[] {BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_USHORT_GRAY}) {
      var grey = new BufferedImage(WIDTH, HEIGHT, type);
      int scale = type == BufferedImage.TYPE_BYTE_GRAY ? 1 : 256;
      for (int i = 0; i < WIDTH * HEIGHT; i++) {
        grey.getRaster().setSample(i % WIDTH, i / WIDTH, 0, 60 * scale);
      }
      Image image = ImageFiles.decode(encode(grey, "png"), "x");
      assertColor(image, 5, 5, 60, 60, 60); // Java's conversion would say 133
      assertThat(image.channels()).isEqualTo(3);
    }
    var jpeg = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_BYTE_GRAY);
    jpeg.getRaster().setSamples(0, 0, WIDTH, HEIGHT, 0, filled(90));
    assertColor(ImageFiles.decode(encode(jpeg, "jpg"), "x"), 5, 5, 90, 90, 90);
  }

  private static int[] filled(int value) {
    var values = new int[WIDTH * HEIGHT];
    Arrays.fill(values, value);
    return values;
  }

  /// Inverted CMYK with an Adobe marker, as Photoshop writes it.
  private static byte[] cmyk(int cyan, int magenta, int yellow, int black) throws IOException {
    WritableRaster raster =
        Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, WIDTH, HEIGHT, 4, null);
    int[] inks = {cyan, magenta, yellow, black};
    for (int band = 0; band < 4; band++) {
      raster.setSamples(0, 0, WIDTH, HEIGHT, band, filled(255 - inks[band]));
    }
    Iterator<ImageWriter> writers = ImageIO.getImageWritersByFormatName("jpeg");
    ImageWriter writer = writers.next();
    while (!writer.getClass().getName().startsWith("com.sun.") && writers.hasNext()) {
      writer = writers.next();
    }
    var out = new ByteArrayOutputStream();
    try (var stream = ImageIO.createImageOutputStream(out)) {
      writer.setOutput(stream);
      writer.write(null, new IIOImage(raster, null, null), null);
    }
    writer.dispose();
    byte[] adobe = {'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0};
    return withSegment(out.toByteArray(), 0xee, adobe);
  }

  private static byte[] withSegment(byte[] jpeg, int marker, byte[] payload) {
    return ByteBuffer.allocate(jpeg.length + 4 + payload.length)
        .put(jpeg, 0, 2)
        .put((byte) 0xff)
        .put((byte) marker)
        .putShort((short) (payload.length + 2))
        .put(payload)
        .put(jpeg, 2, jpeg.length - 2)
        .array();
  }

  @Test
  void cmykBecomesRgb() throws IOException {
    Image white = ImageFiles.decode(cmyk(0, 0, 0, 0), "x");
    assertThat(white.channels()).isEqualTo(3);
    assertThat(white.at(9, 9, 1)).isGreaterThan(245);
    Image red = ImageFiles.decode(cmyk(0, 255, 255, 0), "x"); // printers' red is not pure
    assertThat(red.at(9, 9, 0)).isGreaterThan(200);
    assertThat(red.at(9, 9, 1)).isLessThan(60);
    assertThat(red.at(9, 9, 2)).isLessThan(60);
    Image black = ImageFiles.decode(cmyk(0, 0, 0, 255), "x");
    assertThat(black.at(9, 9, 1)).isLessThan(60);
  }

  private static byte[] exif(int orientation, ByteOrder order) {
    boolean little = order == ByteOrder.LITTLE_ENDIAN;
    return ByteBuffer.allocate(6 + 8 + 2 + 12 + 4)
        .put(new byte[] {'E', 'x', 'i', 'f', 0, 0})
        .order(order)
        .put((byte) (little ? 'I' : 'M'))
        .put((byte) (little ? 'I' : 'M'))
        .putShort((short) 42)
        .putInt(8)
        .putShort((short) 1)
        .putShort((short) 0x0112)
        .putShort((short) 3)
        .putInt(1)
        .putShort((short) orientation)
        .array();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9})
  void exifRotationIsApplied(int orientation) throws IOException {
    byte[] plain = encode(quarters(BufferedImage.TYPE_INT_RGB), "jpg");
    for (ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
      byte[] tagged = withSegment(plain, 0xe1, exif(orientation, order));
      Image image = ImageFiles.decode(tagged, "x");
      boolean turned = orientation >= 5 && orientation <= 8;
      assertThat(image.height()).isEqualTo(turned ? WIDTH : HEIGHT);
      // Stored clockwise from the left above: R G W B.
      switch (orientation) {
        case 2 -> assertCorners(image, G, R, B, W);
        case 3 -> assertCorners(image, W, B, R, G);
        case 4 -> assertCorners(image, B, W, G, R);
        case 5 -> assertCorners(image, R, B, W, G);
        case 6 -> assertCorners(image, B, R, G, W);
        case 7 -> assertCorners(image, W, G, R, B);
        case 8 -> assertCorners(image, G, W, B, R);
        default -> assertCorners(image, R, G, W, B);
      }
    }
  }

  @Test
  void webpIsRead() {
    byte[] onePixel =
        Base64.getDecoder().decode("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA");
    Image image = ImageFiles.decode(onePixel, "x");
    assertThat(image.bytes()).hasSize(3);
  }

  @Test
  void damagedFilesAreNamed() throws IOException {
    byte[] jpeg = encode(quarters(BufferedImage.TYPE_INT_RGB), "jpg");
    byte[] png = encode(quarters(BufferedImage.TYPE_INT_RGB), "png");
    assertBad(Arrays.copyOf(jpeg, jpeg.length - 10), "truncated");
    assertBad(Arrays.copyOf(jpeg, 30), "truncated");
    assertBad(Arrays.copyOf(png, png.length / 2), "");
    assertBad(new byte[0], "not a JPEG");
    assertBad("<html>not found</html>".getBytes(java.nio.charset.StandardCharsets.UTF_8), "not a");
    byte[] holed = jpeg.clone();
    Arrays.fill(holed, 20, 180, (byte) 0); // the quantisation tables
    assertBad(holed, "");
  }

  private static void assertBad(byte[] file, String reason) {
    assertThatThrownBy(() -> ImageFiles.decode(file, "dir/photo.jpg"))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("cannot decode dir/photo.jpg: ")
        .hasMessageContaining(reason);
  }
}
