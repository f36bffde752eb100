// layout.cu - moves elements without changing them: Pad, Permute, Slice, Concat; and Fold, the
// transpose of Pad, which adds. Launched by: backend/cuda/LayoutCuda.java.
//
// What only moves is moved in units of 1, 2, 4, 8 or 16 bytes, the widest that divides all extents;
// element types do not matter.
#include "common.cuh"

// ---- runs: rows of `length` units at two pitches; Slice, and Concat part by part -----------------

struct RunsParams {
  const void* x;  // (rows, xPitch), of which the first `length` units of each row
  void* y;        // (rows, yPitch), the same
  i64 total;      // rows * length
  i64 xPitch, yPitch;
  int length;
};

template <class U>
DEVICE void runs(const RunsParams& p) {
  for (i64 i = globalThread(); i < p.total; i += gridThreads()) {
    int at;
    i64 row = split(i, p.length, at);
    static_cast<U*>(p.y)[row * p.yPitch + at] = static_cast<const U*>(p.x)[row * p.xPitch + at];
  }
}

KERNEL(256) layout_runs_1(RunsParams p) { runs<u8>(p); }
EXPORT(layout_runs_1)
KERNEL(256) layout_runs_2(RunsParams p) { runs<u16>(p); }
EXPORT(layout_runs_2)
KERNEL(256) layout_runs_4(RunsParams p) { runs<u32>(p); }
EXPORT(layout_runs_4)
KERNEL(256) layout_runs_8(RunsParams p) { runs<u64>(p); }
EXPORT(layout_runs_8)
KERNEL(256) layout_runs_16(RunsParams p) { runs<uint4>(p); }
EXPORT(layout_runs_16)

// ---- permute ---------------------------------------------------------------------------------------

struct PermuteParams {
  const void* x;
  void* y;
  i64 total;
  int rank;
  int dims[6];     // of y
  i64 strides[6];  // in x, of y's axes
};

template <class U>
DEVICE void permute(const PermuteParams& p) {
  for (i64 i = globalThread(); i < p.total; i += gridThreads()) {
    i64 rest = i, from = 0;
#pragma unroll  // an index known at compile time keeps the struct out of local memory
    for (int axis = 5; axis >= 0; axis--) {
      if (axis >= p.rank) continue;
      int at;
      rest = split(rest, p.dims[axis], at);
      from += at * p.strides[axis];
    }
    static_cast<U*>(p.y)[i] = static_cast<const U*>(p.x)[from];
  }
}

KERNEL(256) layout_permute_1(PermuteParams p) { permute<u8>(p); }
EXPORT(layout_permute_1)
KERNEL(256) layout_permute_2(PermuteParams p) { permute<u16>(p); }
EXPORT(layout_permute_2)
KERNEL(256) layout_permute_4(PermuteParams p) { permute<u32>(p); }
EXPORT(layout_permute_4)
KERNEL(256) layout_permute_8(PermuteParams p) { permute<u64>(p); }
EXPORT(layout_permute_8)
KERNEL(256) layout_permute_16(PermuteParams p) { permute<uint4>(p); }
EXPORT(layout_permute_16)

// ---- transpose: (batch, rows, cols) -> (batch, cols, rows), a 32 x 32 tile for each block ---------

struct TransposeParams {
  const void* x;
  void* y;
  int rows, cols;
};

template <class U>
DEVICE void transpose(const TransposeParams& p) {
  __shared__ U tile[32][33];  // the odd pitch spreads a column over the banks
  int tilesX = ceilDiv(p.cols, 32), tilesY = ceilDiv(p.rows, 32);
  int tileX = static_cast<int>(blockIdx.x) % tilesX;
  int tileY = static_cast<int>(blockIdx.x) / tilesX % tilesY;
  i64 base = static_cast<i64>(static_cast<int>(blockIdx.x) / tilesX / tilesY) * p.rows * p.cols;
  const U* x = static_cast<const U*>(p.x) + base;
  U* y = static_cast<U*>(p.y) + base;
  int lane = threadIdx.x % 32;
  for (int line = threadIdx.x / 32; line < 32; line += 8) {
    int row = tileY * 32 + line, col = tileX * 32 + lane;
    if (row < p.rows && col < p.cols) tile[line][lane] = x[static_cast<i64>(row) * p.cols + col];
  }
  __syncthreads();
  for (int line = threadIdx.x / 32; line < 32; line += 8) {
    int row = tileY * 32 + lane, col = tileX * 32 + line;
    if (row < p.rows && col < p.cols) y[static_cast<i64>(col) * p.rows + row] = tile[lane][line];
  }
}

