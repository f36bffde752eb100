package bandlimit.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// A tensor in host memory: type and bytes. The segment belongs to whoever made its arena; this is
/// a view.
///
/// Element access by flat index converts to and from double; hot loops take the [#data()] segment
/// instead.
public record HostTensor(TensorType type, MemorySegment data) {
  public static final ValueLayout.OfDouble F64 = ValueLayout.JAVA_DOUBLE_UNALIGNED;
  public static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
  public static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED;
  public static final ValueLayout.OfShort BF16 = ValueLayout.JAVA_SHORT_UNALIGNED;

  public HostTensor {
    if (data.byteSize() != type.bytes()) {
      throw new IllegalArgumentException(
          type + " needs " + type.bytes() + " bytes, got " + data.byteSize());
    }
  }

  /// Zero-filled, off-heap, freed with `arena`; 64-byte aligned so that native code may use full
  /// vectors.
  public static HostTensor allocate(TensorType type, Arena arena) {
    return new HostTensor(type, arena.allocate(type.bytes(), 64));
  }

  /// Zero-filled, off-heap, freed by the garbage collector.
  public static HostTensor allocate(TensorType type) {
    return allocate(type, Arena.ofAuto());
  }

  public static HostTensor of(Shape shape, float... values) {
    var t = allocate(new TensorType(DType.F32, shape));
    MemorySegment.copy(values, 0, t.data, F32, 0, checkCount(shape, values.length));
    return t;
  }

  public static HostTensor of(Shape shape, double... values) {
    var t = allocate(new TensorType(DType.F64, shape));
    MemorySegment.copy(values, 0, t.data, F64, 0, checkCount(shape, values.length));
    return t;
  }

  public static HostTensor of(Shape shape, int... values) {
    var t = allocate(new TensorType(DType.I32, shape));
    MemorySegment.copy(values, 0, t.data, I32, 0, checkCount(shape, values.length));
    return t;
  }

  public Shape shape() {
    return type.shape();
  }

  public DType dtype() {
    return type.dtype();
  }

  public double get(long i) {
    return switch (type.dtype()) {
      case F64 -> data.getAtIndex(F64, i);
      case F32 -> data.getAtIndex(F32, i);
      case BF16 -> Float.intBitsToFloat(data.getAtIndex(BF16, i) << 16);
      case I32 -> data.getAtIndex(I32, i);
      case U8 -> data.get(ValueLayout.JAVA_BYTE, i) & 0xff;
    };
  }

  /// Stores `value`, rounded to the element type (bf16 to nearest even; integers by truncation).
  public void set(long i, double value) {
    switch (type.dtype()) {
      case F64 -> data.setAtIndex(F64, i, value);
      case F32 -> data.setAtIndex(F32, i, (float) value);
      case BF16 -> data.setAtIndex(BF16, i, toBf16((float) value));
      case I32 -> data.setAtIndex(I32, i, (int) value);
      case U8 -> data.set(ValueLayout.JAVA_BYTE, i, (byte) (int) value);
    }
  }

  private static short toBf16(float value) {
    if (Float.isNaN(value)) {
      return 0x7fc0; // rounding could carry a NaN's payload into infinity
    }
    int bits = Float.floatToRawIntBits(value);
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  public HostTensor fill(double value) {
    for (long i = 0; i < shape().size(); i++) {
      set(i, value);
    }
    return this;
  }

  /// Copies `source`'s elements, converting the type; the number of elements must agree.
  public HostTensor copyFrom(HostTensor source) {
    if (source.shape().size() != shape().size()) {
      throw new IllegalArgumentException("cannot copy " + source.type + " into " + type);
    }
    if (source.dtype() == dtype()) {
      data.copyFrom(source.data);
    } else {
      for (long i = 0; i < shape().size(); i++) {
        set(i, source.get(i));
      }
    }
    return this;
  }

  /// The same bytes under other extents of the same size.
  public HostTensor reshape(Shape shape) {
    return new HostTensor(type.withShape(shape), data);
  }

  public HostTensor to(DType dtype) {
    return dtype == dtype() ? this : allocate(type.withDType(dtype)).copyFrom(this);
  }

  public double[] toDoubles() {
    var values = new double[shape().intSize()];
    Arrays.setAll(values, this::get);
    return values;
  }

  private static int checkCount(Shape shape, int count) {
    if (shape.size() != count) {
      throw new IllegalArgumentException(
          shape + " needs " + shape.size() + " values, got " + count);
    }
    return count;
  }
}
