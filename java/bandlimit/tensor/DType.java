package bandlimit.tensor;

/// The element types; all little-endian.
///
/// F64 is the reference backend's, F32 the others'; BF16 is storage only; I32 holds labels and
/// counters; U8 images.
public enum DType {
  F64(8),
  F32(4),
  BF16(2),
  I32(4),
  U8(1);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  public int bytes() {
    return bytes;
  }

  /// What sums of this type are kept in, and with them statistics and parameters of single
  /// channels: bf16 is for activations only.
  public DType accumulator() {
    return this == BF16 ? F32 : this;
  }

  public boolean isFloating() {
    return this == F64 || this == F32 || this == BF16;
  }
}
