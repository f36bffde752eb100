// reduce.cu - sums over some axes, and the squared norm of many tensors. What they mean:
// graph/op/Reduce.java, SquaredNorm.java. Launched by: backend/cuda/ReduceCuda.java.
//
// Every sum is made in an order that follows from the shape: in float within a block, in double
// from block to block.
#include "columns.cuh"

// ---- any axes -----------------------------------------------------------------------------------

struct Axes {
  i64 extent[4];  // innermost first; 1 where there is none
  i64 stride[4];  // in x
};

struct ReduceParams {
  const void* x;
  void* y;
  i64 outputs, terms;
  Axes kept, summed;
  double factor;
  int bf16Result;
};

DEVICE i64 offset(const Axes& axes, i64 i) {
  i64 at = 0;
  for (int a = 0; a < 4; a++) {
    at += i % axes.extent[a] * axes.stride[a];
    i /= axes.extent[a];
  }
  return at;
}

// One thread, one output, all in double: the oracle of the others, and the way for axes that do not
// merge into (outer, summed, inner).
template <class T>
DEVICE void reduceSimple(const ReduceParams& p) {
  for (i64 i = globalThread(); i < p.outputs; i += gridThreads()) {
    i64 first = offset(p.kept, i);
    double sum = 0;
    for (i64 k = 0; k < p.terms; k++) sum += load<T>(p.x, first + offset(p.summed, k));
    storeAs(p.y, p.bf16Result, i, static_cast<float>(p.factor * sum));
  }
}
KERNEL(256) reduce_simple_f32(ReduceParams p) { reduceSimple<float>(p); }
EXPORT(reduce_simple_f32)
KERNEL(256) reduce_simple_bf16(ReduceParams p) { reduceSimple<bf16>(p); }
EXPORT(reduce_simple_bf16)

// ---- (units, rows, c) -> (units, c) -------------------------------------------------------------

struct ReduceColumnsParams {
  const void* x;
  void* y;
  float* partial;  // (units, slabs, c); not touched where there is one slab
  Columns walk;
  double factor;
  int bf16Result;
};

template <class T, int V>
DEVICE void reduceColumns(const ReduceColumnsParams& p) {
  Walk<V> walk(p.walk);
  const T* x = static_cast<const T*>(p.x) + walk.c;
  float sum[V] = {};
  bool idle = walk.idle();
#pragma unroll 4
  for (i64 row = walk.row; row < walk.end; row += walk.lines) {
    float v[V];
    loadN(x + row * p.walk.c, v);
    for (int i = 0; i < V; i++) sum[i] += v[i];
  }
  sumLines(walk, p.walk.lanes, sum);
  if (walk.line > 0 || idle) return;
  for (int i = 0; i < V; i++) {
    if (gridDim.y == 1) {
      i64 at = static_cast<i64>(blockIdx.z) * p.walk.c + walk.c + i;
      storeAs(p.y, p.bf16Result, at, static_cast<float>(p.factor * sum[i]));
    } else {
      i64 slab = blockIdx.z * static_cast<i64>(gridDim.y) + blockIdx.y;
      p.partial[slab * p.walk.c + walk.c + i] = sum[i];
    }
  }
}
KERNEL(256) reduce_columns_f32(ReduceColumnsParams p) { reduceColumns<float, 4>(p); }
EXPORT(reduce_columns_f32)
KERNEL(256) reduce_columns_bf16(ReduceColumnsParams p) { reduceColumns<bf16, 8>(p); }
EXPORT(reduce_columns_bf16)
KERNEL(256) reduce_columns_any_f32(ReduceColumnsParams p) { reduceColumns<float, 1>(p); }
EXPORT(reduce_columns_any_f32)
KERNEL(256) reduce_columns_any_bf16(ReduceColumnsParams p) { reduceColumns<bf16, 1>(p); }
EXPORT(reduce_columns_any_bf16)

