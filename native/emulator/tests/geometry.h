// geometry.h - a convolution's extents, and its sum told once more as a plain loop.
#pragma once
#include "values.h"

struct Geometry {
  int n, h, w, c, o, kh, kw;
  int strideH, strideW, dilationH, dilationW, top, left, ho, wo;
  int groups, circular;

  i64 inputs() const { return static_cast<i64>(n) * h * w * c; }
  i64 outputs() const { return static_cast<i64>(n) * ho * wo * o; }
  i64 weights() const { return static_cast<i64>(o) * taps(); }
  int taps() const { return kh * kw * (c / groups); }

  // Every product of the sum: indices of x, w and y.
  template <class Visit>
  void each(const Visit& visit) const {
    int ci = c / groups, co = o / groups;
    for (i64 at = 0; at < outputs(); at++) {
      int channel = static_cast<int>(at % o), ox = static_cast<int>(at / o % wo);
      int oy = static_cast<int>(at / o / wo % ho);
      i64 image = at / o / wo / ho;
      for (int k = 0; k < taps(); k++) {
        int iy = oy * strideH - top + k / ci / kw * dilationH;
        int ix = ox * strideW - left + k / ci % kw * dilationW;
        if (circular) iy = floorMod(iy, h), ix = floorMod(ix, w);
        if (iy < 0 || iy >= h || ix < 0 || ix >= w) continue;
        visit(((image * h + iy) * w + ix) * c + channel / co * ci + k % ci,
              static_cast<i64>(channel) * taps() + k, at);
      }
    }
  }
};
