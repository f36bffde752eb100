package bandlimit.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.zip.CRC32C;

/// An event file that TensorBoard reads: scalars by step.
///
/// The file is a sequence of TFRecords: length (8 bytes), masked CRC32C of it, data, masked CRC32C
/// of that; all little-endian. The data is the protocol buffer `Event`, of which we write
/// `wall_time` (1, double), `step` (2, varint), `file_version` (3, string), `summary` (5) and
/// `session_log` (7); a `Summary` is a list (1) of `Value`s with `tag` (1) and `simple_value` (2,
/// float). Four fields do not need a protobuf library.
public final class TensorBoardEvents implements AutoCloseable {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private final Path file;
  private final FileChannel channel;
  private final InstantSource clock;

  private TensorBoardEvents(Path file, FileChannel channel, InstantSource clock) {
    this.file = file;
    this.channel = channel;
    this.clock = clock;
  }

  /// Opens a new event file in `folder`; TensorBoard reads all of a folder's files as one run.
  ///
  /// `startStep` above 0 marks a resume: TensorBoard forgets earlier points from that step on.
  public static TensorBoardEvents open(Path folder, long startStep, InstantSource clock) {
    String name =
        "events.out.tfevents.%010d.bandlimit.%d"
            .formatted(clock.instant().getEpochSecond(), ProcessHandle.current().pid());
    Path file = folder.resolve(name);
    for (int i = 1; file.toFile().exists(); i++) {
      file = folder.resolve(name + "." + i); // resumed by the same process within the second
    }
    try {
      var channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      var events = new TensorBoardEvents(file, channel, clock);
      events.event(0, new Message().text(3, "brain.Event:2"));
      if (startStep > 0) {
        events.event(startStep, new Message().message(7, new Message().number(1, 1))); // START
      }
      return events;
    } catch (IOException e) {
      throw AtomicFiles.failure(file, "cannot be made", e);
    }
  }

  public static TensorBoardEvents open(Path folder, long startStep) {
    return open(folder, startStep, InstantSource.system());
  }

  public Path file() {
    return file;
  }

  /// Records values of one step, in the map's order, as one event.
  public void scalars(long step, Map<String, ? extends Number> values) {
    var summary = new Message();
    values.forEach(
        (tag, value) ->
            summary.message(1, new Message().text(1, tag).fixed32(2, value.floatValue())));
    event(step, new Message().message(5, summary));
  }

  public void scalar(long step, String tag, double value) {
    scalars(step, Map.of(tag, value));
  }

  private void event(long step, Message what) {
    Instant now = clock.instant();
    var event = new Message().fixed64(1, now.getEpochSecond() + now.getNano() * 1e-9);
    if (step != 0) {
      event.number(2, step);
    }
    try {
      AtomicFiles.writeFully(channel, record(event.append(what).toBytes()));
    } catch (IOException e) {
      throw AtomicFiles.failure(file, "cannot be appended to", e);
    }
  }

  /// The TFRecord around `data`.
  static ByteBuffer record(byte[] data) {
    var record = ByteBuffer.allocate(8 + 4 + data.length + 4).order(ByteOrder.LITTLE_ENDIAN);
    record.putLong(data.length).putInt(maskedCrc(record.array(), 0, 8));
    record.put(data).putInt(maskedCrc(record.array(), 12, data.length));
    return record.flip();
  }

  /// CRC32C turned by 15 bits plus a constant, so that data holding its own CRC does not weaken it.
  static int maskedCrc(byte[] bytes, int from, int count) {
    var crc = new CRC32C();
    crc.update(bytes, from, count);
    return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw AtomicFiles.failure(file, "cannot be closed", e);
    }
  }

  /// A protocol buffer message in the making: (field number << 3 | wire type) and value, repeated.
  private static final class Message {
    private final java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();

    Message number(int field, long value) {
      return key(field, VARINT).varint(value);
    }

    Message fixed64(int field, double value) {
      return key(field, FIXED64).little(8, Double.doubleToRawLongBits(value));
    }

    Message fixed32(int field, float value) {
      return key(field, FIXED32).little(4, Float.floatToRawIntBits(value));
    }

    Message text(int field, String value) {
      return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Message message(int field, Message value) {
      return bytes(field, value.toBytes());
    }

    Message append(Message more) {
      out.writeBytes(more.toBytes());
      return this;
    }

    byte[] toBytes() {
      return out.toByteArray();
    }

    private Message bytes(int field, byte[] value) {
      key(field, BYTES).varint(value.length).out.writeBytes(value);
      return this;
    }

    private Message key(int field, int wireType) {
      return varint(field << 3 | wireType);
    }

    /// Seven bits a byte, low ones first; the top bit says that more follow.
    private Message varint(long value) {
      for (; (value & ~0x7fL) != 0; value >>>= 7) {
        out.write((int) (value & 0x7f | 0x80));
      }
      out.write((int) value);
      return this;
    }

    private Message little(int count, long bits) {
      for (int i = 0; i < count; i++) {
        out.write((int) (bits >>> 8 * i));
      }
      return this;
    }
  }
}
