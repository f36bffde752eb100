// Max-pooling and its gradient.
#include "maxpool.h"

struct MaxPool {
  const float* x;
  const float* dy; // of the gradient only
  float* y;        // or dx
  Window window;
  int32_t band; // rows of the result in a task
  int32_t streams;
};

KERNEL(maxpool, MaxPool) {
  const Window& q = p.window;
  int64_t bands = (q.ho + p.band - 1) / p.band, image = task / bands;
  int begin = static_cast<int>(task % bands) * p.band;
  int end = static_cast<int>(min(q.ho, begin + p.band));
  const float* x = p.x + image * q.h * q.w * q.c;
  for (int i = begin; i < end; i++) {
    pooledRow(q, x, i, p.y + (image * q.ho + i) * q.wo * q.c);
  }
}

// ---- gradient: any window ----

// Adds the gradients of output row i to rows begin .. end - 1 of dx.
static INLINE void scatterRow(const MaxPool& p, int64_t image, int i, int begin, int end) {
  const Window& q = p.window;
  int64_t c = q.c, width = q.w * c;
  Span rows = spanOf(i * q.strideH - q.padH, q.kernelH, q.h);
  const float* x = p.x + image * q.h * width;
  float* dx = p.y + image * q.h * width;
  const float* dy = p.dy + (image * q.ho + i) * q.wo * c;
  for (int o = 0; o < q.wo; o++, dy += c) {
    Span cols = spanOf(o * q.strideW - q.padW, q.kernelW, q.w);
    for (int64_t k = 0; k < c; k += W) {
      int m = static_cast<int>(min(W, c - k));
      vec most = load(x + rows.begin * width + cols.begin * c + k, m);
      vec place = {}, at = {}; // of the window, as small whole floats
      for (int h = rows.begin; h < rows.end; h++)
        for (int w = cols.begin; w < cols.end; w++, at += 1) {
          vec next = load(x + h * width + w * c + k, m);
          lanes takes = above(next, most) | isNan(next);
          most = pick(takes, next, most);
          place = pick(takes, at, place);
        }
      vec given = load(dy + k, m);
      at = vec{};
      for (int h = rows.begin; h < rows.end; h++)
        for (int w = cols.begin; w < cols.end; w++, at += 1) {
          if (h < begin || h >= end) continue;
          float* to = dx + h * width + w * c + k;
          store(to, load(to, m) + (place == at ? given : vec{}), m);
        }
    }
  }
}

// The first output row whose window reaches row h or lies below it.
static INLINE int firstBelow(const Window& q, int h) {
  int n = h + q.padH - q.kernelH + 1;
  return n <= 0 ? 0 : (n + q.strideH - 1) / q.strideH;
}

KERNEL(maxpool_gradient, MaxPool) {
  const Window& q = p.window;
  int64_t bands = (q.h + p.band - 1) / p.band, image = task / bands, width = static_cast<int64_t>(q.w) * q.c;
  int begin = static_cast<int>(task % bands) * p.band;
  int end = static_cast<int>(min(q.h, begin + p.band));
  float* dx = p.y + image * q.h * width;
  int zeroed = begin;
  for (int i = firstBelow(q, begin); i < q.ho && i * q.strideH - q.padH < end; i++) {
    // just before they are wanted, so that they are still in the cache
    int below = static_cast<int>(min(end, max(zeroed, i * q.strideH - q.padH + q.kernelH)));
    for (float* z = dx + zeroed * width; z < dx + below * width; z++) *z = 0;
    zeroed = below;
    scatterRow(p, image, i, begin, end);
  }
  for (float* z = dx + zeroed * width; z < dx + end * width; z++) *z = 0;
}

// ---- gradient: windows of 2x2 at stride 1, before the blur of a max-pool without aliasing ----

