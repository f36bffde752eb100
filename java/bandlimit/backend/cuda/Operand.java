package bandlimit.backend.cuda;

import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;

/// A tensor where it lies on the device.
record Operand(TensorType type, long address) {
  Shape shape() {
    return type.shape();
  }

  long size() {
    return type.shape().size();
  }

  DType dtype() {
    return type.dtype();
  }

  /// The ending of kernel names for this element type.
  String suffix() {
    return switch (type.dtype()) {
      case F32 -> "f32";
      case BF16 -> "bf16";
      case I32 -> "i32";
      case U8 -> "u8";
      case F64 -> "f64";
    };
  }

  /// Elements in 16 bytes, the unit of the vectorised kernels.
  int pack() {
    return 16 / type.dtype().bytes();
  }

  /// Whether those kernels may read or write it: arena slots begin at multiples of 64.
  boolean isAligned() {
    return address % 16 == 0;
  }
}
