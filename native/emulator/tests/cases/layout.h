// layout.h - small launches of kernels/layout.cu, against plain loops over indices.
#include "layout.cu"
#include "values.h"

// Units of `width` bytes, all different where a byte can tell.
struct Units {
  int width;
  test::Buffer<u8> bytes;
  Units(int width, i64 n) : width(width), bytes(n * width) {}
  void number() {
    for (i64 i = 0; i < bytes.count; i++)
      bytes.data[i] = static_cast<u8>(i / width * 7 + i % width * 31);
  }
  bool same(i64 i, const Units& other, i64 j) const {
    return !memcmp(bytes.data + i * width, other.bytes.data + j * width, width);
  }
  bool zero(i64 i) const {
    for (int k = 0; k < width; k++)
      if (bytes[i * width + k]) return false;
    return true;
  }
  bool untouched(i64 i) const {
    for (int k = 0; k < width; k++)
      if (bytes[i * width + k] != 0xff) return false;
    return true;
  }
};

template <class P>
static void launchUnits(const char* stem, int width, dim3 grid, u32 threads, const P& p) {
  test::Name kernel("layout_%s_%d", stem, width);
  test::launch(kernel, grid, {threads}, 0, p);
}

// The last row of the narrower side ends where memory ends, as that of a slice's x may.
static void checkRuns(int width, i64 rows, i64 xPitch, i64 yPitch, int length) {
  Units x(width, (rows - 1) * xPitch + length), y(width, (rows - 1) * yPitch + length);
  x.number();
  launchUnits("runs", width, {1}, 32,
              RunsParams{x.bytes, y.bytes, rows * length, xPitch, yPitch, length});
  for (i64 row = 0; row < rows; row++)
    for (i64 at = 0; at < yPitch && row * yPitch + at < y.bytes.count / width; at++)
      EXPECT(at < length ? y.same(row * yPitch + at, x, row * xPitch + at)
                         : y.untouched(row * yPitch + at));
}
CASE(runs) {
  for (int width : {1, 2, 4, 8, 16}) {
    checkRuns(width, 1, 1, 1, 1);
    checkRuns(width, 7, 9, 3, 3);    // a slice
    checkRuns(width, 33, 2, 7, 2);   // a part of a concatenation
  }
}

// Of x (dims), y's axis a is x's axis order[a].
static void checkPermute(int width, std::initializer_list<int> dims,
                         std::initializer_list<int> order) {
  int rank = static_cast<int>(dims.size());
  i64 strides[6], total = 1;
  for (int a = rank - 1; a >= 0; a--) strides[a] = total, total *= dims.begin()[a];
  Units x(width, total), y(width, total);
  x.number();
  PermuteParams p = {x.bytes, y.bytes, total, rank, {1, 1, 1, 1, 1, 1}, {}};
  for (int a = 0; a < rank; a++) {
    p.dims[a] = dims.begin()[order.begin()[a]];
    p.strides[a] = strides[order.begin()[a]];
  }
  launchUnits("permute", width, {2}, 32, p);
  for (i64 i = 0; i < total; i++) {
    i64 rest = i, from = 0;
    for (int a = rank - 1; a >= 0; a--) {
      from += rest % p.dims[a] * p.strides[a];
      rest /= p.dims[a];
    }
    EXPECT(y.same(i, x, from));
  }
}
CASE(permutations) {
  for (int width : {1, 2, 4, 8, 16}) {
    checkPermute(width, {}, {});
    checkPermute(width, {3, 7}, {1, 0});
    checkPermute(width, {2, 3, 9}, {1, 0, 2});
    checkPermute(width, {2, 3, 2, 3, 2, 3}, {5, 3, 1, 4, 2, 0});
  }
}

