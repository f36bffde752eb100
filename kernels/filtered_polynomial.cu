// filtered_polynomial.cu - the alias-free activation, y = down(p(up(x))), and its gradients, with no
// tensor on the fine grid. What they mean: graph/op/FilteredPolynomial.java,
// FilteredPolynomialBackward.java. Launched by: backend/cuda/FilteredPolynomialCuda.java.
//
// A block has some cells of channels (filtered.cuh) of one sample at a time. Its columns are
// resampled in shared memory, each in its place; then each fine row goes up, through the polynomial
// and down again without leaving registers; columns are resampled last, to memory.
#include "filtered.cuh"

constexpr int MOST = 4;  // coefficients: one more, and the largest kernel has too few registers

struct FilteredPolynomialParams {
  const void* x;
  const float* a;  // (c, degree + 1), or (1, degree + 1) if shared
  const void* dy;  // backwards
  void* y;         // or dx
  float* partial;  // backwards: (n, degree + 1, c): sums of u^k g, u = up(x), g the gradient there
  const float *upRows, *upCols, *downRows, *downCols;
  i64 tiles;
  int tilesOfSample;
  int c, degree, shared;
  int h, w, fineH, fineW, outH, outW;
  int transposed;  // bit i: so is matrix i
  int square;      // the columns' matrices are the rows'
  int units;       // cells side by side in a block: a power of two
  int packed;      // channels fill cells
  // Exact: how many times larger than their input results can be: of the columns of x and of both
  // axes together, the same of dy, and of the axis behind the polynomial.
  float xTall, xFine, dyTall, dyFine, last;
};

// ---- where everything lies -----------------------------------------------------------------------

template <class M>
struct Room {
  Matrix upRows, upCols, downRows, downCols;
  unsigned char* zeros;
  float* reach;  // Exact: of x and of dy, of each warp, unit and channel
  Plane x, dy;

  DEVICE Room(const FilteredPolynomialParams& p, bool backward) {
    DYN_SHARED(unsigned char, shared);
    unsigned char* at = shared;
    upRows = upCols = matrix<M>(at, p.fineH, p.h, false);
    if (!p.square) upCols = matrix<M>(at, p.fineW, p.w, false);
    downRows = downCols = matrix<M>(at, p.outH, p.fineH, true);
    if (!p.square) downCols = matrix<M>(at, p.outW, p.fineW, true);
    zeros = at;
    at += CELL;
    reach = reinterpret_cast<float*>(at);
    if (isExact<M>) at += 2 * REACH;
    x = plane(at, max(p.h, p.fineH), backward ? p.w : max(p.w, p.outW), p.units);
    dy = plane(at, max(p.outH, p.fineH), p.outW, p.units);  // backward alone
    fill<M>(upRows, p.upRows, p.transposed & 1, p.fineH, p.h);
    fill<M>(downRows, p.downRows, p.transposed & 4, p.outH, p.fineH);
    if (!p.square) {
      fill<M>(upCols, p.upCols, p.transposed & 2, p.fineW, p.w);
      fill<M>(downCols, p.downCols, p.transposed & 8, p.outW, p.fineW);
    }
    if (threadIdx.x < CELL / 4) reinterpret_cast<u32*>(zeros)[threadIdx.x] = 0;
  }
};

// ---- the polynomial ------------------------------------------------------------------------------

// Of the lane's channel.
struct Polynomial {
  int degree;
  float a[MOST];

