// gemm_mma.cuh - the tensor cores' engine for the products of gemm.cuh: mma.sync m16n8k16 on bf16,
// m16n8k8 on float rounded to tf32; float32 sums. Tiles come through a pipeline of cp.async, 16
// bytes at a time, zeros where there is nothing; rows of shared memory are 16-byte units in an order
// permuted by XOR, so that neither the copies nor the matrix loads meet twice in a bank.
//
// A step of the pipeline is 64 bytes of k: 32 of bf16, 16 of float. Where memory runs along k, a
// line's 64 bytes lie together (4 units); else a k's lines lie together (LINES * sizeof(T) / 16
// units), and the matrix loads turn them (bf16), or each element is read for itself (tf32).
#pragma once
#include "gemm.cuh"
#include "mma.cuh"

// A tile of LINES x K of one factor in shared memory, and how threads fill and read it.
template <class Factor, int LINES, int THREADS, bool GATHER>
struct Stage {
  typedef typename Factor::Element T;
  static constexpr bool alongK = Factor::alongK;
  static constexpr int UNIT = Pack<T>::N;          // elements in 16 bytes
  static constexpr int K = 4 * UNIT;
  static constexpr int UNITS = alongK ? 4 : LINES / UNIT;  // of a row of shared memory
  static constexpr int ROWS = alongK ? LINES : K;
  static constexpr int BYTES = LINES * K * static_cast<int>(sizeof(T));
  static constexpr int EACH = ROWS * UNITS / THREADS;
  static constexpr int APART = THREADS / UNITS;    // rows between those of one thread
  static_assert(THREADS % UNITS == 0 && ROWS * UNITS % THREADS == 0, "whole rounds");

  static DEVICE int offset(int row, int unit) {
    int turned = alongK ? unit ^ (row >> 1 & 3)
                        : unit ^ (sizeof(T) == 2 ? row & 7 : (row & 3) << 1);
    return row * (UNITS * 16) + turned * 16;
  }

  int unit, row, firstLine;  // this thread's first
  typename Factor::Line lines[alongK ? EACH : 1];

  DEVICE Stage(const Factor& factor, int first)
      : unit(static_cast<int>(threadIdx.x) % UNITS), row(static_cast<int>(threadIdx.x) / UNITS) {
    firstLine = first + (alongK ? row : unit * UNIT);
#pragma unroll
    for (int i = 0; i < (alongK ? EACH : 1); i++) lines[i] = factor.line(firstLine + i * APART);
  }

  // Starts to bring k0 .. k0 + K into `shared`.
  DEVICE void fill(const Factor& factor, int k0, unsigned char* shared) const {
    if constexpr (GATHER) {
      gather(factor, k0, shared);
    } else if constexpr (alongK) {
      auto step = factor.step(k0 + unit * UNIT);
#pragma unroll
      for (int i = 0; i < EACH; i++) copy(factor.at(lines[i], step), shared, i);
    } else {
#pragma unroll
      for (int i = 0; i < EACH; i++)
        copy(factor.at(lines[0], factor.step(k0 + row + i * APART)), shared, i);
    }
  }

  DEVICE void copy(const T* from, unsigned char* shared, int i) const {
    copyAsync16(shared + offset(row + i * APART, unit), from, from != nullptr);
  }

  // Element by element, for lines that no 16 bytes divide; at once, so no wait is needed.
  DEVICE void gather(const Factor& factor, int k0, unsigned char* shared) const {
    u32 words[EACH][4];
#pragma unroll
    for (int i = 0; i < EACH; i++) words[i][0] = words[i][1] = words[i][2] = words[i][3] = 0;
    if constexpr (alongK) {
#pragma unroll
      for (int j = 0; j < UNIT; j++) {
        auto step = factor.step(k0 + unit * UNIT + j);
#pragma unroll
        for (int i = 0; i < EACH; i++) put(words[i], j, factor.at(lines[i], step));
      }
    } else {
#pragma unroll
      for (int j = 0; j < UNIT; j++) {
        auto line = factor.line(firstLine + j);
#pragma unroll
        for (int i = 0; i < EACH; i++)
          put(words[i], j, factor.at(line, factor.step(k0 + row + i * APART)));
      }
    }
#pragma unroll
    for (int i = 0; i < EACH; i++)
      *reinterpret_cast<uint4*>(shared + offset(row + i * APART, unit)) =
          uint4{words[i][0], words[i][1], words[i][2], words[i][3]};
  }
  static DEVICE void put(u32 (&words)[4], int j, const float* from) {
    words[j] = from ? __float_as_uint(*from) : 0;
  }
  static DEVICE void put(u32 (&words)[4], int j, const bf16* from) {
    words[j / 2] |= from ? static_cast<u32>(from->bits) << (j % 2 * 16) : 0;
  }

