// Blur, blur-pool, upsampling, average-pooling, with their borders, and the gradient of each.
#include "lowpass.h"

struct RowsOfImage {
  static constexpr bool AHEAD = true; // the next row lies behind the last
  const float* image;
  int64_t width;

  INLINE void rows(const Term* terms, int count, const float** from) const {
    for (int t = 0; t < count; t++) from[t] = image + terms[t].at * width;
  }
};

KERNEL(lowpass, Lowpass) {
  Band band = bandOf(p, task);
  int64_t width = static_cast<int64_t>(p.w) * p.c;
  RowsOfImage source{p.x + band.image * p.h * width, width};
  filterBand(p, band.image, band.begin, band.end, reinterpret_cast<float*>(scratch), source);
}