  DEVICE Polynomial(const FilteredPolynomialParams& p, int c) : degree(p.degree) {
#pragma unroll
    for (int k = 0; k < MOST; k++)
      a[k] = k <= p.degree && c < p.c ? p.a[(p.shared ? 0 : static_cast<i64>(c) * (p.degree + 1)) + k] : 0;
  }
  DEVICE float value(float u) const {
    float sum = a[MOST - 1];
#pragma unroll
    for (int k = MOST - 2; k >= 0; k--)
      if (k <= degree) sum = fmaf(sum, u, a[k]);
    return sum;
  }
  DEVICE float slope(float u) const {
    float sum = static_cast<float>(MOST - 1) * a[MOST - 1];
#pragma unroll
    for (int k = MOST - 2; k >= 1; k--)
      if (k <= degree) sum = fmaf(sum, u, static_cast<float>(k) * a[k]);
    return sum;
  }
  // What |p| and |p'| are at most, up to |u| = most.
  DEVICE float mostValue(float most) const {
    float sum = 0;
    for (int k = MOST - 1; k >= 0; k--) sum = fmaf(sum, most, fabsf(a[k]));
    return sum;
  }
  DEVICE float mostSlope(float most) const {
    float sum = 0;
    for (int k = MOST - 1; k >= 1; k--) sum = fmaf(sum, most, static_cast<float>(k) * fabsf(a[k]));
    return sum;
  }
};

// Scales of the lane's channel, all 1 unless Exact: of sums to u = up(x) and to the gradient there, of
// what leaves the polynomial to what is kept of it, and of the last sums to results.
struct Scales {
  float u, g, kept, result;
};

// ---- rows ----------------------------------------------------------------------------------------

template <class M, int S, int T>
DEVICE void activate(const Lines& lines, const Matrix& up, int fine, const Matrix& down, int out,
                     const Polynomial& f, const Scales& scales, int slot, int slots) {
#pragma unroll 1
  for (int first = slot * 2 * T; first < lines.count; first += slots * 2 * T) {
    u32 a[S][T][4];
#pragma unroll
    for (int s = 0; s < S; s++)
      if (s * 16 < lines.length) lines.factorA(a[s], first, s * 16);
    __syncwarp();
    float sums[S][T][2][4];
#pragma unroll
    for (int s = 0; s < S; s++) clear(sums[s]);
#pragma unroll 1
    for (int n0 = 0; n0 < fine; n0 += 16) {
      float u[T][2][4];
      clear(u);
#pragma unroll
      for (int s = 0; s < S; s++)
        if (s * 16 < lines.length) product<M, false>(u, a[s], up, n0, s * 16);
      finish<M>(u, scales.u);
      u32 v[T][4];
#pragma unroll
      for (int t = 0; t < T; t++)
#pragma unroll
        for (int i = 0; i < 4; i++) {
          const float(&two)[4] = u[t][i / 2];
          v[t][i] = halves<M>(scales.kept * f.value(two[i % 2 * 2]), scales.kept * f.value(two[i % 2 * 2 + 1]));
        }
#pragma unroll
      for (int s = 0; s < S; s++)
        if (s * 16 < out) product<M, false>(sums[s], v, down, s * 16, n0);
    }
#pragma unroll
    for (int s = 0; s < S; s++) {
      if (s * 16 >= out) continue;
      finish<M>(sums[s], 1 / MATRIX_SCALE);
      lines.keep<M>(sums[s], first, s * 16, out);
    }
  }
}

