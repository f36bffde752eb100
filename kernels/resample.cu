// resample.cu - blur, blur-pool, upsampling, average-pooling, the gradient of each, and all that of
// a map with a border. What it means and why its gradient is itself: graph/op/Resample.java.
// Launched by: backend/cuda/ResampleCuda.java.
#include "resample.cuh"

template <class T, int V>
DEVICE void anyTaps(const ResampleParams& p) {
  resampleAny<T, V, PlainPixels<T, V>>(p, p);
}

// The oracle of every faster variant, and the way for any taps, factors and channels.
KERNEL_BLOCKS(256, 1) resample_f32(ResampleParams p) { anyTaps<float, 1>(p); }
EXPORT(resample_f32)
KERNEL_BLOCKS(256, 1) resample_bf16(ResampleParams p) { anyTaps<bf16, 1>(p); }
EXPORT(resample_bf16)

// 16 bytes of channels a thread: signals (H = 1), and rare taps and factors.
KERNEL_BLOCKS(256, 1) resample_pack_f32(ResampleParams p) { anyTaps<float, 4>(p); }
EXPORT(resample_pack_f32)
KERNEL_BLOCKS(256, 1) resample_pack_bf16(ResampleParams p) { anyTaps<bf16, 8>(p); }
EXPORT(resample_pack_bf16)

template <class T, int TAPS, int STRIDE>
DEVICE void plainLowpass(const ResampleParams& p) {
  constexpr int COLS = (Strip<T>::OUT - 1) * STRIDE + TAPS;
  lowpass<T, TAPS, STRIDE, PlainColumns<T, COLS>>(p, p);
}

// resample_TAPS_STRIDE_dtype
#define LOWPASS(TAPS, STRIDE)                                                                      \
  KERNEL_BLOCKS(128, 1) resample_##TAPS##_##STRIDE##_f32(ResampleParams p) { plainLowpass<float, TAPS, STRIDE>(p); }  \
  EXPORT(resample_##TAPS##_##STRIDE##_f32)                                                         \
  KERNEL_BLOCKS(128, 1) resample_##TAPS##_##STRIDE##_bf16(ResampleParams p) { plainLowpass<bf16, TAPS, STRIDE>(p); }  \
  EXPORT(resample_##TAPS##_##STRIDE##_bf16)

LOWPASS(2, 1)
LOWPASS(3, 1)
LOWPASS(4, 1)
LOWPASS(5, 1)
LOWPASS(6, 1)
LOWPASS(7, 1)
LOWPASS(2, 2)
LOWPASS(3, 2)
LOWPASS(4, 2)
LOWPASS(5, 2)
LOWPASS(6, 2)
LOWPASS(7, 2)