KERNEL(256) layout_transpose_1(TransposeParams p) { transpose<u8>(p); }
EXPORT(layout_transpose_1)
KERNEL(256) layout_transpose_2(TransposeParams p) { transpose<u16>(p); }
EXPORT(layout_transpose_2)
KERNEL(256) layout_transpose_4(TransposeParams p) { transpose<u32>(p); }
EXPORT(layout_transpose_4)
KERNEL(256) layout_transpose_8(TransposeParams p) { transpose<u64>(p); }
EXPORT(layout_transpose_8)

// ---- pad and fold -----------------------------------------------------------------------------------

struct PadParams {
  const void* x;
  void* y;
  int n, h, w, c;  // of the map inside; c in units of a thread
  int mode;
  int top, bottom, left, right;
};

template <class U>
DEVICE void pad(const PadParams& p) {
  int tall = p.h + p.top + p.bottom, wide = p.w + p.left + p.right;
  i64 total = static_cast<i64>(p.n) * tall * wide * p.c;
  for (i64 i = globalThread(); i < total; i += gridThreads()) {
    int c, oy, ox;
    i64 image = split(split(split(i, p.c, c), wide, ox), tall, oy);
    int iy = boundaryIndex(p.mode, oy - p.top, p.h);
    int ix = boundaryIndex(p.mode, ox - p.left, p.w);
    U value = {};
    if (iy >= 0 && ix >= 0)
      value = static_cast<const U*>(p.x)[((image * p.h + iy) * p.w + ix) * p.c + c];
    static_cast<U*>(p.y)[i] = value;
  }
}

KERNEL(256) layout_pad_1(PadParams p) { pad<u8>(p); }
EXPORT(layout_pad_1)
KERNEL(256) layout_pad_2(PadParams p) { pad<u16>(p); }
EXPORT(layout_pad_2)
KERNEL(256) layout_pad_4(PadParams p) { pad<u32>(p); }
EXPORT(layout_pad_4)
KERNEL(256) layout_pad_8(PadParams p) { pad<u64>(p); }
EXPORT(layout_pad_8)
KERNEL(256) layout_pad_16(PadParams p) { pad<uint4>(p); }
EXPORT(layout_pad_16)

// Each sample gathers the places it was shown at, rows outside, in a fixed order: V elements a
// thread, of T. Here x is the padded map and y the one inside.
template <class T, int V>
DEVICE void fold(const PadParams& p) {
  int tall = p.h + p.top + p.bottom, wide = p.w + p.left + p.right;
  i64 total = static_cast<i64>(p.n) * p.h * p.w * p.c;
  for (i64 i = globalThread(); i < total; i += gridThreads()) {
    int c, iy, ix;
    i64 image = split(split(split(i, p.c, c), p.w, ix), p.h, iy);
    const T* x = static_cast<const T*>(p.x) + (image * tall * wide * p.c + c) * V;
    float sum[V] = {};
    eachImage(p.mode, p.top, p.bottom, p.h, iy, [&](int oy) {
      eachImage(p.mode, p.left, p.right, p.w, ix, [&](int ox) {
        float v[V];
        loadSome(x + (static_cast<i64>(oy) * wide + ox) * p.c * V, v);
#pragma unroll
        for (int e = 0; e < V; e++) sum[e] += v[e];
      });
    });
    storeSome(static_cast<T*>(p.y) + i * V, sum);
  }
}

KERNEL_BLOCKS(256, 5) layout_fold_f32(PadParams p) { fold<float, 1>(p); }
EXPORT(layout_fold_f32)
KERNEL_BLOCKS(256, 5) layout_fold_bf16(PadParams p) { fold<bf16, 1>(p); }
EXPORT(layout_fold_bf16)
KERNEL_BLOCKS(256, 5) layout_fold_pack_f32(PadParams p) { fold<float, 4>(p); }
EXPORT(layout_fold_pack_f32)
KERNEL_BLOCKS(256, 5) layout_fold_pack_bf16(PadParams p) { fold<bf16, 8>(p); }
EXPORT(layout_fold_pack_bf16)
