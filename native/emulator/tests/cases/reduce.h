// reduce.h - small launches of kernels/reduce.cu, against sums in double. Inputs are multiples of
// 1/8, so sums are exact until they are rounded to the result's type.
#include "reduce.cu"
#include "columns_grid.h"
#include "values.h"

constexpr double FACTOR = 0.375;

// A result of either type.
struct Result {
  int isBf16;
  test::Buffer<u8> y;
  Result(int isBf16, i64 n) : isBf16(isBf16), y(isBf16 ? 2 * n : 4 * n) {}
  void check(i64 i, double sum) const {
    float v = isBf16 ? load<bf16>(y, i) : load<float>(y, i);
    EXPECT_NEAR(v, sum, fabs(sum) / (isBf16 ? 256 : 1 << 22));
  }
};

// ---- any axes: (3, 2, 5, 7), kept and summed in turns -------------------------------------------

template <class T>
static void checkSimple(const char* kernel, int isBf16) {
  Values<T> x(3 * 2 * 5 * 7, 1);
  Result result(isBf16, 3 * 5);
  ReduceParams p = {x,      result.y, 15, 14, {{5, 3, 1, 1}, {7, 70, 0, 0}},
                    {{7, 2, 1, 1}, {1, 35, 0, 0}}, FACTOR, isBf16};
  test::launch(kernel, {1}, {32}, 0, p);
  for (int i = 0; i < 15; i++) {
    double sum = 0;
    for (int b = 0; b < 2; b++)
      for (int d = 0; d < 7; d++) sum += load<T>(x, ((i / 5 * 2 + b) * 5 + i % 5) * 7 + d);
    result.check(i, FACTOR * sum);
  }
}
CASE(anyAxes) {
  checkSimple<float>("reduce_simple_f32", 0);
  checkSimple<float>("reduce_simple_f32", 1);
  checkSimple<bf16>("reduce_simple_bf16", 1);
}

// ---- columns ------------------------------------------------------------------------------------

template <class T>
static void checkColumns(const char* type, int units, int rows, int c, int wanted, int isBf16) {
  Grid g = Grid::of<T>(units, rows, c, wanted);
  Values<T> x(static_cast<i64>(units) * rows * c, 1);
  Result result(isBf16, units * c);
  test::Buffer<float> partial(units * g.slabs * c);
  float* at = g.slabs == 1 ? nullptr : partial.data;
  test::launch(test::Name("reduce_columns_%s%s", g.any(), type), g.blocks, {256}, 0,
               ReduceColumnsParams{x, result.y, at, g.walk, FACTOR, isBf16});
  if (g.slabs > 1) {
    u32 blocks = static_cast<u32>(ceilDiv(units * c, 32));
    test::launch("reduce_finish_columns", {blocks}, {256}, 0,
                 ReduceFinishParams{partial, result.y, units, g.slabs, c, FACTOR, isBf16});
  }
  for (int i = 0; i < units * c; i++) {
    double sum = 0;
    for (int row = 0; row < rows; row++)
      sum += load<T>(x, (static_cast<i64>(i / c) * rows + row) * c + i % c);
    result.check(i, FACTOR * sum);
  }
}
CASE(columnsPacked) {
  checkColumns<float>("f32", 1, 9, 4, 1, 0);      // more lines of threads than rows
  checkColumns<float>("f32", 1, 67, 132, 1, 0);   // two tiles of 17 packs, the last one short
  checkColumns<float>("f32", 2, 33, 12, 9, 1);
  checkColumns<bf16>("bf16", 1, 33, 8, 1, 1);
  checkColumns<bf16>("bf16", 1, 70, 264, 2, 0);
}
CASE(columnsAny) {
  checkColumns<float>("f32", 1, 2, 3, 1, 0);
  checkColumns<float>("f32", 3, 7, 33, 2, 0);
  checkColumns<float>("f32", 1, 5, 129, 1, 0);    // lanes that do not divide the block
  checkColumns<bf16>("bf16", 2, 300, 7, 1, 1);
  checkColumns<bf16>("bf16", 1, 33, 9, 33, 1);
}

// ---- rows ---------------------------------------------------------------------------------------

