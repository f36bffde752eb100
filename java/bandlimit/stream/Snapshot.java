package bandlimit.stream;

import bandlimit.backend.Executable;
import bandlimit.error.CheckpointException;
import bandlimit.plan.Slot;
import bandlimit.tensor.HostTensor;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.CRC32C;

/// A session as bytes: `BLSTREAM`, format, checksums of plan and weights, counters, buffer, states
/// in the machine's own element type, and a checksum of all that. Little-endian.
record Snapshot(StreamingPlan plan, Executable executable, Map<String, Slot> states) {
  private static final byte[] MAGIC = "BLSTREAM".getBytes(StandardCharsets.US_ASCII);
  private static final int FORMAT = 1;
  private static final int CHECKSUM = Long.BYTES;

  /// What a session holds; the arrays are its own, read in place.
  record Image(
      long received,
      int filled,
      int sinceHop,
      long[] ages,
      float[] last,
      boolean[] broken,
      HostTensor buffer) {}

  byte[] write(Image image) {
    var tensors = states.values().stream().map(executable::read).toList();
    long size = MAGIC.length + Integer.BYTES + 2 * CHECKSUM + Long.BYTES + 2 * Integer.BYTES;
    size += (long) image.ages.length * (Long.BYTES + 1) + (long) image.last.length * Float.BYTES;
    size += image.buffer.data().byteSize() + CHECKSUM;
    size += tensors.stream().mapToLong(t -> Integer.BYTES + t.data().byteSize()).sum();
    var to = ByteBuffer.allocate(Math.toIntExact(size)).order(ByteOrder.LITTLE_ENDIAN);
    to.put(MAGIC).putInt(FORMAT).putLong(planSum()).putLong(weightSum());
    to.putLong(image.received).putInt(image.filled).putInt(image.sinceHop);
    for (int s = 0; s < image.ages.length; s++) {
      to.putLong(image.ages[s]).put((byte) (image.broken[s] ? 1 : 0));
    }
    for (float value : image.last) {
      to.putFloat(value);
    }
    to.put(image.buffer.data().asByteBuffer());
    for (HostTensor tensor : tensors) {
      to.putInt(Math.toIntExact(tensor.data().byteSize())).put(tensor.data().asByteBuffer());
    }
    to.putLong(sum(to.array(), to.position()));
    return to.array();
  }

  /// Overwrites the session's arrays and states, unless the snapshot is not for it.
  Image read(byte[] snapshot, Image image) {
    var from = ByteBuffer.wrap(snapshot).order(ByteOrder.LITTLE_ENDIAN);
    check(from, snapshot);
    long received = from.getLong();
    int filled = from.getInt();
    int sinceHop = from.getInt();
    for (int s = 0; s < image.ages.length; s++) {
      image.ages[s] = from.getLong();
      image.broken[s] = from.get() == 1;
    }
    for (int i = 0; i < image.last.length; i++) {
      image.last[i] = from.getFloat();
    }
    image.buffer.data().asByteBuffer().put(next(from, image.buffer.data().byteSize()));
    for (Slot slot : states.values()) {
      var tensor = executable.read(slot); // its type is the machine's
      int bytes = from.getInt();
      if (bytes != tensor.data().byteSize()) {
        throw new CheckpointException(
            "the snapshot was taken on another kind of device: it has %d bytes where this one has %d"
                .formatted(bytes, tensor.data().byteSize()));
      }
      tensor.data().asByteBuffer().put(next(from, bytes));
      executable.write(slot, tensor);
    }
    return new Image(
        received, filled, sinceHop, image.ages, image.last, image.broken, image.buffer);
  }

  private static ByteBuffer next(ByteBuffer from, long bytes) {
    int size = Math.toIntExact(bytes);
    var part = from.slice(from.position(), size);
    from.position(from.position() + size);
    return part;
  }

  private void check(ByteBuffer from, byte[] snapshot) {
    int head = MAGIC.length + Integer.BYTES;
    if (snapshot.length < head + 3 * CHECKSUM
        || !from.slice(0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC))) {
      throw new CheckpointException("no snapshot of a stream");
    }
    from.position(MAGIC.length);
    int format = from.getInt();
    if (format != FORMAT) {
      throw new CheckpointException(
          "the snapshot has format %d, this Bandlimit reads %d".formatted(format, FORMAT));
    }
    int end = snapshot.length - CHECKSUM;
    if (from.getLong(end) != sum(snapshot, end)) {
      throw new CheckpointException("the snapshot is damaged or cut off");
    }
    if (from.getLong() != planSum()) {
      throw new CheckpointException(
          "the snapshot is of another network, window, hop or number of streams");
    }
    if (from.getLong() != weightSum()) {
      throw new CheckpointException(
          "the snapshot was taken with other weights, or on another device");
    }
  }

  private long planSum() {
    var bytes = plan.fingerprint().getBytes(StandardCharsets.UTF_8);
    return sum(bytes, bytes.length);
  }

  private long weightSum() {
    var crc = new CRC32C();
    executable
        .program()
        .states()
        .forEach(
            (path, slot) -> {
              if (!states.containsKey(path)) {
                crc.update(path.getBytes(StandardCharsets.UTF_8));
                crc.update(executable.read(slot).data().toArray(ValueLayout.JAVA_BYTE));
              }
            });
    return crc.getValue();
  }

  private static long sum(byte[] bytes, int length) {
    var crc = new CRC32C();
    crc.update(bytes, 0, length);
    return crc.getValue();
  }
}
