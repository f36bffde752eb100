// ideal.cu - ideal resampling: of both axes in one, or one axis at a time, y[a, o, b] = sum over i of
// M[o, i] x[a, i, b], for maps too large for shared memory.
// What it means: graph/op/IdealResample.java. Launched by: backend/cuda/IdealCuda.java.
#include "filtered.cuh"

struct IdealParams {
  const void* x;
  const float* matrix;  // (to, from)
  void* y;
  i64 outer, inner;
  int from, to, transposed;
};

// A thread, a result. Neighbours share the row of the matrix and read neighbours of x.
template <class T, class R>
DEVICE void idealAxis(const IdealParams& p) {
  int in = p.transposed ? p.to : p.from, out = p.transposed ? p.from : p.to;
  i64 rowStep = p.transposed ? 1 : p.from, step = p.transposed ? p.from : 1;
  i64 total = p.outer * out * p.inner;
  for (i64 at = globalThread(); at < total; at += gridThreads()) {
    i64 b = at % p.inner, o = at / p.inner % out, a = at / p.inner / out;
    const float* row = p.matrix + o * rowStep;
    i64 x = a * in * p.inner + b;
    float sum = 0;
    for (int i = 0; i < in; i++, x += p.inner) sum = fmaf(row[i * step], load<T>(p.x, x), sum);
    store<R>(p.y, at, sum);
  }
}

KERNEL(256) ideal_axis_f32_f32(IdealParams p) { idealAxis<float, float>(p); }
EXPORT(ideal_axis_f32_f32)
KERNEL(256) ideal_axis_bf16_f32(IdealParams p) { idealAxis<bf16, float>(p); }
EXPORT(ideal_axis_bf16_f32)
KERNEL(256) ideal_axis_f32_bf16(IdealParams p) { idealAxis<float, bf16>(p); }
EXPORT(ideal_axis_f32_bf16)

// ---- both axes in one, in shared memory, on tensor cores -----------------------------------------

// A block has some cells of channels of one sample at a time (filtered.cuh): columns are resampled in
// their places, then rows, to memory. float32's accuracy whatever the type of the map.
struct IdealPlanesParams {
  const void* x;
  const float *rows, *cols;
  void* y;
  i64 tiles;
  int tilesOfSample;
  int c, h, w, outH, outW;
  int transposed;  // bit 0: of rows, bit 1: of cols
  int square;  // cols is rows
  int units, packed;
};

// How many times larger than its input a result can be: the largest sum of magnitudes of a row.
// Once a block; `warps` is free again after the next barrier, which is the caller's.
DEVICE float growth(const Matrix& m, int out, int in, float* warps) {
  float most = MATRIX_SCALE;
  for (int o = static_cast<int>(threadIdx.x); o < out; o += WARPS * 32) {
    const u16* row = reinterpret_cast<const u16*>(m.at + o * m.pitch);
    float sum = 0;
    for (int i = 0; i < in; i++) sum += fabsf(fromF16(row[i]));
    most = fmaxf(most, sum);
  }
  most = warpMax(most);
  if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = most;
  __syncthreads();
  for (int i = 0; i < WARPS; i++) most = fmaxf(most, warps[i]);
  return most * (1.01f / MATRIX_SCALE);  // the low parts are less than that
}

template <class M, int S, int T>
DEVICE void idealPlanes(const IdealPlanesParams& p) {
  typedef typename M::Element Element;
  DYN_SHARED(unsigned char, shared);
  unsigned char* at = shared;
  Matrix down = matrix<M>(at, p.outH, p.h, true);
  Matrix across = p.square ? down : matrix<M>(at, p.outW, p.w, true);
  unsigned char* zeros = at;
  float* reach = reinterpret_cast<float*>(at + CELL);
  at += CELL + REACH;
  Plane x = plane(at, max(p.h, p.outH), p.w, p.units);
  fill<M>(down, p.rows, p.transposed & 1, p.outH, p.h);
  if (!p.square) fill<M>(across, p.cols, p.transposed & 2, p.outW, p.w);
  if (threadIdx.x < CELL / 4) reinterpret_cast<u32*>(zeros)[threadIdx.x] = 0;
  __syncthreads();
  float tall = growth(down, p.outH, p.h, reach);
  int warp = static_cast<int>(threadIdx.x) / 32;
  int unit = warp & (p.units - 1), slot = warp / p.units, slots = WARPS / p.units;
#pragma unroll 1
  for (i64 tile = blockIdx.x; tile < p.tiles; tile += gridDim.x) {
    i64 sample = tile / p.tilesOfSample;
    int tileC = static_cast<int>(tile % p.tilesOfSample) * p.units * M::CHANNELS;
    int c0 = tileC + unit * M::CHANNELS;
    __syncthreads();  // all are done with the tile before
    float most[M::CHANNELS];
    Source from = {static_cast<i64>(p.w) * p.c, p.c, tileC, 0, p.c};
    bring<M>(static_cast<const Element*>(p.x) + sample * p.h * p.w * p.c, from, p.packed, p.units, p.h, p.w, x, most);
    tell(reach, p.units, most);
    __syncthreads();
    divide(reach, tall, p.units, p.h, p.w, x);
    __syncthreads();
    if (c0 < p.c) resample<M, false, S, T>(columns(x, unit, p.w, p.h, zeros), down, p.outH, slot, slots);
    __syncthreads();
    float scale = powerOfTwo(-10 - room(reachOf(reach, unit, laneGroup() % 4) * tall));
    Result<Element> y = {static_cast<Element*>(p.y) + sample * p.outH * p.outW * p.c + c0,
                   static_cast<i64>(p.outW) * p.c, p.c, p.c - c0, 0};
    if (c0 < p.c)
      resample<M, false, S, T>(rows(x, unit, p.outH, p.w, zeros), across, p.outW, y, scale, slot, slots);
  }
}

