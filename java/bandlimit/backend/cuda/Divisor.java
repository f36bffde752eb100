package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;

/// `struct Divisor` of kernels/gemm.cuh: n / divisor = (n * multiplier >> 32) >> shift for every 0
/// <= n < 2^31, with multiplier = ceil(2^(32 + shift) / divisor).
record Divisor(int divisor, int multiplier, int shift) {
  static Divisor of(int divisor) {
    if (divisor < 1) {
      throw new IllegalArgumentException("cannot divide by " + divisor);
    }
    int bits = 32 - Integer.numberOfLeadingZeros(divisor - 1); // ceil(log2)
    long multiplier = ((1L << (31 + bits)) + divisor - 1) / divisor; // below 2^32
    return new Divisor(divisor, (int) multiplier, Math.max(0, bits - 1));
  }

  /// What the kernel computes.
  int quotient(int n) {
    return divisor == 1
        ? n
        : (int) (Math.unsignedMultiplyHigh((long) n << 32, (multiplier & 0xffffffffL)) >>> shift);
  }

  void pack(Arguments arguments) {
    arguments.i32(divisor).i32(multiplier).i32(shift);
  }
}
