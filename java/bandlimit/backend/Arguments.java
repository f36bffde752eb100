package bandlimit.backend;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The one parameter struct of a native kernel, packed by C's rules, followed by the table of one
/// pointer that `cuLaunchKernel` takes. Built once, read by every launch, on every device.
///
/// The calls stand in the order of the struct's fields; a nested struct of 4-byte fields is its
/// fields.
public final class Arguments {
  private static final int LARGEST = 4096; // what a kernel may take

  private final ByteBuffer values = ByteBuffer.allocate(LARGEST).order(ByteOrder.LITTLE_ENDIAN);
  private int alignment = 4;
  private MemorySegment packed = MemorySegment.NULL;
  private MemorySegment struct = MemorySegment.NULL;

  public Arguments pointer(long address) {
    align(8);
    values.putLong(address);
    return this;
  }

  public Arguments i64(long value) {
    align(8);
    values.putLong(value);
    return this;
  }

  public Arguments i32(long value) {
    align(4);
    values.putInt(Math.toIntExact(value));
    return this;
  }

  public Arguments f32(double value) {
    align(4);
    values.putFloat((float) value);
    return this;
  }

  public Arguments f64(double value) {
    align(8);
    values.putDouble(value);
    return this;
  }

  /// The struct itself, for what takes its address.
  public MemorySegment struct() {
    table();
    return struct;
  }

  private void align(int width) {
    alignment = Math.max(alignment, width);
    while (values.position() % width != 0) {
      values.put((byte) 0);
    }
  }

  /// sizeof the struct.
  public int bytes() {
    return (values.position() + alignment - 1) / alignment * alignment;
  }

  /// Writes the struct itself, for where structs lie in an array.
  public void copyTo(MemorySegment into, long offset) {
    MemorySegment.copy(values.array(), 0, into, ValueLayout.JAVA_BYTE, offset, bytes());
  }

  /// `void*[1]`, pointing at the struct.
  public MemorySegment table() {
    if (packed.equals(MemorySegment.NULL)) {
      int bytes = (bytes() + 15) / 16 * 16;
      var block = Arena.ofAuto().allocate(bytes + 8L, 16);
      MemorySegment.copy(values.array(), 0, block, ValueLayout.JAVA_BYTE, 0, bytes());
      block.set(ValueLayout.ADDRESS, bytes, block);
      struct = block.asSlice(0, bytes());
      packed = block.asSlice(bytes, 8); // keeps the whole block alive
    }
    return packed;
  }
}
