// resample.cu - zero-stuff by `up`, correlate with `taps`, keep every `down`-th sample, an axis at
// a time. What it means and why its gradient is itself: graph/op/Resample.java. Launched by:
// backend/cuda/ResampleCuda.java.
#include "common.cuh"

// Spaces: in (samples) - up (zero-stuffed) - out.   up = out * down + k - before,   in = up / factor
struct Axis {
  int count, up, down, before;
  float taps[16];
};

struct ResampleParams {
  const void* x;  // (n, h, w, c)
  void* y;        // (n, ho, wo, c)
  int n, h, w, c, ho, wo;
  Axis rows, cols;
};

// One thread, one output; neighbours differ in c, so every access is coalesced. The oracle of every
// faster variant, and the way for any taps and factors.
template <class T>
DEVICE void resample(const ResampleParams& p) {
  i64 total = static_cast<i64>(p.n) * p.ho * p.wo * p.c;
  for (i64 i = globalThread(); i < total; i += gridThreads()) {
    int c = static_cast<int>(i % p.c);
    i64 pixel = i / p.c;
    int ox = static_cast<int>(pixel % p.wo);
    int oy = static_cast<int>(pixel / p.wo % p.ho);
    i64 image = pixel / p.wo / p.ho;
    int firstY = oy * p.rows.down - p.rows.before;
    int firstX = ox * p.cols.down - p.cols.before;
    float sum = 0;
    // taps between real samples meet zeros, so both loops step by `up`
    for (int j = floorMod(-firstY, p.rows.up); j < p.rows.count; j += p.rows.up) {
      int iy = (firstY + j) / p.rows.up;
      if (firstY + j < 0 || iy >= p.h) continue;
      float line = 0;
      for (int k = floorMod(-firstX, p.cols.up); k < p.cols.count; k += p.cols.up) {
        int ix = (firstX + k) / p.cols.up;
        if (firstX + k < 0 || ix >= p.w) continue;
        line = fmaf(p.cols.taps[k], load<T>(p.x, ((image * p.h + iy) * p.w + ix) * p.c + c), line);
      }
      sum = fmaf(p.rows.taps[j], line, sum);
    }
    store<T>(p.y, i, sum);
  }
}

KERNEL(256) resample_f32(ResampleParams p) { resample<float>(p); }
EXPORT(resample_f32)
KERNEL(256) resample_bf16(ResampleParams p) { resample<bf16>(p); }
EXPORT(resample_bf16)
