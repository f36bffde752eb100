// The alias-free activation, down(p(up(x))), and its gradients, with no tensor on the fine grid. What
// they mean: graph/op/FilteredPolynomial.java, FilteredPolynomialBackward.java.
//
// A task has one sample and one register of its channels. Rows are resampled first; then each fine row
// is resampled, goes through the polynomial and comes back while it is in the first cache level; rows
// are resampled back last. What lies between fits the second cache level: about two maps of fine rows.
#include "ideal.h"

using namespace ideal;

namespace {

constexpr int TOGETHER = W == 16 ? 7 : 3; // even and as many odd results in registers at a time
constexpr int MOST = 9;                   // coefficients

// An axis folded about sample 0. Its matrix M maps a mirrored signal to the mirrored result, M[-o][-i] =
// M[o][i]; so the even and the odd part of a signal are mapped apart, by matrices of half the extents: half
// the products. Weights lie in panels [panel][even inputs, then odd ones][TOGETHER].
struct Folded {
  int in, out;
  const float* weights;

  int even_in() const { return in / 2 + 1; }
  int odd_in() const { return (in - 1) / 2; }
  int half_out() const { return out / 2 + 1; }
};

Folded folded(const Axis& a, float*& at) {
  Folded f{a.in(), a.out(), at};
  auto m = [&](int64_t o, int64_t i) { return a.transposed ? a.matrix[i * a.from + o] : a.matrix[o * a.from + i]; };
  for (int o = 0; o < f.half_out(); o += TOGETHER) {
    for (int parity = 0; parity < 2; parity++) {
      for (int i = parity; i < (parity ? f.odd_in() + 1 : f.even_in()); i++) {
        int mirror = (f.in - i) % f.in;
        for (int r = 0; r < TOGETHER; r++, at++) {
          if (o + r >= f.half_out()) {
            *at = 0;
          } else if (mirror == i) {
            *at = m(o + r, i);
          } else {
            *at = 0.5f * (m(o + r, i) + (parity ? -1 : 1) * m(o + r, mirror));
          }
        }
      }
    }
  }
  return f;
}

// All results of an axis for one register of channels: the inputs lie `stride` floats apart, of n lanes;
// `write(o, value)` takes the results. `fold` has room for the inputs and one more.
template <class Write>
INLINE void apply(const Folded& f, const float* x, int64_t stride, int n, float* fold, Write write) {
  float* odd = fold + f.even_in() * W;
  for (int i = 0; i < f.even_in(); i++) {
    int mirror = (f.in - i) % f.in;
    vec a = load(x + i * stride, n);
    if (mirror == i) {
      store(fold + i * W, a);
    } else {
      vec b = load(x + mirror * stride, n);
      store(fold + i * W, a + b);
      store(odd + (i - 1) * W, a - b);
    }
  }
  const float* weights = f.weights;
  for (int o = 0; o < f.half_out(); o += TOGETHER) {
    vec even[TOGETHER] = {}, uneven[TOGETHER] = {};
    for (int i = 0; i < f.even_in(); i++, weights += TOGETHER) {
      vec v = load(fold + i * W);
#pragma GCC unroll 7
      for (int r = 0; r < TOGETHER; r++) even[r] += all(weights[r]) * v;
    }
    for (int i = 0; i < f.odd_in(); i++, weights += TOGETHER) {
      vec v = load(odd + i * W);
#pragma GCC unroll 7
      for (int r = 0; r < TOGETHER; r++) uneven[r] += all(weights[r]) * v;
    }
#pragma GCC unroll 7
    for (int r = 0; r < TOGETHER; r++) {
      int at = o + r;
      if (at < f.half_out()) {
        write(at, even[r] + uneven[r]);
        int mirror = (f.out - at) % f.out;
        if (mirror != at) write(mirror, even[r] - uneven[r]);
      }
    }
  }
}

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

} // namespace