template <class T>
static void checkRows(const char* kernel, dim3 grid, int rows, int length, int isBf16) {
  Values<T> x(rows * length, 1);
  Result result(isBf16, rows);
  int packed = rows == 1 || length % Pack<T>::N == 0;
  ReduceRowsParams p = {x, result.y, nullptr, rows, length, length, 1, packed, FACTOR, isBf16};
  test::launch(kernel, grid, {256}, 0, p);
  for (int row = 0; row < rows; row++) {
    double sum = 0;
    for (int i = 0; i < length; i++) sum += load<T>(x, row * length + i);
    result.check(row, FACTOR * sum);
  }
}
CASE(rows) {
  checkRows<float>("reduce_rows_f32", {1}, 1, 3, 0);
  checkRows<float>("reduce_rows_f32", {2}, 9, 33, 1);
  checkRows<float>("reduce_rows_f32", {1}, 17, 132, 0);
  checkRows<bf16>("reduce_rows_bf16", {1}, 3, 7, 1);
  checkRows<bf16>("reduce_rows_bf16", {1}, 2, 264, 0);
  checkRows<bf16>("reduce_rows_bf16", {1}, 1, 1023, 0);  // packs and a rest
}

template <class T>
static void checkSegments(const char* kernel, int rows, int length, int perSegment, int isBf16) {
  int segments = ceilDiv(length, perSegment);
  Values<T> x(rows * length, 1);
  Result result(isBf16, rows);
  test::Buffer<float> partial(rows * segments);
  int packed = rows == 1 || length % Pack<T>::N == 0;
  test::launch(kernel, {static_cast<u32>(rows * segments)}, {256}, 0,
               ReduceRowsParams{x, result.y, segments == 1 ? nullptr : partial.data, rows, length,
                                perSegment, segments, packed, FACTOR, isBf16});
  if (segments > 1)
    test::launch("reduce_finish_rows", {static_cast<u32>(rows)}, {256}, 0,
                 ReduceFinishParams{partial, result.y, rows, segments, 1, FACTOR, isBf16});
  for (int row = 0; row < rows; row++) {
    double sum = 0;
    for (int i = 0; i < length; i++) sum += load<T>(x, row * length + i);
    result.check(row, FACTOR * sum);
  }
}
CASE(segments) {
  checkSegments<float>("reduce_segments_f32", 1, 1033, 2048, 0);
  checkSegments<float>("reduce_segments_f32", 2, 1025, 520, 1);  // rows that no 16 bytes fit
  checkSegments<bf16>("reduce_segments_bf16", 2, 1032, 1032, 1);
  checkSegments<bf16>("reduce_segments_bf16", 1, 2051, 1032, 0);
}

// ---- squared norm -------------------------------------------------------------------------------

template <class T>
static void checkNorm(const char* type, int isBf16, std::initializer_list<i64> sizes) {
  Values<T>* tensors[4];
  test::Buffer<double> simple(1);
  Result oracle(isBf16, 1), result(isBf16, 1);
  test::Name simpleKernel("squared_norm_simple_%s", type), kernel("squared_norm_%s", type);
  SquaredNormParams p = {};
  double sum = 0;
  int blocks = 0;
  for (i64 size : sizes) {
    int t = p.tensors++;
    const Values<T>& x = *(tensors[t] = new Values<T>(size, static_cast<u32>(t)));
    for (i64 i = 0; i < size; i++) sum += static_cast<double>(load<T>(x, i)) * load<T>(x, i);
    p.firstBlock[t] = blocks;
    p.x[t] = x;
    p.size[t] = size;
    blocks += static_cast<int>((size + NORM_SEGMENT - 1) / NORM_SEGMENT);
    int first = t == 0, last = p.tensors == static_cast<int>(sizes.size());
    test::launch(simpleKernel, {1}, {256}, 0,
                 SquaredNormSimpleParams{x, simple, oracle.y, size, first, last, isBf16});
  }
  for (int t = p.tensors; t <= NORM_TENSORS; t++) p.firstBlock[t] = blocks;
  test::Buffer<float> partial(blocks);
  p.partial = partial;
  test::launch(kernel, {static_cast<u32>(blocks)}, {256}, 0, p);
  test::launch("reduce_finish_rows", {1}, {256}, 0,
               ReduceFinishParams{partial, result.y, 1, blocks, 1, 1, isBf16});
  oracle.check(0, sum);
  result.check(0, sum);
  for (int t = 0; t < p.tensors; t++) delete tensors[t];
}
CASE(norms) {
  checkNorm<float>("f32", 0, {33, 1, 1027});
  checkNorm<float>("f32", 1, {NORM_SEGMENT + 9});
  checkNorm<bf16>("bf16", 0, {2, NORM_SEGMENT, 7, 515});
}
