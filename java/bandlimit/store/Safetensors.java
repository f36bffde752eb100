package bandlimit.store;

import bandlimit.error.CheckpointException;
import bandlimit.store.SafetensorsHeader.Entry;
import bandlimit.store.SafetensorsHeader.Stored;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedSet;

/// An open safetensors file: named tensors, mapped into memory and read when touched.
///
/// Format: the header's length n (8 bytes, little-endian), n bytes of JSON, raw little-endian data.
/// The tensors are views of the mapping; they die with [#close]. Read-only: to change one, copy it.
public final class Safetensors implements AutoCloseable {
  /// The limit of the reference implementation; a wrong length is most often a wrong file.
  private static final long MAX_HEADER_BYTES = 100_000_000;

  private static final long SLICE_BYTES = 1 << 30;

  private final Path file;
  private final Arena arena;
  private final MemorySegment data;
  private final SafetensorsHeader header;

  private Safetensors(Path file, Arena arena, MemorySegment data, SafetensorsHeader header) {
    this.file = file;
    this.arena = arena;
    this.data = data;
    this.header = header;
  }

  /// Opens and checks the whole header; a file that is damaged or no safetensors file is a
  /// [CheckpointException].
  public static Safetensors open(Path file) {
    Arena arena = Arena.ofShared();
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      MemorySegment all = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
      long headerBytes = headerBytes(all, file);
      byte[] json = all.asSlice(8, headerBytes).toArray(ValueLayout.JAVA_BYTE);
      MemorySegment data = all.asSlice(8 + headerBytes);
      var header = SafetensorsHeader.parse(json, data.byteSize(), file.toString());
      return new Safetensors(file, arena, data, header);
    } catch (IOException e) {
      arena.close();
      throw new CheckpointException(file + ": cannot be read: " + AtomicFiles.reason(e), e);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  private static long headerBytes(MemorySegment all, Path file) {
    if (all.byteSize() < 8) {
      throw new CheckpointException(
          "%s: no usable safetensors file: %d bytes long, truncated?"
              .formatted(file, all.byteSize()));
    }
    long n = all.get(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 0);
    if (n < 2 || n > MAX_HEADER_BYTES || n > all.byteSize() - 8) {
      throw new CheckpointException(
          "%s: no usable safetensors file: a header of %s bytes in a file of %d, truncated?"
              .formatted(file, Long.toUnsignedString(n), all.byteSize()));
    }
    return n;
  }

  /// The names in the order of the header.
  public SequencedSet<String> names() {
    return header.entries().sequencedKeySet();
  }

  public boolean has(String name) {
    return header.entries().containsKey(name);
  }

  public Map<String, String> metadata() {
    return header.metadata();
  }

  /// What [#tensor] will give, without touching its bytes.
  public TensorType type(String name) {
    Entry entry = entry(name);
    DType dtype =
        entry
            .stored()
            .readAs
            .orElseThrow(
                () ->
                    new CheckpointException(
                        "%s: tensor %s is %s, which cannot be read; convert it to F32"
                            .formatted(file, name, entry.stored())));
    return new TensorType(dtype, entry.shape());
  }

  /// The tensor as a view of the file; I64 becomes I32, as a copy.
  public HostTensor tensor(String name) {
    Entry entry = entry(name);
    TensorType type = type(name);
    MemorySegment bytes = data.asSlice(entry.begin(), entry.end() - entry.begin());
    return entry.stored() == Stored.I64 ? narrow(name, type, bytes) : new HostTensor(type, bytes);
  }

  private HostTensor narrow(String name, TensorType type, MemorySegment longs) {
    HostTensor ints = HostTensor.allocate(type, arena);
    for (long i = 0; i < type.shape().size(); i++) {
      long value = longs.getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i);
      if (value != (int) value) {
        throw new CheckpointException(
            "%s: tensor %s, element %d: %d does not fit into 32 bits"
                .formatted(file, name, i, value));
      }
      ints.data().setAtIndex(HostTensor.I32, i, (int) value);
    }
    return ints;
  }

  private Entry entry(String name) {
    Entry entry = header.entries().get(name);
    if (entry == null) {
      throw new CheckpointException("%s: has no tensor %s".formatted(file, name));
    }
    return entry;
  }

  @Override
  public void close() {
    arena.close();
  }

  /// Writes the tensors, replacing the file atomically; the same tensors give the same bytes.
  public static void write(
      Path file, Map<String, HostTensor> tensors, Map<String, String> metadata) {
    var header = SafetensorsHeader.layout(tensors, metadata);
    byte[] json = header.toBytes();
    AtomicFiles.write(
        file,
        channel -> {
          var length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
          AtomicFiles.writeFully(channel, length.putLong(json.length).flip());
          AtomicFiles.writeFully(channel, ByteBuffer.wrap(json));
          for (Map.Entry<String, Entry> e : header.entries().entrySet()) {
            MemorySegment bytes = Objects.requireNonNull(tensors.get(e.getKey())).data();
            for (long at = 0; at < bytes.byteSize(); at += SLICE_BYTES) {
              long count = Math.min(SLICE_BYTES, bytes.byteSize() - at);
              AtomicFiles.writeFully(channel, bytes.asSlice(at, count).asByteBuffer());
            }
          }
        });
  }
}
