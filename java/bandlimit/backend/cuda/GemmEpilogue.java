package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;

/// `struct Epilogue` of kernels/gemm.cuh: what happens to a product's sums before they are stored.
///
/// @param bias address of one number a column, of the result's type; 0 for none
/// @param residual address of what is added, like the result; 0 for none
/// @param sums address of float (row tiles, 2, columns): of each tile and column the sum and the
///   sum of squares of what is stored, after rounding; 0 for none
record GemmEpilogue(long bias, long residual, boolean relu, long sums) {
  static final GemmEpilogue NONE = new GemmEpilogue(0, 0, false, 0);

  /// @param columns of the product, in one group
  /// @param partial the result is float whatever the factors are: a slab's share of the sums
  /// @param vector rows of the result, and columns, are whole 16 bytes
  void pack(Arguments arguments, int columns, boolean partial, boolean vector) {
    arguments
        .pointer(bias)
        .pointer(residual)
        .pointer(sums)
        .i32(columns)
        .i32(relu ? 1 : 0)
        .i32(partial ? 1 : 0)
        .i32(vector ? 1 : 0);
  }
}
