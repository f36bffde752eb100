// conv_mma.cu - the convolutions of conv.cuh on tensor cores: bf16, and float as tf32 where that is
// allowed. Input channels of a group, and for the gradients its output channels, are whole 16 bytes,
// but for the `gather` variants, the first layer's.
#include "conv.cuh"
#include "gemm_mma.cuh"

#define VARIANT(name, product, T, Engine, blocks)                                          \
  KERNEL_BLOCKS(Engine::THREADS, blocks) name(ConvParams p) { product<T, Engine>(p); } \
  EXPORT(name)


VARIANT(conv_forward_mma128x128_bf16, convForward, bf16, Mma128x128, 2)
VARIANT(conv_forward_mma128x64_bf16, convForward, bf16, Mma128x64, 4)
VARIANT(conv_forward_mma64x64_bf16, convForward, bf16, Mma64x64, 4)
VARIANT(conv_forward_gather_bf16, convForward, bf16, MmaGather, 3)
VARIANT(conv_forward_mma128x128_f32, convForward, float, Mma128x128, 2)
VARIANT(conv_forward_mma128x64_f32, convForward, float, Mma128x64, 3)
VARIANT(conv_forward_mma64x64_f32, convForward, float, Mma64x64, 4)
VARIANT(conv_forward_gather_f32, convForward, float, MmaGather, 3)

VARIANT(conv_input_grad_mma128x128_bf16, convInputGrad, bf16, Mma128x128, 2)
VARIANT(conv_input_grad_mma128x64_bf16, convInputGrad, bf16, Mma128x64, 4)
VARIANT(conv_input_grad_mma64x64_bf16, convInputGrad, bf16, Mma64x64, 4)
VARIANT(conv_input_grad_mma128x128_f32, convInputGrad, float, Mma128x128, 2)
VARIANT(conv_input_grad_mma128x64_f32, convInputGrad, float, Mma128x64, 3)
VARIANT(conv_input_grad_mma64x64_f32, convInputGrad, float, Mma64x64, 4)

VARIANT(conv_weight_grad_mma128x128_bf16, convWeightGrad, bf16, Mma128x128, 2)
VARIANT(conv_weight_grad_mma64x64_bf16, convWeightGrad, bf16, Mma64x64, 4)
VARIANT(conv_weight_grad_gather_bf16, convWeightGrad, bf16, MmaGather, 3)
VARIANT(conv_weight_grad_mma128x128_f32, convWeightGrad, float, Mma128x128, 2)
VARIANT(conv_weight_grad_mma64x64_f32, convWeightGrad, float, Mma64x64, 4)
VARIANT(conv_weight_grad_gather_f32, convWeightGrad, float, MmaGather, 3)