struct ReduceFinishParams {
  const float* partial;  // (units, slabs, c)
  void* y;               // (units, c)
  i64 units;
  int slabs, c;
  double factor;
  int bf16Result;
};

KERNEL(256) reduce_finish_columns(ReduceFinishParams p) {
  i64 out = blockIdx.x * 32ll + threadIdx.x % 32;
  bool on = out < p.units * p.c;
  const float* partial = p.partial + out / p.c * p.slabs * p.c + out % p.c;
  double sum[1];
  foldColumns(on, p.slabs, sum, [&](i64 slab, double(&s)[1]) { s[0] += partial[slab * p.c]; });
  if (on && threadIdx.x < 32)
    storeAs(p.y, p.bf16Result, out, static_cast<float>(p.factor * sum[0]));
}
EXPORT(reduce_finish_columns)

// ---- (rows, length) -> (rows) -------------------------------------------------------------------

struct ReduceRowsParams {
  const void* x;
  void* y;
  float* partial;  // (rows, segments); not touched where there is one segment
  i64 rows, length;
  i64 perSegment;  // a multiple of 8
  int segments;
  int packed;  // whether every row starts at a multiple of 16 bytes
  double factor;
  int bf16Result;
};

// Sum of `count` elements over `threads` threads of which this is one.
template <class T>
DEVICE float sumRun(const T* x, i64 count, int packed, int thread, int threads) {
  constexpr int V = Pack<T>::N;
  float sum[V] = {};
  i64 whole = packed ? count / V : 0;
#pragma unroll 4
  for (i64 i = thread; i < whole; i += threads) {
    float v[V];
    loadN(x + i * V, v);
    for (int j = 0; j < V; j++) sum[j] += v[j];
  }
  for (i64 i = whole * V + thread; i < count; i += threads) sum[0] += toFloat(x[i]);
  for (int n = V / 2; n > 0; n /= 2)
    for (int j = 0; j < n; j++) sum[j] += sum[j + n];
  return sum[0];
}

// A warp for a row: short rows.
template <class T>
DEVICE void reduceRows(const ReduceRowsParams& p) {
  int lane = threadIdx.x % 32;
  for (i64 row = globalThread() / 32; row < p.rows; row += gridThreads() / 32) {
    const T* x = static_cast<const T*>(p.x) + row * p.length;
    float sum = warpSum(sumRun(x, p.length, p.packed, lane, 32));
    if (lane == 0) storeAs(p.y, p.bf16Result, row, static_cast<float>(p.factor * sum));
  }
}
KERNEL(256) reduce_rows_f32(ReduceRowsParams p) { reduceRows<float>(p); }
EXPORT(reduce_rows_f32)
KERNEL(256) reduce_rows_bf16(ReduceRowsParams p) { reduceRows<bf16>(p); }
EXPORT(reduce_rows_bf16)

// A block for a segment of a row: long rows.
template <class T>
DEVICE void reduceSegments(const ReduceRowsParams& p) {
  __shared__ float warps[32];
  i64 row = blockIdx.x / p.segments;
  i64 from = blockIdx.x % p.segments * p.perSegment;
  i64 count = min(p.perSegment, p.length - from);
  const T* x = static_cast<const T*>(p.x) + row * p.length + from;
  float sum = blockSum(sumRun(x, count, p.packed, threadIdx.x, blockDim.x), warps);
  if (threadIdx.x > 0) return;
  if (p.segments == 1) {
    storeAs(p.y, p.bf16Result, row, static_cast<float>(p.factor * sum));
  } else {
    p.partial[blockIdx.x] = sum;
  }
}
KERNEL(256) reduce_segments_f32(ReduceRowsParams p) { reduceSegments<float>(p); }
EXPORT(reduce_segments_f32)
KERNEL(256) reduce_segments_bf16(ReduceRowsParams p) { reduceSegments<bf16>(p); }
EXPORT(reduce_segments_bf16)

