package bandlimit.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/// Reads a TensorBoard event file and checks every CRC; written apart from the writer, from the
/// format.
public final class EventFileReader {
  private EventFileReader() {}

  public record Scalar(String tag, float value) {}

  public record Event(
      double wallTime,
      long step,
      Optional<String> fileVersion,
      int session,
      List<Scalar> scalars) {}

  public static List<Event> read(Path file) throws IOException {
    var in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    var events = new ArrayList<Event>();
    while (in.hasRemaining()) {
      byte[] length = checked(in, 8);
      events.add(
          event(
              checked(in, (int) ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong())));
    }
    return events;
  }

  private static byte[] checked(ByteBuffer in, int count) throws IOException {
    var bytes = new byte[count];
    in.get(bytes);
    var crc = new CRC32C();
    crc.update(bytes);
    long c = crc.getValue();
    long masked = ((c >>> 15 | c << 17) + 0xa282ead8L) & 0xffffffffL;
    if ((in.getInt() & 0xffffffffL) != masked) {
      throw new IOException("CRC mismatch before byte " + in.position());
    }
    return bytes;
  }

  private static Event event(byte[] bytes) {
    var in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    double wallTime = 0;
    long step = 0;
    Optional<String> version = Optional.empty();
    int session = 0;
    var scalars = new ArrayList<Scalar>();
    while (in.hasRemaining()) {
      switch ((int) varint(in)) {
        case 1 << 3 | 1 -> wallTime = in.getDouble();
        case 2 << 3 -> step = varint(in);
        case 3 << 3 | 2 -> version = Optional.of(text(in));
        case 5 << 3 | 2 -> {
          ByteBuffer summary = part(in);
          while (summary.hasRemaining()) {
            expect(summary, 1 << 3 | 2);
            ByteBuffer value = part(summary);
            expect(value, 1 << 3 | 2);
            String tag = text(value);
            expect(value, 2 << 3 | 5);
            scalars.add(new Scalar(tag, value.getFloat()));
          }
        }
        case 7 << 3 | 2 -> {
          ByteBuffer log = part(in);
          expect(log, 1 << 3);
          session = (int) varint(log);
        }
        default -> throw new IllegalStateException("unexpected field");
      }
    }
    return new Event(wallTime, step, version, session, scalars);
  }

  private static void expect(ByteBuffer in, int key) {
    if (varint(in) != key) {
      throw new IllegalStateException("expected the key " + key);
    }
  }

  private static String text(ByteBuffer in) {
    return StandardCharsets.UTF_8.decode(part(in)).toString();
  }

  private static ByteBuffer part(ByteBuffer in) {
    int count = (int) varint(in);
    ByteBuffer part = in.slice(in.position(), count).order(ByteOrder.LITTLE_ENDIAN);
    in.position(in.position() + count);
    return part;
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte b = in.get();
      value |= (b & 0x7fL) << shift;
      if (b >= 0) {
        return value;
      }
    }
  }
}
