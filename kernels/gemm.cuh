// gemm.cuh - C (M, N) = sum over k of A (M, K) B (K, N), where A and B are looked up, not stored: a
// matrix as it lies, the windows of a convolution, the outputs that see an input. This file has
// what every product shares, and the plain engine: tiles in shared memory, FFMA. The tensor cores'
// engine is in gemm_mma.cuh.
//
// A factor is a set of lines (rows of A, columns of B), each walked along k:
//   Line line(int i)       what is known of line i for all k
//   Step step(int k)       what is known of k for all lines
//   const T* at(line, step)  the element, or null where it is zero: padding, beyond the last
//   alongK                 neighbours in memory differ in k, or else in i
// A result tells where row i of C begins: i64 row(int i), in elements from y, or -1 beyond the last.
#pragma once
#include "common.cuh"

// Division of 0 <= n < 2^31 by a number that is known before: one multiplication.
struct Divisor {
  u32 divisor, multiplier, shift;
};
DEVICE int quotient(const Divisor& d, int n) {
  if (d.divisor == 1) return n;
  return static_cast<int>(
      static_cast<u32>((static_cast<u64>(static_cast<u32>(n)) * d.multiplier) >> 32) >> d.shift);
}
DEVICE Divisor divisorOf(int divisor) {
  u32 bits = 0;
  while ((1ll << bits) < divisor) bits++;
  u64 multiplier = ((1ull << (31 + bits)) + divisor - 1) / divisor;
  return {static_cast<u32>(divisor), static_cast<u32>(multiplier), bits - 1};
}

// A factor that lies in memory as a matrix.
template <class T, bool ALONG_K>
struct Matrix {
  static constexpr bool alongK = ALONG_K;
  typedef T Element;
  typedef const T* Line;
  typedef i64 Step;  // -1 beyond the last

  const T* data;
  int lines, end;
  i64 pitch;  // between lines where they lie along k, else between steps

  DEVICE Line line(int i) const {
    return i < lines ? data + (alongK ? i * pitch : static_cast<i64>(i)) : nullptr;
  }
  DEVICE Step step(int k) const {
    return k < end ? (alongK ? static_cast<i64>(k) : k * pitch) : -1;
  }
  DEVICE const T* at(Line line, Step step) const {
    return line && step >= 0 ? line + step : nullptr;
  }
};

// A result whose rows lie side by side.
struct Rows {
  void* y;
  int count, channels;
  i64 offset;
  DEVICE i64 row(int i) const { return i < count ? offset + static_cast<i64>(i) * channels : -1; }
};

// ---- what happens to sums before they are stored -------------------------------------------------

// The flags are the same for a whole launch, and asked once a tile: no variant needs a kernel of
// its own.
struct Epilogue {
  const void* bias;      // (N) of T, or null
  const void* residual;  // like y, or null
  float* sums;           // (tiles of M, 2, N): sums and sums of squares of what is stored, or null
  int columns;           // N
  int relu;
  int partial;           // y is float, whatever T: a slab's share of the sums
  int vector;            // rows of y, N and every base are multiples of 16 bytes
};

// Stores a tile of COLS columns, some rows at a time, from shared memory (pitch COLS + 4).
template <class T, int COLS, int THREADS>
struct Finish {
  static constexpr int WIDTH = Pack<T>::N;
  static constexpr int PACKS = COLS / WIDTH;
  static constexpr int GROUPS = THREADS / PACKS;  // threads of one column, each with rows of its own
  static_assert(THREADS % PACKS == 0, "every thread keeps its columns");

  float sum[WIDTH], square[WIDTH];

  DEVICE Finish() {
#pragma unroll
    for (int j = 0; j < WIDTH; j++) sum[j] = square[j] = 0;
  }

