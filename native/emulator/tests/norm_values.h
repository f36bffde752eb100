// norm_values.h - the operands of a normalisation, and what an element's set is.
#pragma once
#include "columns_grid.h"
#include "values.h"

// (n, pixels, c) with sets of channels (groups = 0), of pixels (-1), or of groups.
template <class T>
struct Norm {
  int n, pixels, c, kind;
  Sets over;
  Values<T> x, dy;
  test::Buffer<float> statistics, gamma, beta;

  static Sets setsOf(int n, int pixels, int c, int kind) {
    int all = n * pixels, groups = kind == 0 ? c : kind < 0 ? 1 : kind;
    int units = kind == 0 ? 1 : kind < 0 ? all : n;
    int run = c / groups;
    double count = static_cast<double>(all / units) * run;
    return {units * groups, all / units, count, c, groups, run, static_cast<float>(1 / count)};
  }
  Norm(int n, int pixels, int c, int kind)
      : n(n), pixels(pixels), c(c), kind(kind), over(setsOf(n, pixels, c, kind)),
        x(n * pixels * c, 1), dy(n * pixels * c, 2), statistics(2 * over.sets), gamma(c), beta(c) {
    for (i64 i = 0; i < over.sets; i++) {
      statistics[i] = static_cast<float>(i % 5) / 4;
      statistics[over.sets + i] = 0.5f + static_cast<float>(i % 3);
    }
    for (int i = 0; i < c; i++) {
      gamma[i] = 1 - static_cast<float>(i % 4) / 4;
      beta[i] = static_cast<float>(i % 7) / 8 - 0.25f;
    }
  }
  i64 size() const { return x.count; }
  i64 set(i64 i) const { return setOf(over, i / c, static_cast<int>(i % c)); }
  double r(i64 i) const { return 1 / sqrt(statistics[over.sets + set(i)] + 0.125); }
  double hat(i64 i) const { return (load<T>(x, i) - statistics[set(i)]) * r(i); }
  double y(i64 i) const { return hat(i) * gamma[i % c] + beta[i % c]; }
  Grid grid(int slabs) const {
    return kind < 0 ? Grid::of<T>(1, n * pixels, c, slabs)
                    : Grid::of<T>(static_cast<int>(over.sets / over.groups),
                                  static_cast<int>(over.rows), c, slabs);
  }
  Grid flat() const { return Grid::of<T>(1, n * pixels, c, 1); }
  const char* type() const { return sizeof(T) == 2 ? "bf16" : "f32"; }
};