// A block for a row of partial sums.
KERNEL(256) reduce_finish_rows(ReduceFinishParams p) {
  const float* partial = p.partial + static_cast<i64>(blockIdx.x) * p.slabs;
  double sum[1];
  foldBlock(p.slabs, sum, [&](i64 i, double(&s)[1]) { s[0] += partial[i]; });
  if (threadIdx.x == 0)
    storeAs(p.y, p.bf16Result, blockIdx.x, static_cast<float>(p.factor * sum[0]));
}
EXPORT(reduce_finish_rows)

// ---- squared norm -------------------------------------------------------------------------------

constexpr int NORM_TENSORS = 128;     // of one launch
constexpr i64 NORM_SEGMENT = 1 << 14;  // elements of a block

struct SquaredNormParams {
  float* partial;  // this launch's, one for each block
  int tensors;
  int firstBlock[NORM_TENSORS + 1];
  const void* x[NORM_TENSORS];
  i64 size[NORM_TENSORS];
};

// The tensor of this block: the last that starts at or before it.
DEVICE int tensorOf(const SquaredNormParams& p, int block) {
  int low = 0, high = p.tensors - 1;
  while (low < high) {
    int middle = (low + high + 1) / 2;
    if (p.firstBlock[middle] <= block) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

// Every tensor starts at a multiple of 16 bytes.
template <class T>
DEVICE void squaredNorm(const SquaredNormParams& p) {
  constexpr int V = Pack<T>::N;
  __shared__ float warps[32];
  int block = static_cast<int>(blockIdx.x);
  int t = tensorOf(p, block);
  i64 from = (block - p.firstBlock[t]) * NORM_SEGMENT;
  i64 count = min(NORM_SEGMENT, p.size[t] - from);
  const T* x = static_cast<const T*>(p.x[t]) + from;
  float sum[V] = {};
#pragma unroll 4
  for (i64 i = threadIdx.x; i < count / V; i += blockDim.x) {
    float v[V];
    loadN(x + i * V, v);
    for (int j = 0; j < V; j++) sum[j] = fmaf(v[j], v[j], sum[j]);
  }
  for (i64 i = count / V * V + threadIdx.x; i < count; i += blockDim.x) {
    float v = toFloat(x[i]);
    sum[0] = fmaf(v, v, sum[0]);
  }
  for (int n = V / 2; n > 0; n /= 2)
    for (int j = 0; j < n; j++) sum[j] += sum[j + n];
  float all = blockSum(sum[0], warps);
  if (threadIdx.x == 0) p.partial[block] = all;
}
KERNEL(256) squared_norm_f32(SquaredNormParams p) { squaredNorm<float>(p); }
EXPORT(squared_norm_f32)
KERNEL(256) squared_norm_bf16(SquaredNormParams p) { squaredNorm<bf16>(p); }
EXPORT(squared_norm_bf16)

// The oracle: one thread, in double, adding to what earlier tensors left.
struct SquaredNormSimpleParams {
  const void* x;
  double* sum;
  void* y;
  i64 size;
  int first, last, bf16Result;
};
template <class T>
DEVICE void squaredNormSimple(const SquaredNormSimpleParams& p) {
  if (globalThread() > 0) return;
  double sum = p.first ? 0 : *p.sum;
  for (i64 i = 0; i < p.size; i++) {
    double v = load<T>(p.x, i);
    sum += v * v;
  }
  *p.sum = sum;
  if (p.last) storeAs(p.y, p.bf16Result, 0, static_cast<float>(sum));
}
KERNEL(256) squared_norm_simple_f32(SquaredNormSimpleParams p) { squaredNormSimple<float>(p); }
EXPORT(squared_norm_simple_f32)
KERNEL(256) squared_norm_simple_bf16(SquaredNormSimpleParams p) { squaredNormSimple<bf16>(p); }
EXPORT(squared_norm_simple_bf16)
