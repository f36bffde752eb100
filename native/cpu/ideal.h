// One axis of an ideal resampling: its matrix in panels of results, and a panel's product with
// registers of channels. What it means: graph/op/IdealResample.java.
#pragma once

#include "kernel.h"

namespace ideal {

constexpr int ROWS = W == 16 ? 8 : 4; // results computed together, by two registers of channels

struct Axis {
  const float* matrix; // to x from
  int32_t from, to;
  int32_t transposed;
  int32_t padding;

  int in() const { return transposed ? to : from; }
  int out() const { return transposed ? from : to; }
  // Floats of the packed matrix.
  int64_t packed(int rows) const { return int64_t(out() + rows - 1) / rows * rows * in(); }
  Axis turned() const { return {matrix, from, to, !transposed, 0}; }
};

// The matrix in panels of `rows` results: [panel][in][rows], zeros behind the last.
static inline void pack(const Axis& a, int rows, float* to) {
  for (int o = 0; o < a.out(); o += rows) {
    for (int i = 0; i < a.in(); i++) {
      for (int r = 0; r < rows; r++, to++) {
        int64_t j = o + r;
        *to = j >= a.out() ? 0 : a.transposed ? a.matrix[i * int64_t(a.from) + j] : a.matrix[j * a.from + i];
      }
    }
  }
}

} // namespace ideal