struct FilteredPolynomial {
  const float* x;
  const float* a;
  const float* dy;   // backwards
  float* y;          // or dx
  float* partial;    // backwards: [sample][coefficient][channel]
  Axis up_rows, up_cols, down_rows, down_cols;
  int32_t c, degree, shared;
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
  at += (h + w + fine_h + fine_w + 2) * W; // more than the longest
  float* tall = at;                                       // [fine row][w]
  float* back = tall + static_cast<int64_t>(fine_h) * w * W; // [fine row][out_w]
  float* row = back + static_cast<int64_t>(fine_h) * out_w * W;
  Coefficients polynomial(p.a, p.degree, p.shared, c0, lanes);

  const float* x = p.x + n * h * w * p.c + c0;
  for (int j = 0; j < w; j++) {
    apply(up_rows, x + static_cast<int64_t>(j) * p.c, static_cast<int64_t>(w) * p.c, lanes, fold,
          [&](int o, vec v) { store(tall + (static_cast<int64_t>(o) * w + j) * W, v); });
  }
  for (int o = 0; o < fine_h; o++) {
    apply(up_cols, tall + static_cast<int64_t>(o) * w * W, W, W, fold,
          [&](int q, vec v) { store(row + q * W, polynomial.value(v)); });
    apply(down_cols, row, W, W, fold, [&](int q, vec v) { store(back + (static_cast<int64_t>(o) * out_w + q) * W, v); });
  }
  float* y = p.y + n * out_h * out_w * p.c + c0;
  for (int j = 0; j < out_w; j++) {
    apply(down_rows, back + j * W, static_cast<int64_t>(out_w) * W, W, fold, [&](int o, vec v) {
      store(y + (static_cast<int64_t>(o) * out_w + j) * p.c, v, lanes);
    });
  }
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
  at += (h + w + fine_h + fine_w + 2) * W; // more than the longest
  float* tall = at;                                            // x, and then dx: [fine row][w]
  float* tall_dy = tall + static_cast<int64_t>(fine_h) * w * W; // [fine row][out_w]
  float* row = tall_dy + static_cast<int64_t>(fine_h) * out_w * W;
  float* row_dy = row + static_cast<int64_t>(fine_w) * W;
  Coefficients polynomial(p.a, p.degree, p.shared, c0, lanes);

  const float* x = p.x + n * h * w * p.c + c0;
  for (int j = 0; j < w; j++) {
    apply(up_rows, x + static_cast<int64_t>(j) * p.c, static_cast<int64_t>(w) * p.c, lanes, fold,
          [&](int o, vec v) { store(tall + (static_cast<int64_t>(o) * w + j) * W, v); });
  }
  const float* dy = p.dy + n * out_h * out_w * p.c + c0;
  for (int j = 0; j < out_w; j++) {
    apply(dy_rows, dy + static_cast<int64_t>(j) * p.c, static_cast<int64_t>(out_w) * p.c, lanes, fold,
          [&](int o, vec v) { store(tall_dy + (static_cast<int64_t>(o) * out_w + j) * W, v); });
  }
  vec sums[MOST] = {};
  for (int o = 0; o < fine_h; o++) {
    float* line = tall + static_cast<int64_t>(o) * w * W;
    apply(up_cols, line, W, W, fold, [&](int q, vec v) { store(row + q * W, v); });
    apply(dy_cols, tall_dy + static_cast<int64_t>(o) * out_w * W, W, W, fold,
          [&](int q, vec v) { store(row_dy + q * W, v); });
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
    apply(cols_back, row, W, W, fold, [&](int q, vec v) { store(line + q * W, v); });
  }
  for (int k = 0; k <= p.degree; k++) {
    store(p.partial + (n * (p.degree + 1) + k) * p.c + c0, sums[k], lanes);
  }
  float* dx = p.y + n * h * w * p.c + c0;
  for (int j = 0; j < w; j++) {
    apply(rows_back, tall + j * W, static_cast<int64_t>(w) * W, W, fold, [&](int o, vec v) {
      store(dx + (static_cast<int64_t>(o) * w + j) * p.c, v, lanes);
    });
  }
}