  // Rows first .. first + ROWS of C, at columns n0 .. n0 + COLS.
  template <int ROWS, class Out>
  DEVICE void rows(const float* tile, const Out& out, const Epilogue& e, int first, int n0) {
    int column = threadIdx.x % PACKS * WIDTH;
    int col = n0 + column, n = e.columns;
    if (col >= n) return;
#pragma unroll 1
    for (int r = threadIdx.x / PACKS; r < ROWS; r += GROUPS) {
      i64 at = out.row(first + r);
      if (at < 0) continue;
      T* to = static_cast<T*>(out.y) + at + col;
      float v[WIDTH];
#pragma unroll
      for (int j = 0; j < WIDTH; j += 4)
        loadPack(tile + r * (COLS + 4) + column + j, *reinterpret_cast<float(*)[4]>(v + j));
      if (e.bias) add(v, static_cast<const T*>(e.bias) + col, n - col, e.vector);
      if (e.residual) add(v, static_cast<const T*>(e.residual) + at + col, n - col, e.vector);
      if (e.relu) {
#pragma unroll
        for (int j = 0; j < WIDTH; j++) v[j] = fmaxf(v[j], 0.0f);
      }
      if (e.vector) {
        storePack(to, v);
      } else {
#pragma unroll
        for (int j = 0; j < WIDTH; j++)
          if (col + j < n) to[j] = fromFloat<T>(v[j]);
      }
      if (!e.sums) continue;
#pragma unroll
      for (int j = 0; j < WIDTH; j++) {
        float stored = toFloat(fromFloat<T>(v[j]));
        sum[j] += stored;
        square[j] = fmaf(stored, stored, square[j]);
      }
    }
  }

  static DEVICE void add(float (&v)[WIDTH], const T* from, int count, int vector) {
    if (vector) {
      float more[WIDTH];
      loadPack(from, more);
#pragma unroll
      for (int j = 0; j < WIDTH; j++) v[j] += more[j];
    } else {
#pragma unroll
      for (int j = 0; j < WIDTH; j++)
        if (j < count) v[j] += toFloat(from[j]);
    }
  }

  // Once all rows are through: this tile's line of e.sums. `shared` has 2 * GROUPS * COLS floats.
  DEVICE void sums(float* shared, const Epilogue& e, int tile, int n0, int pitch) {
    int column = threadIdx.x % PACKS * WIDTH;
    int group = threadIdx.x / PACKS;
    __syncthreads();
#pragma unroll
    for (int j = 0; j < WIDTH; j++) {
      shared[(group * 2) * COLS + column + j] = sum[j];
      shared[(group * 2 + 1) * COLS + column + j] = square[j];
    }
    __syncthreads();
    for (int i = threadIdx.x; i < 2 * COLS; i += THREADS) {
      int which = i / COLS, col = i % COLS;
      if (n0 + col >= e.columns) continue;
      float total = 0;
      for (int g = 0; g < GROUPS; g++) total += shared[(g * 2 + which) * COLS + col];
      e.sums[(static_cast<i64>(tile) * 2 + which) * pitch + n0 + col] = total;
    }
  }
};

// ---- the plain engine ------------------------------------------------------------------------------

// LINES x DEPTH elements of a factor, from where they lie to shared[DEPTH][LINES + 4].
template <class Factor, int LINES, int DEPTH, int THREADS>
struct Fetch {
  static constexpr int EACH = LINES * DEPTH / THREADS;
  static constexpr int ACROSS = Factor::alongK ? DEPTH : LINES;  // what neighbouring threads walk
  static constexpr int APART = THREADS / ACROSS;
  static_assert(THREADS % ACROSS == 0 && LINES * DEPTH % THREADS == 0, "whole rounds");

  typename Factor::Line lines[Factor::alongK ? EACH : 1];
  float values[EACH];

  DEVICE Fetch(const Factor& factor, int first) {
#pragma unroll
    for (int i = 0; i < (Factor::alongK ? EACH : 1); i++)
      lines[i] = factor.line(
          first + (Factor::alongK ? static_cast<int>(threadIdx.x) / ACROSS + i * APART
                                  : static_cast<int>(threadIdx.x) % ACROSS));
  }

  DEVICE void load(const Factor& factor, int k0) {
    if constexpr (Factor::alongK) {
      auto step = factor.step(k0 + static_cast<int>(threadIdx.x) % ACROSS);
#pragma unroll
      for (int i = 0; i < EACH; i++) values[i] = value(factor.at(lines[i], step));
    } else {
#pragma unroll
      for (int i = 0; i < EACH; i++)
        values[i] = value(factor.at(
            lines[0], factor.step(k0 + static_cast<int>(threadIdx.x) / ACROSS + i * APART)));
    }
  }

  DEVICE void store(float* shared) const {
    int across = threadIdx.x % ACROSS, along = threadIdx.x / ACROSS;
#pragma unroll
    for (int i = 0; i < EACH; i++) {
      int line = Factor::alongK ? along + i * APART : across;
      int k = Factor::alongK ? across : along + i * APART;
      shared[k * (LINES + 4) + line] = values[i];
    }
  }