static void checkTranspose(int width, u32 batch, int rows, int cols) {
  i64 n = static_cast<i64>(batch) * rows * cols;
  Units x(width, n), y(width, n);
  x.number();
  u32 tiles = batch * static_cast<u32>(ceilDiv(rows, 32) * ceilDiv(cols, 32));
  launchUnits("transpose", width, {tiles}, 256, TransposeParams{x.bytes, y.bytes, rows, cols});
  for (i64 i = 0; i < n; i++) {
    i64 col = i % cols, row = i / cols % rows, plane = i / cols / rows;
    EXPECT(y.same((plane * cols + col) * rows + row, x, i));
  }
}
CASE(transposes) {
  for (int width : {1, 2, 4, 8}) {
    checkTranspose(width, 1, 33, 7);
    checkTranspose(width, 2, 3, 32);
  }
  checkTranspose(4, 1, 1, 65);
}

// ---- pad and fold -------------------------------------------------------------------------------

struct Border {
  int top, bottom, left, right;
};

// Borders within what ops allow: REFLECT below the extent, CIRCULAR up to it.
template <class Check>
static void eachBorder(const Check& check) {
  for (int mode : {ZERO, REFLECT, REPLICATE, CIRCULAR}) {
    check(mode, 3, 5, Border{1, 2, 4, 0});
    check(mode, 2, 3, Border{1, 1, 2, 2});
    if (mode != REFLECT) check(mode, 1, 1, Border{1, 1, 1, 0});
    if (mode == ZERO || mode == REPLICATE) check(mode, 1, 2, Border{3, 0, 0, 5});
  }
}

// Where element i of the padded map comes from, or -1.
static i64 sampleAt(const PadParams& p, i64 i) {
  int tall = p.h + p.top + p.bottom, wide = p.w + p.left + p.right;
  i64 c = i % p.c, image = i / p.c / wide / tall;
  int y = boundaryIndex(p.mode, static_cast<int>(i / p.c / wide % tall) - p.top, p.h);
  int x = boundaryIndex(p.mode, static_cast<int>(i / p.c % wide) - p.left, p.w);
  return y < 0 || x < 0 ? -1 : ((image * p.h + y) * p.w + x) * p.c + c;
}

static PadParams padding(const void* x, void* y, int h, int w, int c, int mode, Border b) {
  return {x, y, 2, h, w, c, mode, b.top, b.bottom, b.left, b.right};
}
static i64 padded(int h, int w, int c, Border b) {
  return 2ll * (h + b.top + b.bottom) * (w + b.left + b.right) * c;
}

CASE(pads) {
  for (int width : {1, 2, 4, 8, 16})
    eachBorder([=](int mode, int h, int w, Border b) {
      int c = width == 16 ? 1 : 3;
      Units x(width, 2 * h * w * c), y(width, padded(h, w, c, b));
      x.number();
      PadParams p = padding(x.bytes, y.bytes, h, w, c, mode, b);
      launchUnits("pad", width, {2}, 32, p);
      for (i64 i = 0; i < y.bytes.count / width; i++) {
        i64 from = sampleAt(p, i);
        EXPECT(from < 0 ? y.zero(i) : y.same(i, x, from));
      }
    });
}

template <class T>
static void checkFold(const char* kernel, int packs, int V) {
  eachBorder([=](int mode, int h, int w, Border b) {
    int c = packs * V;
    Values<T> x(padded(h, w, c, b), 1);
    test::Buffer<T> y(2 * h * w * c);
    test::Buffer<double> sums(y.count);
    for (i64 i = 0; i < y.count; i++) sums.data[i] = 0;
    PadParams p = padding(x, y, h, w, c, mode, b);
    for (i64 i = 0; i < x.count; i++) {
      i64 to = sampleAt(p, i);
      if (to >= 0) sums.data[to] += load<T>(x, i);
    }
    p.c = packs;
    test::launch(kernel, {2}, {32}, 0, p);
    for (i64 i = 0; i < y.count; i++)
      EXPECT_NEAR(load<T>(y, i), sums[i], fabs(sums[i]) / 256);
  });
}
CASE(folds) {
  checkFold<float>("layout_fold_f32", 3, 1);
  checkFold<bf16>("layout_fold_bf16", 1, 1);
  checkFold<float>("layout_fold_pack_f32", 3, 4);
  checkFold<bf16>("layout_fold_pack_bf16", 1, 8);
}
