// An ideal resampling of an axis, folded: its matrix maps a mirrored signal to the mirrored result, and
// where both extents are even also one moved by half a period to the result moved by half. So the parts of
// a signal that such a move leaves as they are, or turns over, are mapped apart, by matrices of a half
// (mirror alone) or a quarter of the extents: half or a quarter of the products.
#pragma once

#include "ideal.h"

namespace ideal {

constexpr int TOGETHER = W == 16 ? 4 : 3; // results of each part in registers at a time

// Weights lie in panels [panel][pair of parts][input][even, odd][TOGETHER].
struct Folded {
  int in, out;
  bool halves; // parts by half a period too
  const float* weights;

  int inputs() const { return in / (halves ? 4 : 2) + 1; }
  int outputs() const { return out / (halves ? 4 : 2) + 1; }
  // Floats that a folded signal takes.
  int64_t room() const { return int64_t(halves ? 4 : 2) * inputs() * W; }
};

static inline int modulo(int i, int n) { return i < 0 ? i + n : i >= n ? i - n : i; }

// Packs the weights behind `at`.
static inline Folded folded(const Axis& a, float*& at) {
  Folded f{a.in(), a.out(), a.in() % 2 == 0 && a.out() % 2 == 0, at};
  auto m = [&](int64_t o, int64_t i) { return a.transposed ? a.matrix[i * a.from + o] : a.matrix[o * a.from + i]; };
  for (int first = 0; first < f.outputs(); first += TOGETHER) {
    for (int half = 1; half >= (f.halves ? -1 : 1); half -= 2) {
      for (int i = 0; i < f.inputs(); i++) {
        int mirror = modulo(-i, f.in), other = modulo(i + f.in / 2, f.in), both = modulo(f.in / 2 - i, f.in);
        // each sample is met once for each move that leads to it
        float share = (mirror == i || (f.halves && mirror == other) ? 0.5f : 1.0f) / (f.halves ? 4 : 2);
        for (int turn = 1; turn >= -1; turn -= 2) {
          for (int o = first; o < first + TOGETHER; o++, at++) {
            float sum = 0;
            if (o < f.outputs()) {
              sum = m(o, i) + turn * m(o, mirror);
              if (f.halves) sum += half * (m(o, other) + turn * m(o, both));
            }
            *at = share * sum;
          }
        }
      }
    }
  }
  return f;
}

// R results of a pair of parts, for one register of channels.
template <int R>
struct Pair {
  vec even[R], odd[R];

  INLINE Pair(const float*& weights, const float* fold, int stride, int inputs) {
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) even[r] = odd[r] = vec{};
    for (int i = 0; i < inputs; i++, fold += stride * W, weights += 2 * TOGETHER) {
      vec a = load(fold), b = load(fold + W);
#pragma GCC unroll 8
      for (int r = 0; r < R; r++) {
        even[r] += all(weights[r]) * a;
        odd[r] += all(weights[TOGETHER + r]) * b;
      }
    }
  }
};

// R results from `first` on, and those that moves lead to: a result that is its own mirror is written twice.
template <int R, bool HALVES, class Write>
INLINE void panel(const Folded& f, int first, const float*& weights, const float* fold, Write write) {
  const int half = f.out / 2;
  Pair<R> same(weights, fold, HALVES ? 4 : 2, f.inputs());
  if (!HALVES) {
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      int o = first + r;
      write(o, same.even[r] + same.odd[r]);
      write(o == 0 ? 0 : f.out - o, same.even[r] - same.odd[r]);
    }
    return;
  }
  Pair<R> turned(weights, fold + 2 * W, 4, f.inputs());
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
    int o = first + r;
    vec left = same.even[r] + same.odd[r], right = same.even[r] - same.odd[r];
    vec rise = turned.even[r] + turned.odd[r], fall = turned.even[r] - turned.odd[r];
    write(o, left + rise);
    write(o + half, left - rise);
    write(o == 0 ? 0 : f.out - o, right + fall);
    write(half - o, right - fall);
  }
}

template <int R, bool HALVES, class Write>
INLINE void rest(const Folded& f, int first, const float*& weights, const float* fold, Write write) {
  if constexpr (R > 0) {
    if (f.outputs() - first == R) panel<R, HALVES>(f, first, weights, fold, write);
    else rest<R - 1, HALVES>(f, first, weights, fold, write);
  }
}

template <bool HALVES, class Write>
INLINE void apply(const Folded& f, const float* x, int64_t stride, int n, int ahead, float* fold, Write write) {
  const int inputs = f.inputs(), half_in = f.in / 2;
  float* to = fold;
  for (int i = 0; i < inputs; i++) {
    int mirror = modulo(-i, f.in);
    const float* at[] = {x + i * stride, x + mirror * stride};
    vec a = load(at[0], n), b = load(at[1], n);
    if (ahead) __builtin_prefetch(at[0] + ahead), __builtin_prefetch(at[1] + ahead);
    if (!HALVES) {
      store(to, a + b);
      store(to + W, a - b);
      to += 2 * W;
    } else {
      const float* other[] = {x + modulo(i + half_in, f.in) * stride, x + modulo(half_in - i, f.in) * stride};
      vec c = load(other[0], n), d = load(other[1], n);
      if (ahead) __builtin_prefetch(other[0] + ahead), __builtin_prefetch(other[1] + ahead);
      vec left = a + c, right = b + d, rise = a - c, fall = b - d;
      store(to, left + right);
      store(to + W, left - right);
      store(to + 2 * W, rise + fall);
      store(to + 3 * W, rise - fall);
      to += 4 * W;
    }
  }
  const float* weights = f.weights;
  int first = 0;
  for (; first + TOGETHER <= f.outputs(); first += TOGETHER) {
    panel<TOGETHER, HALVES>(f, first, weights, fold, write);
  }
  rest<TOGETHER - 1, HALVES>(f, first, weights, fold, write);
}

// All results of an axis for one register of channels: the inputs lie `stride` floats apart, of n lanes;
// `write(o, value)` takes the results. `fold` has room for the folded signal. What lies `ahead` floats
// further will be read next.
template <class Write>
INLINE void apply(const Folded& f, const float* x, int64_t stride, int n, int ahead, float* fold, Write write) {
  if (f.halves) apply<true>(f, x, stride, n, ahead, fold, write);
  else apply<false>(f, x, stride, n, ahead, fold, write);
}

// The same, with the results `apart` floats apart. One copy for all: those above are long to compile.
__attribute__((noinline)) static void apply(const Folded& f, const float* x, int64_t stride, int n, int ahead,
                                            float* fold, float* to, int64_t apart) {
  apply(f, x, stride, n, ahead, fold, [=](int o, vec v) { store(to + o * apart, v); });
}

} // namespace ideal