  static DEVICE float value(const typename Factor::Element* p) { return p ? toFloat(*p) : 0.0f; }
};

// A tile of SIDE x SIDE by 256 threads, each with EACH x EACH sums: 64 with 4 is the oracle, 128
// with 8 reuses what it loads twice as often. float32 products and sums, whatever is stored.
template <int SIDE>
struct Plain {
  static constexpr int M = SIDE, N = SIDE;
  static constexpr int THREADS = 256;
  static constexpr int DEPTH = SIDE == 64 ? 16 : 8;
  static constexpr int EACH = SIDE / 16;
  static constexpr int PITCH = SIDE + 4;
  static constexpr int STAGED = 64;  // rows that are finished together

  template <class T, class A, class B, class Out>
  static DEVICE void multiply(const A& a, const B& b, const Out& out, const Epilogue& e, int m0,
                              int n0, int begin, int end) {
    DYN_SHARED(float, shared);
    float* as = shared;
    float* bs = shared + DEPTH * PITCH;
    int row = threadIdx.x / 16, col = threadIdx.x % 16;

    float sums[EACH][EACH];
#pragma unroll
    for (int i = 0; i < EACH; i++)
#pragma unroll
      for (int j = 0; j < EACH; j++) sums[i][j] = 0;

    Fetch<A, SIDE, DEPTH, THREADS> fetchA(a, m0);
    Fetch<B, SIDE, DEPTH, THREADS> fetchB(b, n0);
    fetchA.load(a, begin);
    fetchB.load(b, begin);
#pragma unroll 1
    for (int k0 = begin; k0 < end; k0 += DEPTH) {
      fetchA.store(as);
      fetchB.store(bs);
      __syncthreads();
      if (k0 + DEPTH < end) {  // the next tile comes while this one is multiplied
        fetchA.load(a, k0 + DEPTH);
        fetchB.load(b, k0 + DEPTH);
      }
#pragma unroll
      for (int k = 0; k < DEPTH; k++) {
        float x[EACH], y[EACH];
#pragma unroll
        for (int i = 0; i < EACH; i += 4) {
          loadPack(as + k * PITCH + i * 16 + row * 4, *reinterpret_cast<float(*)[4]>(x + i));
          loadPack(bs + k * PITCH + i * 16 + col * 4, *reinterpret_cast<float(*)[4]>(y + i));
        }
#pragma unroll
        for (int i = 0; i < EACH; i++)
#pragma unroll
          for (int j = 0; j < EACH; j++) sums[i][j] = fmaf(x[i], y[j], sums[i][j]);
      }
      __syncthreads();
    }

    if (sizeof(T) != sizeof(float) && e.partial) {
      finish<float>(shared, sums, out, e, m0, n0);
    } else {
      finish<T>(shared, sums, out, e, m0, n0);
    }
  }

  template <class T, class Out>
  static DEVICE void finish(float* shared, float (&sums)[EACH][EACH], const Out& out,
                            const Epilogue& e, int m0, int n0) {
    int row = threadIdx.x / 16, col = threadIdx.x % 16;
    Finish<T, N, THREADS> finish;
#pragma unroll
    for (int half = 0; half < M / STAGED; half++) {
#pragma unroll
      for (int i = 0; i < 4; i++)
#pragma unroll
        for (int j = 0; j < EACH; j += 4)
          storePack(shared + (row * 4 + i) * PITCH + j * 16 + col * 4,
                    *reinterpret_cast<float(*)[4]>(&sums[half * 4 + i][j]));
      __syncthreads();
      finish.template rows<STAGED>(shared, out, e, m0 + half * STAGED, n0);
      __syncthreads();
    }
    if (e.sums) finish.sums(shared, e, m0 / M, n0, out.channels);
  }
};

// ---- k in slabs ------------------------------------------------------------------------------------

struct SlabParams {
  const float* partial;  // (slabs, size)
  void* y;               // (size)
  i64 size;
  int slabs;
};

// Slabs in their order, so that two runs give the same bits.
template <class T>
DEVICE void sumSlabs(const SlabParams& p) {
  for (i64 i = globalThread(); i < p.size; i += gridThreads()) {
    float sum = 0;
    for (int slab = 0; slab < p.slabs; slab++) sum += p.partial[slab * p.size + i];
    store<T>(p.y, i, sum);
  }
}
