package bandlimit.store;

import bandlimit.error.DataException;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An array in NumPy's .npy format (versions 1 to 3), mapped: little-endian numbers in row-major
/// order.
///
/// @param file where it is from, for messages
public record Npy(Path file, Type type, Shape shape, MemorySegment data) {
  /// The element types that are read; `code` is NumPy's.
  public enum Type {
    F32("<f4", 4),
    F64("<f8", 8),
    U8("|u1", 1),
    I8("|i1", 1),
    I16("<i2", 2),
    I32("<i4", 4),
    I64("<i8", 8);

    private final String code;
    private final int bytes;

    Type(String code, int bytes) {
      this.code = code;
      this.bytes = bytes;
    }

    public String code() {
      return code;
    }

    public int bytes() {
      return bytes;
    }

    public boolean isInteger() {
      return this != F32 && this != F64;
    }

    private static Optional<Type> of(String code) {
      return Arrays.stream(values()).filter(t -> t.code.equals(code)).findFirst();
    }
  }

  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final Pattern DESCR = Pattern.compile("'descr'\\s*:\\s*'([^']*)'");
  private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
  private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([\\d,\\s]*)\\)");

  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

  /// Element `i` in row-major order; 64-bit integers beyond 2^53 are rounded.
  public double get(long i) {
    return switch (type) {
      case F32 -> data.getAtIndex(HostTensor.F32, i);
      case F64 -> data.getAtIndex(HostTensor.F64, i);
      case U8 -> data.get(ValueLayout.JAVA_BYTE, i) & 0xff;
      case I8 -> data.get(ValueLayout.JAVA_BYTE, i);
      case I16 -> data.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i);
      case I32 -> data.getAtIndex(HostTensor.I32, i);
      case I64 -> data.getAtIndex(LONG, i);
    };
  }

  /// Maps the file; the mapping lives as long as somebody holds it.
  public static Npy read(Path file) {
    MemorySegment all;
    try (var channel = FileChannel.open(file)) {
      all = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
    } catch (IOException e) {
      throw new DataException(
          "cannot read " + file.toAbsolutePath() + ": " + AtomicFiles.reason(e), e);
    }
    int prefix = MAGIC.length + 2;
    if (all.byteSize() < prefix + 4
        || all.asSlice(0, MAGIC.length).mismatch(MemorySegment.ofArray(MAGIC)) >= 0) {
      throw malformed(file, "is no .npy file: it does not begin with \\x93NUMPY");
    }
    int major = all.get(ValueLayout.JAVA_BYTE, MAGIC.length);
    boolean wide = major >= 2;
    long length =
        wide
            ? all.get(HostTensor.I32, prefix) & 0xffffffffL
            : all.get(ValueLayout.JAVA_SHORT_UNALIGNED, prefix) & 0xffff;
    long start = prefix + (wide ? 4L : 2L);
    if (major < 1 || major > 3 || start + length > all.byteSize()) {
      throw malformed(
          file,
          "has format version " + major + " and a header of " + length + " bytes; truncated?");
    }
    byte[] header = all.asSlice(start, length).toArray(ValueLayout.JAVA_BYTE);
    return parse(file, new String(header, StandardCharsets.UTF_8), all.asSlice(start + length));
  }

  private static Npy parse(Path file, String header, MemorySegment data) {
    String code = field(file, header, DESCR, "descr");
    Type type =
        Type.of(code)
            .orElseThrow(
                () ->
                    malformed(
                        file,
                        "has dtype '%s', but only %s are read; convert it with x.astype(...)"
                            .formatted(
                                code, Arrays.stream(Type.values()).map(Type::code).toList())));
    if (field(file, header, ORDER, "fortran_order").equals("True")) {
      throw malformed(
          file, "is in Fortran order; save it again through numpy.ascontiguousarray(x)");
    }
    var dims = new ArrayList<Integer>();
    for (String extent : field(file, header, SHAPE, "shape").split(",", -1)) {
      if (!extent.isBlank()) {
        dims.add(extent(file, extent.strip()));
      }
    }
    var shape = new Shape(dims);
    long expected = Math.multiplyExact(shape.size(), (long) type.bytes);
    if (data.byteSize() != expected) {
      throw malformed(
          file,
          "has %d bytes of data, but %s of shape %s are %d: it is truncated or was not written to"
                  .formatted(data.byteSize(), code, shape, expected)
              + " the end");
    }
    return new Npy(file, type, shape, data);
  }

  private static int extent(Path file, String text) {
    try {
      int extent = Integer.parseInt(text);
      if (extent >= 1) {
        return extent;
      }
    } catch (NumberFormatException e) {
      throw new DataException(file.toAbsolutePath() + " has an extent too large: " + text, e);
    }
    throw malformed(file, "is empty: one of its extents is " + text);
  }

  private static String field(Path file, String header, Pattern pattern, String name) {
    Matcher matcher = pattern.matcher(header);
    if (!matcher.find()) {
      throw malformed(file, "has a header without a plain " + name + ": " + header.strip());
    }
    return matcher.group(1);
  }

  /// Writes raw little-endian elements, for tools and tests.
  public static void write(Path file, Type type, List<Integer> shape, byte[] data)
      throws IOException {
    String extents = String.join(", ", shape.stream().map(String::valueOf).toList());
    String header =
        "{'descr': '%s', 'fortran_order': False, 'shape': (%s,), }"
            .formatted(type.code, extents)
            .replace("(,)", "()");
    int unpadded = MAGIC.length + 4 + header.length() + 1;
    header += " ".repeat(Math.floorMod(-unpadded, 64)) + "\n"; // data begins at a multiple of 64
    var buffer = ByteBuffer.allocate(MAGIC.length + 4 + header.length());
    buffer.order(ByteOrder.LITTLE_ENDIAN).put(MAGIC).put((byte) 1).put((byte) 0);
    buffer.putShort((short) header.length());
    buffer.put(header.getBytes(StandardCharsets.US_ASCII));
    Files.write(file, buffer.array());
    Files.write(file, data, StandardOpenOption.APPEND);
  }

  private static DataException malformed(Path file, String what) {
    return new DataException(file.toAbsolutePath() + " " + what);
  }

  @Override
  public String toString() {
    return file.getFileName() + " " + type.name().toLowerCase(Locale.ROOT) + shape;
  }
}
