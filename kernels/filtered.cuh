// filtered.cuh - ideal resampling on tensor cores, for kernels that keep whole maps in shared memory.
//
// A map of a few channels is a plane of 16-byte cells, one a position, whose 8 halves are rows of a
// product: factor A of `mma` is the cells of two lines (8 rows each) along their positions, read by
// transposing matrix loads, and factor B is the matrix of the axis. So a product's sums are again
// cells of the same two lines, and either go back to memory in place or, kept in registers, are
// factor A of the next product. Odd pitches, in cells, keep lines of either axis free of conflicts.
//
// What the 8 halves of a cell are:
//   Train: 8 channels in bf16; sums float32, rounded where they are stored
//   Exact: 4 channels in two parts of fp16 each, v = high + low; so are the matrices, and all four
//          products are added: the 22 bits that they hold are float32's within a factor of four.
//          What fp16 lacks in range, powers of two give: each channel is scaled by one.
#pragma once
#include "mma.cuh"

struct Train {
  typedef bf16 Element;
  static constexpr int CHANNELS = 8, PARTS = 1;  // of a cell; of a matrix
};
template <class T>
struct ExactOf {  // maps of T
  typedef T Element;
  static constexpr int CHANNELS = 4, PARTS = 2;
};
typedef ExactOf<float> Exact;
template <class M>
constexpr bool isExact = M::PARTS == 2;

constexpr int WARPS = 8, CELL = 16, MOST_UNITS = 8;
constexpr int REACH = WARPS * MOST_UNITS * 4 * 4;  // bytes: a float of each warp, unit and channel
constexpr float MATRIX_SCALE = 1024;  // Exact: the low parts of small weights are normal numbers, too

DEVICE int laneGroup() { return static_cast<int>(threadIdx.x) % 32 / 4; }
DEVICE int lanePair() { return static_cast<int>(threadIdx.x) % 4; }

// Two neighbours of the lane's row, as halves of cells. Exact: rows 4 to 7 are the low parts.
template <class M>
DEVICE u32 halves(float a, float b) {
  if constexpr (isExact<M>) {
    u32 high = pairF16(a, b);
    if (laneGroup() < 4) return high;
    return pairF16(a - fromF16(static_cast<u16>(high)), b - fromF16(static_cast<u16>(high >> 16)));
  } else {
    return pair(a, b);
  }
}

// ---- the matrix of an axis: [out][in], as factor B -----------------------------------------------

struct Matrix {
  const unsigned char* at;
  int pitch, part;  // bytes
};

// Rows beyond `out` are zeros up to a multiple of 16; columns beyond `in` where `whole`, else up to
// one of 8, and what is read behind those belongs to what follows.
template <class M>
DEVICE Matrix matrix(unsigned char*& at, int out, int in, bool whole) {
  int cells = (whole ? ceilDiv(in, 16) * 2 : ceilDiv(in, 8)) | 1;
  Matrix m = {at, cells * CELL, ceilDiv(out, 16) * 16 * cells * CELL};
  at += m.part * M::PARTS;
  return m;
}

// From (in, apart) if transposed, of which the first `out` columns are used.
template <class M>
DEVICE void fill(const Matrix& m, const float* from, bool transposed, int out, int in, int apart) {
  int columns = m.pitch / 2, count = m.part / 2;
  u16* to = reinterpret_cast<u16*>(const_cast<unsigned char*>(m.at));
  for (int i = static_cast<int>(threadIdx.x); i < count; i += WARPS * 32) {
    int o = i / columns, k = i - o * columns;
    float v = o < out && k < in ? from[transposed ? k * apart + o : o * in + k] : 0;
    if constexpr (isExact<M>) {
      v *= MATRIX_SCALE;
      u16 high = static_cast<u16>(pairF16(v, 0));
      to[i] = high;
      to[i + count] = static_cast<u16>(pairF16(v - fromF16(high), 0));
    } else {
      to[i] = bf16Bits(v);
    }
  }
}

template <class M>
DEVICE void fill(const Matrix& m, const float* from, bool transposed, int out, int in) {
  fill<M>(m, from, transposed, out, in, out);
}

