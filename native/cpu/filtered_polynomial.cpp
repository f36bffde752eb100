// The alias-free activation, down(p(up(x))), and its gradients, with no tensor on the fine grid. What
// they mean: graph/op/FilteredPolynomial.java, FilteredPolynomialBackward.java.
//
// A task has one sample and one register of its channels. Rows are resampled first; then each fine row
// is resampled, goes through the polynomial and comes back while it is in the first cache level; rows
// are resampled back last. What lies between fits the second cache level: a map of fine rows, or two.
#include "folded.h"

using namespace ideal;

namespace {

constexpr int MOST = 9; // coefficients

// The coefficients of a register of channels.
struct Coefficients {
  int degree;
  vec a[MOST];

  Coefficients(const float* p, int degree, int shared, int64_t c0, int n) : degree(degree) {
    for (int k = 0; k <= degree; k++) {
      float each[W] = {};
      for (int l = 0; l < n; l++) each[l] = p[(shared ? 0 : (c0 + l) * (degree + 1)) + k];
      a[k] = load(each);
    }
  }

  INLINE vec value(vec x) const {
    vec sum = a[degree];
    for (int k = degree - 1; k >= 0; k--) sum = sum * x + a[k];
    return sum;
  }

  INLINE vec slope(vec x) const {
    vec sum{};
    for (int k = degree; k >= 1; k--) sum = sum * x + a[k] * static_cast<float>(k);
    return sum;
  }
};

INLINE void put(float* to, vec v, int lanes, int32_t streams) {
  if (streams) stream(to, v);
  else store(to, v, lanes);
}

} // namespace

struct FilteredPolynomial {
  const float* x;
  const float* a;
  const float* dy;   // backwards
  float* y;          // or dx
  float* partial;    // backwards: [sample][coefficient][channel]
  Axis up_rows, up_cols, down_rows, down_cols;
  int32_t c, degree, shared;
  int32_t streams;   // whether y is written past the caches; then c is whole registers
};

KERNEL(filtered_polynomial, FilteredPolynomial) {
  int64_t blocks = (p.c + W - 1) / W, n = task / blocks, c0 = task % blocks * W;
  int lanes = static_cast<int>(min(W, p.c - c0));
  float* at = reinterpret_cast<float*>(scratch);
  Folded up_rows = folded(p.up_rows, at), up_cols = folded(p.up_cols, at);
  Folded down_rows = folded(p.down_rows, at), down_cols = folded(p.down_cols, at);
  int h = up_rows.in, w = up_cols.in, fine_h = up_rows.out, fine_w = up_cols.out;
  int out_h = down_rows.out, out_w = down_cols.out;
  at += -reinterpret_cast<intptr_t>(at) / 4 & (W - 1); // whole registers again
  float* fold = at;
  at += (h + w + fine_h + fine_w + 4) * W; // more than the longest
  float* tall = at; // [fine row][w], and then in its place [out_w]
  const int64_t line = max(w, out_w) * W;
  float* row = tall + fine_h * line;
  Coefficients polynomial(p.a, p.degree, p.shared, c0, lanes);

  const float* x = p.x + n * h * w * p.c + c0;
  for (int j = 0; j < w; j++) {
    apply(up_rows, x + static_cast<int64_t>(j) * p.c, static_cast<int64_t>(w) * p.c, lanes, p.c, fold,
          tall + j * W, line);
  }
  for (int o = 0; o < fine_h; o++) {
    float* to = tall + o * line;
    apply(up_cols, to, W, W, 0, fold, [&](int q, vec v) { store(row + q * W, polynomial.value(v)); });
    apply(down_cols, row, W, W, 0, fold, to, W);
  }
  float* y = p.y + n * out_h * out_w * p.c + c0;
  for (int j = 0; j < out_w; j++) {
    apply(down_rows, tall + j * W, line, W, 0, fold, [&](int o, vec v) {
      put(y + (static_cast<int64_t>(o) * out_w + j) * p.c, v, lanes, p.streams);
    });
  }
  if (p.streams) fence();
}

KERNEL(filtered_polynomial_backward, FilteredPolynomial) {
  int64_t blocks = (p.c + W - 1) / W, n = task / blocks, c0 = task % blocks * W;
  int lanes = static_cast<int>(min(W, p.c - c0));
  float* at = reinterpret_cast<float*>(scratch);
  Folded up_rows = folded(p.up_rows, at), up_cols = folded(p.up_cols, at);
  Folded rows_back = folded(p.up_rows.turned(), at), cols_back = folded(p.up_cols.turned(), at);
  Folded dy_rows = folded(p.down_rows.turned(), at), dy_cols = folded(p.down_cols.turned(), at);
  int h = up_rows.in, w = up_cols.in, fine_h = up_rows.out, fine_w = up_cols.out;
  int out_h = dy_rows.in, out_w = dy_cols.in;
  at += -reinterpret_cast<intptr_t>(at) / 4 & (W - 1); // whole registers again
  float* fold = at;
  at += (h + w + fine_h + fine_w + 4) * W; // more than the longest
  float* tall = at;                                            // x, and then dx: [fine row][w]
  float* tall_dy = tall + static_cast<int64_t>(fine_h) * w * W; // [fine row][out_w]
  float* row = tall_dy + static_cast<int64_t>(fine_h) * out_w * W;
  float* row_dy = row + static_cast<int64_t>(fine_w) * W;
  Coefficients polynomial(p.a, p.degree, p.shared, c0, lanes);

  const float* x = p.x + n * h * w * p.c + c0;
  for (int j = 0; j < w; j++) {
    apply(up_rows, x + static_cast<int64_t>(j) * p.c, static_cast<int64_t>(w) * p.c, lanes, p.c, fold,
          tall + j * W, static_cast<int64_t>(w) * W);
  }
  const float* dy = p.dy + n * out_h * out_w * p.c + c0;
  for (int j = 0; j < out_w; j++) {
    apply(dy_rows, dy + static_cast<int64_t>(j) * p.c, static_cast<int64_t>(out_w) * p.c, lanes, p.c, fold,
          tall_dy + j * W, static_cast<int64_t>(out_w) * W);
  }
  vec sums[MOST] = {};
  for (int o = 0; o < fine_h; o++) {
    float* line = tall + static_cast<int64_t>(o) * w * W;
    apply(up_cols, line, W, W, 0, fold, row, W);
    apply(dy_cols, tall_dy + static_cast<int64_t>(o) * out_w * W, W, W, 0, fold, row_dy, W);
    vec ours[MOST] = {}; // of this row: sums of few terms first
    for (int q = 0; q < fine_w; q++) {
      vec u = load(row + q * W), g = load(row_dy + q * W), power = g;
      for (int k = 0; k <= p.degree; k++) {
        ours[k] += power;
        power *= u;
      }
      store(row + q * W, g * polynomial.slope(u));
    }
    for (int k = 0; k <= p.degree; k++) sums[k] += ours[k];
    apply(cols_back, row, W, W, 0, fold, line, W);
  }
  for (int k = 0; k <= p.degree; k++) {
    store(p.partial + (n * (p.degree + 1) + k) * p.c + c0, sums[k], lanes);
  }
  float* dx = p.y + n * h * w * p.c + c0;
  for (int j = 0; j < w; j++) {
    apply(rows_back, tall + j * W, static_cast<int64_t>(w) * W, W, 0, fold, [&](int o, vec v) {
      put(dx + (static_cast<int64_t>(o) * w + j) * p.c, v, lanes, p.streams);
    });
  }
  if (p.streams) fence();
}