// One output row of N registers of channels: what it gives to the row of x above it is complete with
// `carried`, what the row before gave; what it gives to the row below is carried on.
template <int N, bool STREAM>
static INLINE void pairRow(const float* x, int64_t width, const float* dy, float* carried, float* dx,
                           int wo, int64_t c, int m) {
  auto get = [m](const float* p) { return N > 0 ? load(p) : load(p, m); };
  auto put = [m](float* p, vec v) {
    N > 0 ? STREAM ? stream(p, v) : store(p, v) : store(p, v, m);
  };
  auto keep = [m](float* p, vec v) { N > 0 ? store(p, v) : store(p, v, m); };
  constexpr int K = N > 0 ? N : 1;
  vec above0[K], below0[K], up[K], down[K];
#pragma GCC unroll 4
  for (int k = 0; k < K; k++) {
    above0[k] = get(x + k * W);
    below0[k] = get(x + width + k * W);
    up[k] = down[k] = vec{};
  }
  for (int o = 0; o < wo; o++) {
    x += c;
#pragma GCC unroll 4
    for (int k = 0; k < K; k++) {
      vec above1 = get(x + k * W), below1 = get(x + width + k * W), given = get(dy + k * W);
      __builtin_prefetch(x + 2 * width + k * W, 0, 2); // the next row of each
      __builtin_prefetch(dy + wo * c + k * W, 0, 2);
      lanes second = above(above1, above0[k]) | isNan(above1);
      vec most = pick(second, above1, above0[k]);
      lanes third = above(below0[k], most) | isNan(below0[k]);
      most = pick(third, below0[k], most);
      lanes fourth = above(below1, most) | isNan(below1);
      put(dx + k * W, get(carried + k * W) + up[k] + pick(second | third | fourth, vec{}, given));
      up[k] = pick(third | fourth, vec{}, pick(second, given, vec{}));
      keep(carried + k * W, down[k] + pick(fourth, vec{}, pick(third, given, vec{})));
      down[k] = pick(fourth, given, vec{});
      above0[k] = above1;
      below0[k] = below1;
    }
    dy += c;
    carried += c;
    dx += c;
  }
#pragma GCC unroll 4
  for (int k = 0; k < K; k++) {
    put(dx + k * W, get(carried + k * W) + up[k]);
    keep(carried + k * W, down[k]);
  }
}

template <bool STREAM>
static INLINE void pairRows(const float* x, int64_t width, const float* dy, float* carried, float* dx,
                            int wo, int64_t c) {
  constexpr int N = W == 16 ? 4 : 2; // as many as there are registers for
  int64_t k = 0;
  for (; k + N * W <= c; k += N * W)
    pairRow<N, STREAM>(x + k, width, dy + k, carried + k, dx + k, wo, c, W);
  for (; k + W <= c; k += W)
    pairRow<1, STREAM>(x + k, width, dy + k, carried + k, dx + k, wo, c, W);
  if (k < c)
    pairRow<0, false>(x + k, width, dy + k, carried + k, dx + k, wo, c, static_cast<int>(c - k));
}

// scratch: two rows of x
KERNEL(maxpool_gradient_2x2, MaxPool) {
  const Window& q = p.window;
  int64_t bands = (q.h + p.band - 1) / p.band, image = task / bands, c = q.c, width = q.w * c;
  int begin = static_cast<int>(task % bands) * p.band;
  int end = static_cast<int>(min(q.h, begin + p.band));
  const float* x = p.x + image * q.h * width;
  const float* dy = p.dy + image * q.ho * q.wo * c;
  float* dx = p.y + image * q.h * width;
  float* carried = reinterpret_cast<float*>(scratch);
  for (int64_t i = 0; i < width; i++) carried[i] = 0;
  if (begin > 0) { // what comes down from the row above; what stays there is another task's
    int above = begin - 1;
    pairRows<false>(x + above * width, width, dy + above * q.wo * c, carried, carried + width, q.wo, c);
  }
  for (int i = begin; i < min(end, q.ho); i++) {
    const float* row = x + i * width;
    const float* given = dy + static_cast<int64_t>(i) * q.wo * c;
    p.streams ? pairRows<true>(row, width, given, carried, dx + i * width, q.wo, c)
              : pairRows<false>(row, width, given, carried, dx + i * width, q.wo, c);
  }
  if (end == q.h) {
    float* last = dx + (q.h - 1) * width;
    for (int64_t i = 0; i < width; i++) last[i] = carried[i];
  }
  if (p.streams) fence();
}
