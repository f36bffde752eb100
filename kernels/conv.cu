// conv.cu - dense and grouped convolution with both gradients, any geometry: the plain engine of
// gemm.cuh under the gathered matrices of conv.cuh. The oracle of conv_mma.cu, and the way for
// float32 without tf32.
#include "conv.cuh"

KERNEL_BLOCKS(256, 2) conv_forward_f32(ConvParams p) { convForward<float, Plain<64>>(p); }
EXPORT(conv_forward_f32)
KERNEL_BLOCKS(256, 2) conv_forward_bf16(ConvParams p) { convForward<bf16, Plain<64>>(p); }
EXPORT(conv_forward_bf16)
KERNEL_BLOCKS(256, 1) conv_forward_wide_f32(ConvParams p) { convForward<float, Plain<128>>(p); }
EXPORT(conv_forward_wide_f32)

KERNEL_BLOCKS(256, 1) conv_input_grad_f32(ConvParams p) { convInputGrad<float, Plain<64>, 3>(p); }
EXPORT(conv_input_grad_f32)
KERNEL_BLOCKS(256, 1) conv_input_grad_bf16(ConvParams p) { convInputGrad<bf16, Plain<64>, 3>(p); }
EXPORT(conv_input_grad_bf16)
KERNEL_BLOCKS(256, 1) conv_input_grad_wide_f32(ConvParams p) {
  convInputGrad<float, Plain<128>>(p);
}
EXPORT(conv_input_grad_wide_f32)

// partial sums: always float
KERNEL_BLOCKS(256, 2) conv_weight_grad_f32(ConvParams p) { convWeightGrad<float, Plain<64>>(p); }
EXPORT(conv_weight_grad_f32)
KERNEL_BLOCKS(256, 2) conv_weight_grad_bf16(ConvParams p) { convWeightGrad<bf16, Plain<64>>(p); }
EXPORT(conv_weight_grad_bf16)
KERNEL_BLOCKS(256, 1) conv_weight_grad_wide_f32(ConvParams p) {
  convWeightGrad<float, Plain<128>>(p);
}
EXPORT(conv_weight_grad_wide_f32)

KERNEL(256) conv_slabs_f32(SlabParams p) { sumSlabs<float>(p); }
EXPORT(conv_slabs_f32)
KERNEL(256) conv_slabs_bf16(SlabParams p) { sumSlabs<bf16>(p); }
EXPORT(conv_slabs_bf16)
