package bandlimit.backend.cpu;

import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A tensor in native memory, and the way in and out of it: copies between it and heap tiles.
final class View {
  static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT;
  static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT;

  final TensorType type;
  final MemorySegment data;
  private final long size; // a shape counts anew each time, with an iterator to do it

  View(TensorType type, MemorySegment data) {
    this.type = type;
    this.data = data;
    this.size = type.shape().size();
  }

  Shape shape() {
    return type.shape();
  }

  long size() {
    return size;
  }

  boolean isF32() {
    return type.dtype() == DType.F32;
  }

  long address() {
    return data.address();
  }

  /// Address of element `at`.
  long address(long at) {
    return data.address() + at * type.dtype().bytes();
  }

  float get(long at) {
    return data.getAtIndex(F32, at);
  }

  void set(long at, float value) {
    data.setAtIndex(F32, at, value);
  }

  int getInt(long at) {
    return data.getAtIndex(I32, at);
  }

  void load(long at, float[] into, int count) {
    MemorySegment.copy(data, F32, at * Float.BYTES, into, 0, count);
  }

  void load(long at, float[] into, int start, int count) {
    MemorySegment.copy(data, F32, at * Float.BYTES, into, start, count);
  }

  void store(long at, float[] from, int count) {
    MemorySegment.copy(from, 0, data, F32, at * Float.BYTES, count);
  }

  void store(long at, float[] from, int start, int count) {
    MemorySegment.copy(from, start, data, F32, at * Float.BYTES, count);
  }

  /// The same bits seen as integers, for masks.
  void load(long at, int[] into, int count) {
    MemorySegment.copy(data, I32, at * Integer.BYTES, into, 0, count);
  }

  void store(long at, int[] from, int count) {
    MemorySegment.copy(from, 0, data, I32, at * Integer.BYTES, count);
  }

  /// Copies elements of equal width from another tensor; the stretches may not overlap unless they
  /// are equal.
  void copy(long at, View from, long start, long count) {
    int width = type.dtype().bytes();
    MemorySegment.copy(from.data, start * width, data, at * width, count * width);
  }

  void zero(long at, long count) {
    int width = type.dtype().bytes();
    data.asSlice(at * width, count * width).fill((byte) 0);
  }

  void zero() {
    data.fill((byte) 0);
  }
}
