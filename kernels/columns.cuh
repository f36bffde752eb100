// columns.cuh - walking a (units, rows, c) tensor with a thread that keeps its channels, so that
// what belongs to a channel stays in registers; and sums for each channel in two stages of fixed
// order. The grid is made by backend/cuda/Columns.java: x counts blocks along c, y slabs of rows,
// z units.
#pragma once
#include "common.cuh"

// A block is `lanes` packs of V channels wide; its remaining threads take other rows.
struct Columns {
  i64 rows;     // of one unit
  i64 perSlab;  // rows of a block
  int c;
  int lanes;
};

// V elements as floats: one, or packs of 16 bytes.
template <int V>
DEVICE void loadN(const float* p, float (&v)[V]) {
  if constexpr (V == 1) {
    v[0] = *p;
  } else {
#pragma unroll
    for (int i = 0; i < V; i += 4) {
      float part[4];
      loadPack(p + i, part);
      for (int j = 0; j < 4; j++) v[i + j] = part[j];
    }
  }
}
template <int V>
DEVICE void loadN(const bf16* p, float (&v)[V]) {
  if constexpr (V == 1) {
    v[0] = toFloat(*p);
  } else {
    loadPack(p, v);
  }
}
template <int V>
DEVICE void storeN(float* p, const float (&v)[V]) {
  if constexpr (V == 1) {
    *p = v[0];
  } else {
#pragma unroll
    for (int i = 0; i < V; i += 4) {
      float part[4] = {v[i], v[i + 1], v[i + 2], v[i + 3]};
      storePack(p + i, part);
    }
  }
}
template <int V>
DEVICE void storeN(bf16* p, const float (&v)[V]) {
  if constexpr (V == 1) {
    *p = fromFloat<bf16>(v[0]);
  } else {
    storePack(p, v);
  }
}
// For a result whose type is known at launch only.
DEVICE void storeAs(void* p, int isBf16, i64 i, float v) {
  if (isBf16) {
    store<bf16>(p, i, v);
  } else {
    store<float>(p, i, v);
  }
}

// A thread's part of the walk: its channels c .. c + V - 1 of rows `row`, `row` + lines, ... below
// `end`. Rows are counted over all units.
template <int V>
struct Walk {
  int c, lane, line, lines;
  i64 row, end;

  DEVICE explicit Walk(const Columns& g) {
    lane = static_cast<int>(threadIdx.x) % g.lanes;
    line = static_cast<int>(threadIdx.x) / g.lanes;
    lines = static_cast<int>(blockDim.x) / g.lanes;
    c = (static_cast<int>(blockIdx.x) * g.lanes + lane) * V;
    i64 from = blockIdx.y * g.perSlab;
    i64 unit = blockIdx.z * g.rows;
    row = unit + from + line;
    end = unit + min(from + g.perSlab, g.rows);
    if (line >= lines || c >= g.c) end = row;  // a thread without work still meets every barrier
  }
  DEVICE bool idle() const { return row >= end; }
};

// Rows two at a time: `load(row, at, v)` fills N floats, `use(row, at, v)` works on them; element
// `at` is the thread's first of the row. Both loads are under way before the first store, which the
// compiler could not arrange: y may be x.
template <int N, int V, class Load, class Use>
DEVICE void sweep(const Walk<V>& walk, const Columns& g, Load load, Use use) {
  i64 row = walk.row, at = row * g.c + walk.c, step = static_cast<i64>(walk.lines) * g.c;
  i64 end = walk.end * g.c;
  for (; at + step < end; at += 2 * step, row += 2 * walk.lines) {
    float first[N], second[N];
    load(row, at, first);
    load(row + walk.lines, at + step, second);
    use(row, at, first);
    use(row + walk.lines, at + step, second);
  }
  if (at < end) {
    float v[N];
    load(row, at, v);
    use(row, at, v);
  }
}

// Sums v over the lines of a block of 256, as a tree; line 0 gets the sums.
template <int V>
DEVICE void sumLines(const Walk<V>& walk, int lanes, float (&v)[V]) {
  __shared__ float upper[V][128];  // one element a thread side by side: no bank conflicts
  for (int n = walk.lines; n > 1;) {
    int half = (n + 1) / 2;
    if (half <= walk.line && walk.line < n) {
      for (int i = 0; i < V; i++) upper[i][(walk.line - half) * lanes + walk.lane] = v[i];
    }
    __syncthreads();
    if (walk.line + half < n) {
      for (int i = 0; i < V; i++) v[i] += upper[i][walk.line * lanes + walk.lane];
    }
    __syncthreads();
    n = half;
  }
}

// Second stage for a block of 256 on 32 columns: of `terms` terms a column, thread (t / 32) takes
// every eighth, then the eight are added in order. `add(i, sums)` adds term i of the thread's
// column. The sums are right in the first 32 threads.
template <int K, class Add>
DEVICE void foldColumns(bool on, i64 terms, double (&sums)[K], Add add) {
  __shared__ double lines[K][8][32];
  int lane = threadIdx.x % 32, line = threadIdx.x / 32;
  for (int k = 0; k < K; k++) sums[k] = 0;
  for (i64 i = line; on && i < terms; i += 8) add(i, sums);
  for (int k = 0; k < K; k++) lines[k][line][lane] = sums[k];
  __syncthreads();
  if (line > 0) return;
  for (int k = 0; k < K; k++)
    for (int other = 1; other < 8; other++) sums[k] += lines[k][other][lane];
}

// Second stage with a whole block for one result; every thread gets the sums.
template <int K, class Add>
DEVICE void foldBlock(i64 terms, double (&sums)[K], Add add) {
  __shared__ double warps[32];
  for (int k = 0; k < K; k++) sums[k] = 0;
  for (i64 i = threadIdx.x; i < terms; i += blockDim.x) add(i, sums);
  for (int k = 0; k < K; k++) {
    sums[k] = blockSum(sums[k], warps);
    __syncthreads();
  }
}