// B for columns n0 .. n0 + 15 and rows k0 .. k0 + 15: B[k][n] = m[n][k], or m[k][n] if TURNED.
template <bool TURNED>
DEVICE void factorB(u32 (&b)[4], const Matrix& m, int part, int n0, int k0) {
  int lane = static_cast<int>(threadIdx.x) % 32, low = lane % 8, second = lane / 8 % 2 * 8, third = lane / 16 * 8;
  int row = TURNED ? k0 + second + low : n0 + third + low, column = TURNED ? n0 + third : k0 + second;
  const unsigned char* at = m.at + part * m.part + row * m.pitch + column * 2;
  if constexpr (TURNED) {
    ldmatrix4Transposed(b, at);
  } else {
    ldmatrix4(b, at);
  }
}

// c += a m for T pairs of lines and 16 results. Exact: the tensor core truncates where it adds, so
// the long sum is made outside of it.
template <class M, bool TURNED, int T>
DEVICE void product(float (&c)[T][2][4], const u32 (&a)[T][4], const Matrix& m, int n0, int k0) {
  u32 b[4];
  factorB<TURNED>(b, m, 0, n0, k0);
  if constexpr (isExact<M>) {
    u32 lower[4];
    factorB<TURNED>(lower, m, 1, n0, k0);
#pragma unroll
    for (int t = 0; t < T; t++)
#pragma unroll
      for (int j = 0; j < 2; j++) {
        u32 high[2] = {b[2 * j], b[2 * j + 1]}, low[2] = {lower[2 * j], lower[2 * j + 1]};
        float sum[4] = {0, 0, 0, 0};
        mmaF16(sum, a[t], low);
        mmaF16(sum, a[t], high);
#pragma unroll
        for (int q = 0; q < 4; q++) c[t][j][q] += sum[q];
      }
  } else {
#pragma unroll
    for (int t = 0; t < T; t++)
#pragma unroll
      for (int j = 0; j < 2; j++) {
        u32 column[2] = {b[2 * j], b[2 * j + 1]};
        mmaBf16(c[t][j], a[t], column);
      }
  }
}

template <int T>
DEVICE void clear(float (&c)[T][2][4]) {
#pragma unroll
  for (int t = 0; t < T; t++)
#pragma unroll
    for (int j = 0; j < 2; j++)
#pragma unroll
      for (int q = 0; q < 4; q++) c[t][j][q] = 0;
}

// A sum as a number: Exact: the high rows' and the low rows' together, in both lanes.
template <class M, int T>
DEVICE void finish(float (&c)[T][2][4], float scale) {
  if constexpr (isExact<M>) {
#pragma unroll
    for (int t = 0; t < T; t++)
#pragma unroll
      for (int j = 0; j < 2; j++)
#pragma unroll
        for (int q = 0; q < 4; q++)
          c[t][j][q] = scale * (c[t][j][q] + __shfl_xor_sync(0xffffffffu, c[t][j][q], 16));
  }
}

// ---- lines of a plane, as factor A ---------------------------------------------------------------

struct Lines {
  unsigned char* at;
  int apart, step;     // bytes between lines, and between positions of one
  int count, length;
  const unsigned char* zeros;  // a cell

  // A for the lines `first` to first + 2 T - 1 and positions k0 .. k0 + 15.
  template <int T>
  DEVICE void factorA(u32 (&a)[T][4], int first, int k0) const {
    int lane = static_cast<int>(threadIdx.x) % 32;
    int position = k0 + lane / 16 * 8 + lane % 8;
#pragma unroll
    for (int t = 0; t < T; t++) {
      int line = first + 2 * t + lane / 8 % 2;
      bool on = line < count && position < length;
      ldmatrix4Transposed(a[t], on ? at + line * apart + position * step : zeros);
    }
  }

  // Stores 16 results of these lines, from n0, of which there are n.
  template <class M, int T>
  DEVICE void keep(const float (&c)[T][2][4], int first, int n0, int n) const {
    unsigned char* to = at + laneGroup() * 2;
#pragma unroll
    for (int t = 0; t < T; t++)
#pragma unroll
      for (int half = 0; half < 2; half++) {
        int line = first + 2 * t + half;
#pragma unroll
        for (int j = 0; j < 2; j++) {
          u32 two = halves<M>(c[t][j][2 * half], c[t][j][2 * half + 1]);
          int position = n0 + j * 8 + 2 * lanePair();
          if (line >= count) continue;
          u16* cell = reinterpret_cast<u16*>(to + line * apart + position * step);
          if (position < n) *cell = static_cast<u16>(two);
          if (position + 1 < n) cell[step / 2] = static_cast<u16>(two >> 16);
        }
      }
  }
};