  // Fragments of 16 lines from `line` at the half `half` of K: as A's a[4], or as two b[2].
  template <bool AS_A>
  static DEVICE void fragments(u32 (&r)[4], const unsigned char* shared, int line, int half) {
    int lane = threadIdx.x % 32;
    // the four 8x8 matrices in the order of the registers: A wants lines first, B wants k first
    int low = lane % 8, second = lane / 8 % 2, third = lane / 16;
    int lineHalf = AS_A ? second : third, kHalf = AS_A ? third : second;
    // `line` is a multiple of 8, which the permutation of units does not see
    if constexpr (alongK) {
      ldmatrix4(r, shared + (line + lineHalf * 8 + low) * 64 +
                       ((half * 2 + kHalf) ^ (low >> 1)) * 16);
    } else if constexpr (sizeof(T) == 2) {
      ldmatrix4Transposed(r, shared + (half * 16 + kHalf * 8 + low) * (UNITS * 16) +
                                 ((line / 8 + lineHalf) ^ low) * 16);
    } else {
      int group = lane / 4, pair = lane % 4;
#pragma unroll
      for (int i = 0; i < 4; i++) {
        int l = line + group + (AS_A ? i % 2 : i / 2) * 8;
        int k = half * 8 + pair + (AS_A ? i / 2 : i % 2) * 4;
        r[i] = *reinterpret_cast<const u32*>(shared + k * (UNITS * 16) +
                                             ((l / 4) ^ (pair << 1)) * 16 + l % 4 * 4);
      }
    }
    if constexpr (sizeof(T) == 4) {
#pragma unroll
      for (int i = 0; i < 4; i++) r[i] = toTf32(__uint_as_float(r[i]));
    }
  }
};

DEVICE void mma(float (&c)[4], const u32 (&a)[4], const u32 (&b)[2], bf16) { mmaBf16(c, a, b); }
DEVICE void mma(float (&c)[4], const u32 (&a)[4], const u32 (&b)[2], float) { mmaTf32(c, a, b); }

// A tile of TILE_M x TILE_N by warps of WARP_M x WARP_N, with STAGES steps of k under way.
template <int TILE_M, int TILE_N, int WARP_M, int WARP_N, int STAGES, bool GATHER = false>
struct Mma {
  static constexpr int M = TILE_M, N = TILE_N;
  static constexpr int WARPS_N = N / WARP_N;
  static constexpr int THREADS = M / WARP_M * WARPS_N * 32;
  static constexpr int ROWS = WARP_M / 16, COLS = WARP_N / 8;  // of products, in a warp
  static constexpr int STAGED = 64;                            // rows that are finished together

