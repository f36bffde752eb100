package bandlimit.data;

import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/// One sample on the heap: (height, width, channels), row-major; bytes of U8, or little-endian F32
/// for signals, whose height is 1.
///
/// Transforms treat it as immutable and give a new one; the array is shared, not copied, so neither
/// may anybody else write to it.
public final class Image {
  private final int height;
  private final int width;
  private final int channels;
  private final DType dtype;
  private final byte[] bytes;
  private final boolean placeholder;

  private Image(
      int height, int width, int channels, DType dtype, byte[] bytes, boolean placeholder) {
    long expected = (long) height * width * channels * dtype.bytes();
    if (bytes.length != expected) {
      throw new IllegalArgumentException(
          "an image of %d x %d x %d %s has %d bytes, got %d"
              .formatted(height, width, channels, dtype, expected, bytes.length));
    }
    this.height = height;
    this.width = width;
    this.channels = channels;
    this.dtype = dtype;
    this.bytes = bytes;
    this.placeholder = placeholder;
  }

  public static Image of(int height, int width, int channels, DType dtype, byte[] bytes) {
    return new Image(height, width, channels, dtype, bytes, false);
  }

  /// A U8 image.
  public static Image of(int height, int width, int channels, byte[] bytes) {
    return of(height, width, channels, DType.U8, bytes);
  }

  /// An F32 image, or with height 1 a signal.
  public static Image of(int height, int width, int channels, float[] values) {
    var bytes = new byte[values.length * Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
    return of(height, width, channels, DType.F32, bytes);
  }

  /// Mid-grey in place of a file that could not be read; the loader gives its row weight 0.
  static Image placeholder(int height, int width, int channels) {
    var grey = new byte[height * width * channels];
    Arrays.fill(grey, (byte) 128);
    return new Image(height, width, channels, DType.U8, grey, true);
  }

  public int height() {
    return height;
  }

  public int width() {
    return width;
  }

  public int channels() {
    return channels;
  }

  public DType dtype() {
    return dtype;
  }

  /// The elements; not a copy.
  public byte[] bytes() {
    return bytes;
  }

  /// Bytes of one pixel, all channels.
  public int pixelBytes() {
    return channels * dtype.bytes();
  }

  /// True for the stand-in of an undecodable file, see [DataSpec#skipUndecodable].
  public boolean isPlaceholder() {
    return placeholder;
  }

  public TensorType type() {
    return new TensorType(dtype, Shape.of(height, width, channels));
  }

  /// The element at (h, w, c): 0..255 for U8, the value for F32.
  public float at(int h, int w, int c) {
    int i = (h * width + w) * channels + c;
    return switch (dtype) {
      case U8 -> bytes[i] & 0xff;
      case F32 -> ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getFloat(i * Float.BYTES);
      case F64, BF16, I32 -> throw new IllegalStateException("images are U8 or F32, not " + dtype);
    };
  }

  /// Copies the elements into `into`, which has exactly this image's size.
  public void copyTo(MemorySegment into) {
    if (into.byteSize() != bytes.length) {
      throw new IllegalArgumentException(
          type() + " needs " + bytes.length + " bytes, got room for " + into.byteSize());
    }
    into.copyFrom(MemorySegment.ofArray(bytes));
  }

  @Override
  public String toString() {
    return "Image " + type();
  }
}
