// matmul_mma.cu - the products of matmul.cuh on tensor cores: bf16, and float as tf32 where that is
// allowed. The extents that lie along memory are whole 16 bytes; not both transposed, which no layer
// and no gradient of one needs.
#include "matmul.cuh"
#include "gemm_mma.cuh"

#define VARIANT(name, T, transposeA, transposeB, Engine, blocks)                      \
  KERNEL_BLOCKS(Engine::THREADS, blocks) name(MatMulParams p) {                       \
    matmul<T, transposeA, transposeB, Engine>(p);                                     \
  }                                                                                   \
  EXPORT(name)


VARIANT(matmul_nn_mma128x128_bf16, bf16, false, false, Mma128x128, 2)
VARIANT(matmul_nn_mma64x64_bf16, bf16, false, false, Mma64x64, 4)
VARIANT(matmul_nt_mma128x128_bf16, bf16, false, true, Mma128x128, 2)
VARIANT(matmul_nt_mma64x64_bf16, bf16, false, true, Mma64x64, 4)
VARIANT(matmul_tn_mma128x128_bf16, bf16, true, false, Mma128x128, 2)
VARIANT(matmul_tn_mma64x64_bf16, bf16, true, false, Mma64x64, 4)

VARIANT(matmul_nn_mma128x128_f32, float, false, false, Mma128x128, 2)
VARIANT(matmul_nn_mma64x64_f32, float, false, false, Mma64x64, 4)
VARIANT(matmul_nt_mma128x128_f32, float, false, true, Mma128x128, 2)
VARIANT(matmul_nt_mma64x64_f32, float, false, true, Mma64x64, 4)
VARIANT(matmul_tn_mma128x128_f32, float, true, false, Mma128x128, 2)
VARIANT(matmul_tn_mma64x64_f32, float, true, false, Mma64x64, 4)