  template <class T, class A, class B, class Out>
  static DEVICE void multiply(const A& a, const B& b, const Out& out, const Epilogue& e, int m0,
                              int n0, int begin, int end) {
    typedef Stage<A, M, THREADS, GATHER> StageA;
    typedef Stage<B, N, THREADS, GATHER> StageB;
    typedef typename A::Element Element;
    constexpr int BYTES = StageA::BYTES + StageB::BYTES;
    DYN_SHARED(unsigned char, shared);
    int warp = threadIdx.x / 32;
    int warpM = warp / WARPS_N * WARP_M, warpN = warp % WARPS_N * WARP_N;

    float sums[ROWS][COLS][4];
#pragma unroll
    for (int i = 0; i < ROWS; i++)
#pragma unroll
      for (int j = 0; j < COLS; j++)
#pragma unroll
        for (int q = 0; q < 4; q++) sums[i][j][q] = 0;

    StageA stageA(a, m0);
    StageB stageB(b, n0);
    int fetched = begin;  // k of the next step to fetch
#pragma unroll
    for (int s = 0; s < STAGES - 1; s++) {
      if (fetched < end) {
        stageA.fill(a, fetched, shared + s * BYTES);
        stageB.fill(b, fetched, shared + s * BYTES + StageA::BYTES);
      }
      fetched += StageA::K;
      copyAsyncCommit();
    }
    int reading = 0, filling = STAGES - 1;
#pragma unroll 1
    for (int k0 = begin; k0 < end; k0 += StageA::K) {
      copyAsyncWait<STAGES - 2>();
      __syncthreads();  // this step is there for all, and all are done with the one before
      if (fetched < end) {
        stageA.fill(a, fetched, shared + filling * BYTES);
        stageB.fill(b, fetched, shared + filling * BYTES + StageA::BYTES);
      }
      fetched += StageA::K;
      copyAsyncCommit();
      const unsigned char* as = shared + reading * BYTES;
      const unsigned char* bs = as + StageA::BYTES;
#pragma unroll
      for (int half = 0; half < 2; half++) {
        u32 x[ROWS][4], y[COLS / 2][4];
#pragma unroll
        for (int i = 0; i < ROWS; i++)
          StageA::template fragments<true>(x[i], as, warpM + i * 16, half);
#pragma unroll
        for (int j = 0; j < COLS / 2; j++)
          StageB::template fragments<false>(y[j], bs, warpN + j * 16, half);
#pragma unroll
        for (int i = 0; i < ROWS; i++)
#pragma unroll
          for (int j = 0; j < COLS; j++) {
            u32 column[2] = {y[j / 2][j % 2 * 2], y[j / 2][j % 2 * 2 + 1]};
            mma(sums[i][j], x[i], column, Element());
          }
      }
      reading = reading + 1 == STAGES ? 0 : reading + 1;
      filling = filling + 1 == STAGES ? 0 : filling + 1;
    }
    copyAsyncWait<0>();
    __syncthreads();

    float* tile = reinterpret_cast<float*>(shared);
    if (sizeof(T) != sizeof(float) && e.partial) {
      finish<float>(tile, sums, out, e, m0, n0);
    } else {
      finish<T>(tile, sums, out, e, m0, n0);
    }
  }

  template <class T, class Out>
  static DEVICE void finish(float* tile, float (&sums)[ROWS][COLS][4], const Out& out,
                            const Epilogue& e, int m0, int n0) {
    constexpr int PITCH = N + 4;
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    int warpM = warp / WARPS_N * WARP_M, warpN = warp % WARPS_N * WARP_N;
    Finish<T, N, THREADS> finish;
#pragma unroll
    for (int part = 0; part < M / STAGED; part++) {
      if (warpM / STAGED == part) {
#pragma unroll
        for (int i = 0; i < ROWS; i++)
#pragma unroll
          for (int j = 0; j < COLS; j++)
#pragma unroll
            for (int q = 0; q < 4; q++) {
              int row = warpM % STAGED + i * 16 + lane / 4 + q / 2 * 8;
              tile[row * PITCH + warpN + j * 8 + lane % 4 * 2 + q % 2] = sums[i][j][q];
            }
      }
      __syncthreads();
      finish.template rows<STAGED>(tile, out, e, m0 + part * STAGED, n0);
      __syncthreads();
    }
    if (e.sums) finish.sums(tile, e, m0 / M, n0, out.channels);
  }
};

// 48 KB of shared memory at most, which needs no leave.
typedef Mma<128, 128, 64, 32, 3> Mma128x128;  // 256 threads, 2 blocks on an SM
typedef Mma<128, 64, 64, 32, 4> Mma128x64;    // 128 threads, 4 blocks
typedef Mma<64, 64, 32, 32, 4> Mma64x64;      // 128 threads
typedef Mma<128, 64, 64, 32, 2, true> MmaGather;
