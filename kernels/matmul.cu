// matmul.cu - products of matrices, each way round, any extents: the plain engine of gemm.cuh. What
// it means: graph/op/MatMul.java. Launched by: backend/cuda/MatMulCuda.java.
#include "matmul.cuh"

// A as it lies: n (M, K), t (K, M); B: n (K, N), t (N, K)
#define PLAIN(name, T, transposeA, transposeB, SIDE) \
  KERNEL_BLOCKS(256, SIDE == 64 ? 2 : 1) name(MatMulParams p) { matmul<T, transposeA, transposeB, Plain<SIDE>>(p); } \
  EXPORT(name)

PLAIN(matmul_nn_f32, float, false, false, 64)
PLAIN(matmul_nt_f32, float, false, true, 64)
PLAIN(matmul_tn_f32, float, true, false, 64)
PLAIN(matmul_tt_f32, float, true, true, 64)

PLAIN(matmul_nn_bf16, bf16, false, false, 64)
PLAIN(matmul_nt_bf16, bf16, false, true, 64)
PLAIN(matmul_tn_bf16, bf16, true, false, 64)
PLAIN(matmul_tt_bf16, bf16, true, true, 64)

PLAIN(matmul_nn_wide_f32, float, false, false, 128)
PLAIN(matmul_nt_wide_f32, float, false, true, 128)
PLAIN(matmul_tn_wide_f32, float, true, false, 128)

KERNEL(256) matmul_slabs_f32(SlabParams p) { sumSlabs<float>(p); }
EXPORT(matmul_slabs_f32)
KERNEL(256) matmul_slabs_bf16(SlabParams p) { sumSlabs<bf16>(p); }
EXPORT(matmul_slabs_bf16)
