// y[n,i,j,c] = sum of w[c,a,b] * x[n, i*s - top + a, j*s - left + b, c], and its transpose in x.
//
// Windows of 3, 5 or 7 columns without dilation: a strip of outputs is held in registers, each x is
// read once for each kernel row, and used by all outputs of the strip that it reaches. A strip beside
// the border looks its columns up in a map; the others step through memory.
// Any other window goes output by output through lists of its taps, several registers of channels
// at once, with twice the loads.
#include "depthwise.h"

namespace {
constexpr int LONG = W == 16 ? 14 : 7; // outputs of a strip; registers hold them and a kernel row
constexpr int SOME = 4;

struct Strip {
  const float* x;     // this sample and channel
  const float* next;  // what the next row will read first of all, or any other address
  const float* w;     // (kh, K, W)
  float* y;           // the first output
  const int32_t* map; // of the first output's first column
  const int32_t* taps; // pairs (kernel row, row)
  int32_t count;
  int32_t n; // channels in the register
  int64_t rowFloats;
};

template <int K, int S, int STRIDE, bool MAPPED, bool PART>
__attribute__((noinline)) void strip(const Depthwise& p, const Strip& at) {
  vec sum[S] = {};
  const int64_t c = p.channels;
#pragma GCC unroll 2
  for (int r = 0; r < STRIDE; r++) {
#pragma GCC unroll 32
    for (int s = 0; s < S * STRIDE; s++) __builtin_prefetch(at.next + r * at.rowFloats + s * c);
  }
  for (int t = 0; t < at.count; t++) {
    const float* w = at.w + at.taps[2 * t] * (K * W);
    const float* x = at.x + at.taps[2 * t + 1] * at.rowFloats + (MAPPED ? 0 : at.map[0]);
    vec tap[K];
#pragma GCC unroll 8
    for (int b = 0; b < K; b++) tap[b] = load(w + b * W);
#pragma GCC unroll 64
    for (int i = 0; i < (S - 1) * STRIDE + K; i++) {
      if (MAPPED && at.map[i] < 0) continue;
      const float* from = x + (MAPPED ? at.map[i] : i * c);
      vec v = PART ? load(from, at.n) : load(from);
#pragma GCC unroll 8
      for (int b = 0; b < K; b++) {
        int s = (i - b) / STRIDE;
        if (i >= b && (i - b) % STRIDE == 0 && s < S) sum[s] += v * tap[b];
      }
    }
  }
#pragma GCC unroll 32
  for (int s = 0; s < S; s++) {
    float* to = at.y + s * c;
    if (PART) {
      store(to, sum[s], at.n);
    } else if (p.streams) {
      stream(to, sum[s]);
    } else {
      store(to, sum[s]);
    }
  }
}

template <int K, int S, int STRIDE, bool MAPPED>
INLINE void strip(const Depthwise& p, const Strip& at) {
  if (at.n == W) {
    strip<K, S, STRIDE, MAPPED, false>(p, at);
  } else {
    strip<K, S, STRIDE, MAPPED, true>(p, at);
  }
}

// One row of outputs. Where less than a strip is left, the strip starts earlier and makes a few
// outputs twice.
template <int K, int STRIDE>
void stripRow(const Depthwise& p, const Share& share, Strip& at, const float* x, const float* packed,
              float* y, const int32_t* map) {
  // columns lie too far apart for the processor to foresee which are next
  const float* next = x + (at.count == 0 ? 0 : at.taps[2 * at.count - 1] + 1) * at.rowFloats;
  // the first window that leaves the row on the right, if any lies within it
  const int32_t inner = (p.inW + p.left - K + STRIDE) / STRIDE;
  for (int32_t j = 0; j < p.outW;) {
    int32_t left = p.outW - j;
    int32_t size = left >= LONG || (left > 7 && p.outW >= LONG) ? LONG
                   : left > SOME && p.outW >= 7                 ? 7
                   : left > 1 && p.outW >= SOME                 ? SOME
                                                                : 1;
    int32_t from = min(j, p.outW - size);
    bool inside = from * STRIDE >= p.left && from + LONG <= inner;
    at.map = map + from * STRIDE;
    for (int32_t c = share.first; c < share.end; c += W) {
      at.x = x + c;
      at.next = next + static_cast<int64_t>(from) * STRIDE * p.channels + c;
      at.w = packed + (c - share.first) * (p.kh * K);
      at.y = y + static_cast<int64_t>(from) * p.channels + c;
      at.n = static_cast<int32_t>(min(W, share.end - c));
      if (size == LONG && inside) {
        strip<K, LONG, STRIDE, false>(p, at);
      } else if (size == LONG) {
        strip<K, LONG, STRIDE, true>(p, at);
      } else if (size == 7) {
        strip<K, 7, STRIDE, true>(p, at);
      } else if (size == SOME) {
        strip<K, SOME, STRIDE, true>(p, at);
      } else {
        strip<K, 1, STRIDE, true>(p, at);
      }
    }
    j = from + size;
  }
}

// One output, R registers of channels: the sums do not wait for each other.
template <int R, bool PART>
void listed(const Depthwise& p, const Strip& at, const int32_t* columns, int32_t count) {
  vec sum[R] = {};
  const int64_t kernel = p.kh * p.kw * W;
  for (int t = 0; t < at.count; t++) {
    const float* w = at.w + at.taps[2 * t] * (p.kw * W);
    const float* x = at.x + at.taps[2 * t + 1] * at.rowFloats;
    for (int b = 0; b < count; b++) {
      const float* tap = w + columns[2 * b] * W;
      const float* from = x + static_cast<int64_t>(columns[2 * b + 1]) * p.channels;
#pragma GCC unroll 8
      for (int r = 0; r < R; r++) {
        sum[r] += load(tap + r * kernel) * (PART ? load(from + r * W, at.n) : load(from + r * W));
      }
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
    if (PART) {
      store(at.y + r * W, sum[r], at.n);
    } else {
      store(at.y + r * W, sum[r]);
    }
  }
}

template <int K>
INLINE void stripRow(const Depthwise& p, const Share& share, Strip& at, const float* x,
                     const float* packed, float* y, const int32_t* map) {
  if (p.strideW == 1) {
    stripRow<K, 1>(p, share, at, x, packed, y, map);
  } else {
    stripRow<K, 2>(p, share, at, x, packed, y, map);
  }
}

void listRow(const Depthwise& p, const Share& share, Strip& at, const float* x, const float* packed,
             float* y, const int32_t* counts, const int32_t* columns) {
  for (int32_t j = 0; j < p.outW; j++) {
    for (int32_t c = share.first; c < share.end;) {
      at.x = x + c;
      at.w = packed + (c - share.first) * (p.kh * p.kw);
      at.y = y + static_cast<int64_t>(j) * p.channels + c;
      const int32_t* pairs = columns + j * 6 * p.kw;
      int32_t left = share.end - c;
      at.n = left;
      if (left >= 4 * W) {
        listed<4, false>(p, at, pairs, counts[j]);
        c += 4 * W;
      } else if (left >= W) {
        listed<1, false>(p, at, pairs, counts[j]);
        c += W;
      } else {
        listed<1, true>(p, at, pairs, counts[j]);
        c += W;
      }
    }
  }
}

// Three columns at stride 2 use each x once or twice: their lists take 3.6 ms where strips took 4.6.
bool byStrips(const Depthwise& p) {
  return !p.transposed && p.dilationW == 1 &&
         (p.strideW == 1 ? p.kw == 3 || p.kw == 5 || p.kw == 7
                         : p.strideW == 2 && (p.kw == 5 || p.kw == 7));
}

// (kernels of a register of channels, kh, kw, W): what is a stride apart in w lies side by side.
void pack(const Depthwise& p, const Share& share, float* packed) {
  const int32_t taps = p.kh * p.kw;
  for (int32_t c = share.first; c < share.end; c += W) {
    for (int l = 0; l < W; l++) {
      const float* w = p.w + static_cast<int64_t>(min(c + l, p.channels - 1)) * taps;
      for (int32_t t = 0; t < taps; t++) packed[t * W + l] = w[p.flipped ? taps - 1 - t : t];
    }
    packed += taps * W;
  }
}
} // namespace

// scratch: packed weights, then for each column its map, or its list and that list's length, and
// the row's list
KERNEL(depthwise, Depthwise) {
  const Share share = shareOf(p, task);
  auto* packed = reinterpret_cast<float*>(scratch);
  pack(p, share, packed);
  auto* rowTaps = reinterpret_cast<int32_t*>(packed + p.group * p.kh * p.kw);
  int32_t* counts = rowTaps + 6 * p.kh;
  int32_t* columns = counts + p.outW;
  const bool strips = byStrips(p);
  if (strips) {
    mapColumns(p, columns);
  } else {
    for (int32_t j = 0; j < p.outW; j++) {
      counts[j] = listTaps(columnAxis(p), j, columns + j * 6 * p.kw);
    }
  }
  Strip at = {};
  at.taps = rowTaps;
  at.rowFloats = static_cast<int64_t>(p.inW) * p.channels;
  for (int64_t row = share.from; row < share.to; row++) {
    const float* x = p.x + row / p.outH * p.inH * at.rowFloats;
    float* y = p.y + row * p.outW * p.channels;
    at.count = listTaps(rowAxis(p), static_cast<int32_t>(row % p.outH), rowTaps);
    if (!strips) {
      listRow(p, share, at, x, packed, y, counts, columns);
    } else if (p.kw == 3) {
      stripRow<3, 1>(p, share, at, x, packed, y, columns);
    } else if (p.kw == 5) {
      stripRow<5>(p, share, at, x, packed, y, columns);
    } else {
      stripRow<7>(p, share, at, x, packed, y, columns);
    }
  }
  if (p.streams) fence();
}