// S 16s of rows in and of columns out at most.
#define IDEAL_PLANES(S, T, BLOCKS)                                              \
  KERNEL_BLOCKS(256, BLOCKS) ideal_planes_##S##_f32(IdealPlanesParams p) {      \
    idealPlanes<ExactOf<float>, S, T>(p);                                       \
  }                                                                             \
  EXPORT(ideal_planes_##S##_f32)                                                \
  KERNEL_BLOCKS(256, BLOCKS) ideal_planes_##S##_bf16(IdealPlanesParams p) {     \
    idealPlanes<ExactOf<bf16>, S, T>(p);                                        \
  }                                                                             \
  EXPORT(ideal_planes_##S##_bf16)

IDEAL_PLANES(1, 1, 3)
IDEAL_PLANES(2, 1, 3)
IDEAL_PLANES(4, 1, 2)

// ---- one axis of a large map, on tensor cores ----------------------------------------------------

// A block has 16 cells of neighbours on the inner axes and at most 64 results of each.
struct IdealLinesParams {
  const void* x;
  const float* matrix;  // (to, from)
  void* y;
  i64 outer, inner, tilesOfOuter;
  int in, out, transposed;
  int packed;
};
constexpr int LINES = 16, RESULTS = 64;

template <class T, class R>
DEVICE void idealLines(const IdealLinesParams& p) {
  typedef ExactOf<T> M;
  DYN_SHARED(unsigned char, shared);
  unsigned char* at = shared;
  int o0 = static_cast<int>(blockIdx.y) * RESULTS, n = min(RESULTS, p.out - o0);
  Matrix m = matrix<M>(at, n, p.in, true);
  at = shared + RESULTS * m.pitch * M::PARTS;
  unsigned char* zeros = at;
  float* reach = reinterpret_cast<float*>(at + CELL);
  at += CELL + REACH;
  Plane x = plane(at, p.in, LINES, 1);
  fill<M>(m, p.matrix + (p.transposed ? o0 : static_cast<i64>(o0) * p.in), p.transposed, n, p.in, p.out);
  if (threadIdx.x < CELL / 4) reinterpret_cast<u32*>(zeros)[threadIdx.x] = 0;
#pragma unroll 1
  for (i64 tile = blockIdx.x; tile < p.outer * p.tilesOfOuter; tile += gridDim.x) {
    i64 a = tile / p.tilesOfOuter, first = tile % p.tilesOfOuter * (LINES * M::CHANNELS);
    __syncthreads();  // all are done with the tile before
    float most[M::CHANNELS];
    Source from = {p.inner, 0, first, M::CHANNELS, p.inner};
    bring<M>(static_cast<const T*>(p.x) + a * p.in * p.inner, from, p.packed, 1, p.in, LINES, x, most);
    tell(reach, 1, most);
    __syncthreads();
    divide(reach, 1, 1, p.in, LINES, x);
    __syncthreads();
    float scale = powerOfTwo(-10 - room(reachOf(reach, 0, laneGroup() % 4)));
    Result<R> y = {static_cast<R*>(p.y) + (a * p.out + o0) * p.inner + first, M::CHANNELS, p.inner,
                   p.inner - first, M::CHANNELS};
    resample<M, false, RESULTS / 16, 1>(columns(x, 0, LINES, p.in, zeros), m, n, y, scale,
                                        static_cast<int>(threadIdx.x) / 32, WARPS);
  }
}

KERNEL_BLOCKS(256, 2) ideal_lines_f32_f32(IdealLinesParams p) { idealLines<float, float>(p); }
EXPORT(ideal_lines_f32_f32)
KERNEL_BLOCKS(256, 2) ideal_lines_bf16_f32(IdealLinesParams p) { idealLines<bf16, float>(p); }
EXPORT(ideal_lines_bf16_f32)
KERNEL_BLOCKS(256, 2) ideal_lines_f32_bf16(IdealLinesParams p) { idealLines<float, bf16>(p); }
EXPORT(ideal_lines_f32_bf16)
