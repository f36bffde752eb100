// matmul_products.h - products of matrices on an engine, against a plain loop.
#pragma once
#include "products.h"

// `way`: nn, nt, tn, tt, as in the kernels' names.
template <class T>
static void checkMatMul(const Engine& engine, const char* way, int m, int n, int k,
                        int slabDepth) {
  bool tA = way[0] == 't', tB = way[1] == 't';
  Values<T> a(m * k, 1), b(k * n, 2);
  test::Buffer<T> y(m * n);
  Zeros expected(m * n);
  for (int i = 0; i < m; i++)
    for (int j = 0; j < n; j++)
      for (int q = 0; q < k; q++)
        expected.data[i * n + j] += static_cast<double>(load<T>(a, tA ? q * m + i : i * k + q)) *
                                    load<T>(b, tB ? j * k + q : q * n + j);
  int slabs = ceilDiv(k, slabDepth);
  bool partial = slabs > 1;
  test::Buffer<float> sums(partial ? slabs * m * n : 0);
  int vector = n % (partial ? 4 : Pack<T>::N) == 0;
  Epilogue none = {nullptr, nullptr, nullptr, n, 0, partial, vector};
  void* result = partial ? static_cast<void*>(sums) : static_cast<void*>(y);
  test::Name product("matmul_%s", way);
  launchProduct<T>(product, engine, m, n, slabs,
                   MatMulParams{a, b, result, none, m, n, k, slabDepth});
  if (partial) launchSlabs<T>("matmul", sums, y, m * n, slabs);
  checkAll<T>(y, expected);
}