// The same backwards: `lines` of x become those of dx; `coefficients` gathers the sums of u^k g.
template <class M, int S, int T>
DEVICE void differentiate(const Lines& lines, const Lines& dy, const Matrix& up, int fine,
                          const Matrix& down, const Polynomial& f, const Scales& scales,
                          float (&coefficients)[MOST], int slot, int slots) {
#pragma unroll 1
  for (int first = slot * 2 * T; first < lines.count; first += slots * 2 * T) {
    u32 a[S][T][4], b[S][T][4];
#pragma unroll
    for (int s = 0; s < S; s++) {
      if (s * 16 < lines.length) lines.factorA(a[s], first, s * 16);
      if (s * 16 < dy.length) dy.factorA(b[s], first, s * 16);
    }
    __syncwarp();
    float sums[S][T][2][4];
#pragma unroll
    for (int s = 0; s < S; s++) clear(sums[s]);
#pragma unroll 1
    for (int n0 = 0; n0 < fine; n0 += 16) {
      float u[T][2][4], g[T][2][4];
      clear(u);
      clear(g);
#pragma unroll
      for (int s = 0; s < S; s++) {
        if (s * 16 < lines.length) product<M, false>(u, a[s], up, n0, s * 16);
        if (s * 16 < dy.length) product<M, true>(g, b[s], down, n0, s * 16);
      }
      finish<M>(u, scales.u);
      finish<M>(g, scales.g);
#pragma unroll
      for (int t = 0; t < T; t++)
#pragma unroll
        for (int i = 0; i < 8; i++) {
          float at = u[t][i / 4][i % 4], power = g[t][i / 4][i % 4];
          g[t][i / 4][i % 4] = scales.kept * power * f.slope(at);
#pragma unroll
          for (int k = 0; k < MOST; k++) {
            if (k <= f.degree) coefficients[k] += power;
            power *= at;
          }
        }
      u32 v[T][4];
#pragma unroll
      for (int t = 0; t < T; t++)
#pragma unroll
        for (int i = 0; i < 4; i++)
          v[t][i] = halves<M>(g[t][i / 2][i % 2 * 2], g[t][i / 2][i % 2 * 2 + 1]);
#pragma unroll
      for (int s = 0; s < S; s++)
        if (s * 16 < lines.length) product<M, true>(sums[s], v, up, s * 16, n0);
    }
#pragma unroll
    for (int s = 0; s < S; s++) {
      if (s * 16 >= lines.length) continue;
      finish<M>(sums[s], 1 / MATRIX_SCALE);
      lines.keep<M>(sums[s], first, s * 16, lines.length);
    }
  }
}

// ---- kernels -------------------------------------------------------------------------------------

