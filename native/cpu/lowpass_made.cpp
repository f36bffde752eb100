// Blurs of a map that is made where they read it, and never written: of a max-pool, and of a
// normalised activation.
#include "lowpass.h"
#include "maxpool.h"

struct PooledLowpass {
  Lowpass blur;
  Window window;
};

// scratch: a line, then the rows that are held
KERNEL(lowpass_pooled, PooledLowpass) {
  Band band = bandOf(p.blur, task);
  const float* image = p.blur.x + band.image * p.window.h * p.window.w * p.window.c;
  int64_t width = static_cast<int64_t>(p.blur.w) * p.blur.c;
  float* line = reinterpret_cast<float*>(scratch);
  auto make = [&](int row, float* to) { pooledRow(p.window, image, row, to); };
  MadeRows<decltype(make)> source(line + width, width, p.blur.slots, make);
  filterBand(p.blur, band.image, band.begin, band.end, line, source);
}

struct NormalizedLowpass {
  Lowpass blur;
  const float* statistics; // the means of all channels, then the variances
  const float* gamma;
  const float* beta;
  double epsilon;
};

// max(0, (x - mean) * scale + beta) for B registers of channels; as normalize.cpp has it, to the bit.
template <int B, bool WHOLE>
static INLINE void activate(const float* x, float* y, const float* mean, const float* scale,
                            const float* beta, int64_t pixels, int64_t c, int n) {
  vec m[B], s[B], b[B];
  auto get = [n](const float* p) { return WHOLE ? load(p) : load(p, n); };
#pragma GCC unroll 4
  for (int i = 0; i < B; i++) {
    m[i] = get(mean + i * W);
    s[i] = get(scale + i * W);
    b[i] = get(beta + i * W);
  }
  for (; pixels > 0; pixels--, x += c, y += c)
#pragma GCC unroll 4
    for (int i = 0; i < B; i++) {
      vec v = relu((get(x + i * W) - m[i]) * s[i] + b[i]);
      WHOLE ? store(y + i * W, v) : store(y + i * W, v, n);
    }
}

// scratch: a line, a factor for each channel, then the rows that are held
KERNEL(lowpass_normalized, NormalizedLowpass) {
  Band band = bandOf(p.blur, task);
  int64_t c = p.blur.c, w = p.blur.w, width = w * c;
  const float* image = p.blur.x + band.image * p.blur.h * width;
  float* line = reinterpret_cast<float*>(scratch);
  float* scale = line + width;
  for (int i = 0; i < c; i++)
    scale[i] = static_cast<float>(p.gamma[i] * (1 / __builtin_sqrt(p.statistics[c + i] + p.epsilon)));
  auto make = [&](int row, float* to) {
    const float* x = image + row * width;
    int64_t k = 0;
    for (; k + 4 * W <= c; k += 4 * W)
      activate<4, true>(x + k, to + k, p.statistics + k, scale + k, p.beta + k, w, c, W);
    for (; k + W <= c; k += W)
      activate<1, true>(x + k, to + k, p.statistics + k, scale + k, p.beta + k, w, c, W);
    if (k < c)
      activate<1, false>(x + k, to + k, p.statistics + k, scale + k, p.beta + k, w, c,
                         static_cast<int>(c - k));
  };
  MadeRows<decltype(make)> source(scale + c, width, p.blur.slots, make);
  filterBand(p.blur, band.image, band.begin, band.end, line, source);
}
