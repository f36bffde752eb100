// matmul.h - small launches of kernels/matmul.cu, against plain loops (matmul_products.h).
#include "matmul.cu"
#include "matmul_products.h"

template <class T>
static void checkWay(const char* way) {
  checkMatMul<T>(PLAIN_64, way, 1, 1, 1, 32);
  checkMatMul<T>(PLAIN_64, way, 33, 7, 9, 32);
  checkMatMul<T>(PLAIN_64, way, 66, 72, 17, 32);  // tiles and steps with a rest
  checkMatMul<T>(PLAIN_64, way, 3, 8, 70, 32);    // slabs of k
}
CASE(plainFloat) {
  for (const char* way : {"nn", "nt", "tn", "tt"}) checkWay<float>(way);
}
CASE(plainBf16) {
  for (const char* way : {"nn", "nt", "tn", "tt"}) checkWay<bf16>(way);
}
CASE(wide) {
  for (const char* way : {"nn", "nt", "tn"}) {
    checkMatMul<float>(WIDE, way, 130, 132, 9, 32);
    checkMatMul<float>(WIDE, way, 65, 3, 33, 32);
  }
}