// S is the number of 16s in an axis at most, T pairs of lines are a warp's at a time.
template <class M, int S, int T, bool BACKWARD>
DEVICE void filtered(const FilteredPolynomialParams& p) {
  typedef typename M::Element Element;
  const Room<M> r(p, BACKWARD);
  int warp = static_cast<int>(threadIdx.x) / 32;
  int unit = warp & (p.units - 1), slot = warp / p.units, slots = WARPS / p.units;
  float* reachOfDy = r.reach + REACH / 4;
#pragma unroll 1
  for (i64 tile = blockIdx.x; tile < p.tiles; tile += gridDim.x) {
    i64 sample = tile / p.tilesOfSample;
    int tileC = static_cast<int>(tile % p.tilesOfSample) * p.units * M::CHANNELS;
    __syncthreads();  // all are done with the tile before
    float most[M::CHANNELS], mostDy[M::CHANNELS];
    Source from = {static_cast<i64>(p.w) * p.c, p.c, tileC, 0, p.c};
    Source fromDy = {static_cast<i64>(p.outW) * p.c, p.c, tileC, 0, p.c};
    bring<M>(static_cast<const Element*>(p.x) + sample * p.h * p.w * p.c, from, p.packed, p.units, p.h, p.w, r.x, most);
    if (BACKWARD)
      bring<M>(static_cast<const Element*>(p.dy) + sample * p.outH * p.outW * p.c, fromDy, p.packed, p.units,
               p.outH, p.outW, r.dy, mostDy);
    if constexpr (isExact<M>) {
      tell(r.reach, p.units, most);
      if (BACKWARD) tell(reachOfDy, p.units, mostDy);
      __syncthreads();
      divide(r.reach, p.xTall, p.units, p.h, p.w, r.x);
      if (BACKWARD) divide(reachOfDy, p.dyTall, p.units, p.outH, p.outW, r.dy);
    }
    copyAsyncWait<0>();
    __syncthreads();

    int c0 = tileC + unit * M::CHANNELS;
    bool idle = c0 >= p.c;
    Polynomial f(p, c0 + laneGroup() % M::CHANNELS);
    Scales scales = {1, 1, 1, 1};
    if constexpr (isExact<M>) {
      float x = reachOf(r.reach, unit, laneGroup() % 4), kept;
      scales.u = powerOfTwo(-10 - room(x * p.xTall));
      if (BACKWARD) {
        float dy = reachOf(reachOfDy, unit, laneGroup() % 4);
        scales.g = powerOfTwo(-10 - room(dy * p.dyTall));
        kept = dy * p.dyFine * f.mostSlope(x * p.xFine);
      } else {
        kept = f.mostValue(x * p.xFine);
      }
      int e = room(kept * p.last);
      scales.kept = powerOfTwo(e);
      scales.result = powerOfTwo(-10 - e);
    }

    if (!idle) resample<M, false, S, T>(columns(r.x, unit, p.w, p.h, r.zeros), r.upRows, p.fineH, slot, slots);
    if (BACKWARD && !idle)
      resample<M, true, S, T>(columns(r.dy, unit, p.outW, p.outH, r.zeros), r.downRows, p.fineH, slot, slots);
    __syncthreads();
    Lines fine = rows(r.x, unit, p.fineH, p.w, r.zeros);
    if constexpr (BACKWARD) {
      float sums[MOST] = {};
      if (!idle)
        differentiate<M, S, T>(fine, rows(r.dy, unit, p.fineH, p.outW, r.zeros), r.upCols, p.fineW,
                               r.downCols, f, scales, sums, slot, slots);
      __syncthreads();  // dy's plane is free
      float* all = reinterpret_cast<float*>(r.dy.at);
#pragma unroll
      for (int k = 0; k < MOST; k++) {
        sums[k] += __shfl_xor_sync(0xffffffffu, sums[k], 1);
        sums[k] += __shfl_xor_sync(0xffffffffu, sums[k], 2);
        if (lanePair() == 0) all[(warp * MOST + k) * 8 + laneGroup()] = sums[k];
      }
      Result<Element> dx = {static_cast<Element*>(p.y) + sample * p.h * p.w * p.c + c0, p.c,
                      static_cast<i64>(p.w) * p.c, p.c - c0, 0};
      if (!idle)
        resample<M, true, S, T>(columns(r.x, unit, p.w, p.fineH, r.zeros), r.upRows, p.h, dx,
                                scales.result, slot, slots);
      __syncthreads();
      int channels = p.units * M::CHANNELS, count = (p.degree + 1) * channels;
      for (int i = static_cast<int>(threadIdx.x); i < count; i += WARPS * 32) {
        int k = i / channels, channel = i % channels, own = channel / M::CHANNELS;
        float sum = 0;
        for (int s = 0; s < slots; s++) sum += all[((s * p.units + own) * MOST + k) * 8 + channel % M::CHANNELS];
        if (tileC + channel < p.c) p.partial[(sample * (p.degree + 1) + k) * p.c + tileC + channel] = sum;
      }
    } else {
      if (!idle)
        activate<M, S, T>(fine, r.upCols, p.fineW, r.downCols, p.outW, f, scales, slot, slots);
      __syncthreads();
      Result<Element> y = {static_cast<Element*>(p.y) + sample * p.outH * p.outW * p.c + c0, p.c,
                     static_cast<i64>(p.outW) * p.c, p.c - c0, 0};
      if (!idle)
        resample<M, false, S, T>(columns(r.x, unit, p.outW, p.fineH, r.zeros), r.downRows, p.outH, y,
                                 scales.result, slot, slots);
    }
  }
}

#define FILTERED(stem, S, T, BLOCKS, BACKWARD)                                    \
  KERNEL_BLOCKS(256, BLOCKS) stem##_##S##_f32(FilteredPolynomialParams p) {      \
    filtered<Exact, S, T, BACKWARD>(p);                                          \
  }                                                                              \
  EXPORT(stem##_##S##_f32)                                                       \
  KERNEL_BLOCKS(256, BLOCKS) stem##_##S##_bf16(FilteredPolynomialParams p) {     \
    filtered<Train, S, T, BACKWARD>(p);                                          \
  }                                                                              \
  EXPORT(stem##_##S##_bf16)

// How many blocks an SM has registers for: backend/cuda/FilteredPolynomialCuda.java knows as well.
FILTERED(filtered_polynomial, 1, 1, 3, false)
FILTERED(filtered_polynomial, 2, 2, 2, false)
FILTERED(filtered_polynomial, 4, 2, 1, false)
FILTERED(filtered_polynomial_backward, 1, 1, 2, true)
FILTERED(filtered_polynomial_backward, 2, 1, 2, true)
FILTERED(filtered_polynomial_backward, 4, 2, 1, true)