// ---- planes --------------------------------------------------------------------------------------

struct Plane {
  unsigned char* at;
  int pitch, unit;  // bytes between rows, and between units: cells side by side in memory
};

DEVICE Plane plane(unsigned char*& at, int rows, int width, int units) {
  Plane p = {at, (width | 1) * CELL, rows * (width | 1) * CELL};
  at += p.unit * units;
  return p;
}

DEVICE Lines columns(const Plane& p, int unit, int count, int length, const unsigned char* zeros) {
  return {p.at + unit * p.unit, CELL, p.pitch, count, length, zeros};
}
DEVICE Lines rows(const Plane& p, int unit, int count, int length, const unsigned char* zeros) {
  return {p.at + unit * p.unit, p.pitch, CELL, count, length, zeros};
}

DEVICE void load4(const float* p, float (&v)[4]) { loadPack(p, v); }
DEVICE void load4(const bf16* p, float (&v)[4]) {
  const u32* words = reinterpret_cast<const u32*>(p);
#pragma unroll
  for (int i = 0; i < 2; i++) {
    u32 two = words[i];
    v[2 * i] = __uint_as_float(two << 16);
    v[2 * i + 1] = __uint_as_float(two & 0xffff0000u);
  }
}

// ---- from memory ---------------------------------------------------------------------------------

// Where the cells of a tile begin: element row * rowStep + column * columnStep + depth, where depth
// is `first`, and more for each unit and by depthStep for each column; from `limit` on there is none.
struct Source {
  i64 rowStep, columnStep, first;
  int depthStep;
  i64 limit;
};

// h x w cells of each unit, as they are (Train), or as 4 floats. `packed`: they can be read at once.
template <class M>
DEVICE void bring(const typename M::Element* from, const Source& s, bool packed, int units, int h, int w,
                  const Plane& to, float (&most)[M::CHANNELS]) {
  typedef typename M::Element T;
  constexpr int N = M::CHANNELS;
  int unit = static_cast<int>(threadIdx.x) & (units - 1), count = h * w;
#pragma unroll
  for (int i = 0; i < N; i++) most[i] = 0;
  int step = WARPS * 32 / units;
  for (int at = static_cast<int>(threadIdx.x) / units; at < count; at += step) {
    int row = at / w, column = at - row * w;
    unsigned char* cell = to.at + unit * to.unit + row * to.pitch + column * CELL;
    i64 depth = s.first + unit * N + static_cast<i64>(column) * s.depthStep;
    const T* x = from + row * s.rowStep + column * s.columnStep + depth;
    bool on = depth < s.limit;
    if constexpr (!isExact<M>) {
      if (packed) {
        copyAsync16(cell, on ? x : from, on);
        continue;
      }
    }
    float v[N];
#pragma unroll
    for (int i = 0; i < N; i++) v[i] = !packed && depth + i < s.limit ? toFloat(x[i]) : 0;
    if constexpr (isExact<M>) {
      if (packed && on) load4(x, v);
      storePack(reinterpret_cast<float*>(cell), v);
    } else {
      storePack(reinterpret_cast<T*>(cell), v);
    }
#pragma unroll
    for (int i = 0; i < N; i++) most[i] = fmaxf(most[i], fabsf(v[i]));
  }
  copyAsyncCommit();
}

// v 2^-14 is at most the power of two whose exponent this is, with its sign turned.
DEVICE int room(float v) {
  int exponent = static_cast<int>(__float_as_uint(v) >> 23 & 255) - 127;
  return max(-100, min(100, 14 - exponent));
}
DEVICE float powerOfTwo(int e) { return __uint_as_float(static_cast<u32>(e + 127) << 23); }

// Exact: what the threads saw, for all: largest magnitudes of a unit's channels.
DEVICE void tell(float* reach, int units, float (&most)[4]) {
  int lane = static_cast<int>(threadIdx.x) % 32, warp = static_cast<int>(threadIdx.x) / 32;
  for (int i = 0; i < 4; i++) {
    for (int offset = 16; offset >= units; offset >>= 1)
      most[i] = fmaxf(most[i], __shfl_xor_sync(0xffffffffu, most[i], offset));
    if (lane < units) reach[(warp * MOST_UNITS + lane) * 4 + i] = most[i];
  }
}
DEVICE float reachOf(const float* reach, int unit, int channel) {
  float most = 0;
  for (int warp = 0; warp < WARPS; warp++) most = fmaxf(most, reach[(warp * MOST_UNITS + unit) * 4 + channel]);
  return most;
}

// Exact: a thread's own cells, 4 floats each, become cells of two parts.
DEVICE void divide(const float* reach, float tall, int units, int h, int w, const Plane& to) {
  int unit = static_cast<int>(threadIdx.x) & (units - 1), count = h * w;
  float scale[4];
#pragma unroll
  for (int i = 0; i < 4; i++) scale[i] = powerOfTwo(room(reachOf(reach, unit, i) * tall));
  int step = WARPS * 32 / units;
  for (int at = static_cast<int>(threadIdx.x) / units; at < count; at += step) {
    unsigned char* cell = to.at + unit * to.unit + at / w * to.pitch + at % w * CELL;
    float v[4];
    loadPack(reinterpret_cast<const float*>(cell), v);
#pragma unroll
    for (int i = 0; i < 4; i++) v[i] *= scale[i];
    u32 high[2] = {pairF16(v[0], v[1]), pairF16(v[2], v[3])}, low[2];
#pragma unroll
    for (int i = 0; i < 2; i++)
      low[i] = pairF16(v[2 * i] - fromF16(static_cast<u16>(high[i])),
                       v[2 * i + 1] - fromF16(static_cast<u16>(high[i] >> 16)));
    *reinterpret_cast<uint4*>(cell) = uint4{high[0], high[1], low[0], low[1]};
  }
}

// ---- products of lines ---------------------------------------------------------------------------

// A warp's share of the lines through a matrix of n results, each line in its place. S is the number
// of 16s in a line's length at most.
template <class M, bool TURNED, int S, int T>
DEVICE void resample(const Lines& lines, const Matrix& m, int n, int slot, int slots) {
#pragma unroll 1
  for (int first = slot * 2 * T; first < lines.count; first += slots * 2 * T) {
    u32 a[S][T][4];
#pragma unroll
    for (int s = 0; s < S; s++)
      if (s * 16 < lines.length) lines.factorA(a[s], first, s * 16);
    __syncwarp();
#pragma unroll 1
    for (int n0 = 0; n0 < n; n0 += 16) {
      float c[T][2][4];
      clear(c);
#pragma unroll
      for (int s = 0; s < S; s++)
        if (s * 16 < lines.length) product<M, TURNED>(c, a[s], m, n0, s * 16);
      finish<M>(c, 1 / MATRIX_SCALE);
      lines.keep<M>(c, first, n0, n);
    }
  }
}

// Where results go in memory: of the lines' first channel, of which there are `channels`, or `depth`
// fewer for each line.
template <class R>
struct Result {
  R* y;
  i64 apart, step;  // elements between lines, and between positions of one
  i64 channels;
  int depth;
};

// The same with at most S * 16 results, to memory.
template <class M, bool TURNED, int S, int T, class R>
DEVICE void resample(const Lines& lines, const Matrix& m, int n, const Result<R>& to, float scale,
                     int slot, int slots) {
  int channel = laneGroup() % M::CHANNELS;
#pragma unroll 1
  for (int first = slot * 2 * T; first < lines.count; first += slots * 2 * T) {
    float c[S][T][2][4];
#pragma unroll
    for (int s = 0; s < S; s++) clear(c[s]);
#pragma unroll 1
    for (int k0 = 0; k0 < lines.length; k0 += 16) {
      u32 a[T][4];
      lines.factorA(a, first, k0);
#pragma unroll
      for (int s = 0; s < S; s++)
        if (s * 16 < n) product<M, TURNED>(c[s], a, m, s * 16, k0);
    }
#pragma unroll
    for (int s = 0; s < S; s++) {
      if (s * 16 >= n) continue;
      finish<M>(c[s], scale);
#pragma unroll
      for (int t = 0; t < T; t++)
#pragma unroll
        for (int j = 0; j < 2; j++)
#pragma unroll
          for (int q = 0; q < 4; q++) {
            // Exact: two lanes have the number; each stores one of the two lines
            if (isExact<M> && q / 2 != laneGroup() / 4) continue;
            int line = first + 2 * t + q / 2, position = s * 16 + j * 8 + 2 * lanePair() + q % 2;
            if (line < lines.count && position < n && channel + line * to.depth < to.channels)
              store<R>(to.y, position * to.step + line * to.apart + channel, c[s][t][j][q]);
          }
    }
  }
}
