// conv_depthwise.cu - convolution of each channel for itself (groups = C), and its gradients. What
// they mean: graph/op/Conv2d.java and its transposes. Launched by: backend/cuda/DepthwiseCuda.java.
//
//   plain  one thread, one element; any multiplier (output channels of an input channel)
//   v      multiplier 1, 16 bytes of channels a thread, weights of the block in shared memory
//   rows   v, for kernels 3, 5 and 7 wide and column stride 1 or 2: a strip of outputs along a line,
//          the weights of a kernel row in registers, so that a load feeds several products
//
// A block of v and rows has `packs` packs of channels, and 256 / packs threads for each of them.
#include "common.cuh"

struct DepthwiseParams {
  const void* map;       // x (n, h, w, c); the input gradient: dy (n, ho, wo, o)
  const void* factor;    // w (o, kh, kw); the weight gradient: dy
  void* y;               // y; dx; the weight gradient's partial sums (slabs, kh, kw, o) in float
  const void* bias;      // (o), or null: forward only
  const void* residual;  // like y, or null: forward only
  int relu;
  int n, h, w, c, ho, wo, o;
  int kh, kw, strideH, strideW, dilationH, dilationW, top, left;
  int circular;          // else zeros beyond the edge
  int multiplier;        // o / c
  int packs;
  int flip;              // taps from last to first: the input gradient at stride 1 is a convolution
  int slabLines;         // weight gradient: lines (image, i) of dy in a slab
};

DEVICE int beyond(const DepthwiseParams& p, int i, int n) {
  return boundaryIndex(p.circular ? CIRCULAR : ZERO, i, n);
}

template <class T>
DEVICE float finished(const DepthwiseParams& p, float sum, i64 at, int channel) {
  if (p.bias) sum += load<T>(p.bias, channel);
  if (p.residual) sum += load<T>(p.residual, at);
  return p.relu ? fmaxf(sum, 0.0f) : sum;
}

// ---- plain -------------------------------------------------------------------------------------------

template <class T>
DEVICE void forward(const DepthwiseParams& p) {
  i64 total = static_cast<i64>(p.n) * p.ho * p.wo * p.o;
  for (i64 at = globalThread(); at < total; at += gridThreads()) {
    int o = static_cast<int>(at % p.o);
    i64 pixel = at / p.o;
    int j = static_cast<int>(pixel % p.wo), i = static_cast<int>(pixel / p.wo % p.ho);
    i64 image = pixel / p.wo / p.ho;
    float sum = 0;
    for (int a = 0; a < p.kh; a++) {
      int y = beyond(p, i * p.strideH - p.top + a * p.dilationH, p.h);
      for (int b = 0; b < p.kw; b++) {
        int x = beyond(p, j * p.strideW - p.left + b * p.dilationW, p.w);
        if (y < 0 || x < 0) continue;
        sum = fmaf(load<T>(p.factor, (static_cast<i64>(o) * p.kh + a) * p.kw + b),
                   load<T>(p.map, ((image * p.h + y) * p.w + x) * p.c + o / p.multiplier), sum);
      }
    }
    store<T>(p.y, at, finished<T>(p, sum, at, o));
  }
}

// The outputs that see input line `at` through tap `tap`: none or one for each turn (0, or -1 .. 1
// round a ring), as a line of dy, or -1.
DEVICE int seenBy(int at, int turn, int in, int before, int tap, int dilation, int stride, int out) {
  int from = at + turn * in + before - tap * dilation;
  int line = from / stride;
  return from >= 0 && from % stride == 0 && line < out ? line : -1;
}

template <class T>
DEVICE void inputGrad(const DepthwiseParams& p) {
  i64 total = static_cast<i64>(p.n) * p.h * p.w * p.c;
  int turns = p.circular ? 1 : 0;
  for (i64 at = globalThread(); at < total; at += gridThreads()) {
    int c = static_cast<int>(at % p.c);
    i64 pixel = at / p.c;
    int x = static_cast<int>(pixel % p.w), y = static_cast<int>(pixel / p.w % p.h);
    i64 image = pixel / p.w / p.h;
    float sum = 0;
    for (int a = 0; a < p.kh; a++)
      for (int turnH = -turns; turnH <= turns; turnH++) {
        int i = seenBy(y, turnH, p.h, p.top, a, p.dilationH, p.strideH, p.ho);
        if (i < 0) continue;
        for (int b = 0; b < p.kw; b++)
          for (int turnW = -turns; turnW <= turns; turnW++) {
            int j = seenBy(x, turnW, p.w, p.left, b, p.dilationW, p.strideW, p.wo);
            if (j < 0) continue;
            i64 from = ((image * p.ho + i) * p.wo + j) * p.o;
            for (int o = c * p.multiplier; o < (c + 1) * p.multiplier; o++)
              sum = fmaf(load<T>(p.factor, (static_cast<i64>(o) * p.kh + a) * p.kw + b),
                         load<T>(p.map, from + o), sum);
          }
      }
    store<T>(p.y, at, sum);
  }
}

// One thread for each (slab, tap, output channel).
template <class T>
DEVICE void weightGrad(const DepthwiseParams& p) {
  int lines = p.n * p.ho;
  i64 total = static_cast<i64>(ceilDiv(lines, p.slabLines)) * p.kh * p.kw * p.o;
  for (i64 at = globalThread(); at < total; at += gridThreads()) {
    int o = static_cast<int>(at % p.o);
    int tap = static_cast<int>(at / p.o % (p.kh * p.kw));
    int first = static_cast<int>(at / p.o / (p.kh * p.kw)) * p.slabLines;
    int a = tap / p.kw, b = tap % p.kw;
    float sum = 0;
    for (int line = first; line < min(lines, first + p.slabLines); line++) {
      i64 image = line / p.ho;
      int y = beyond(p, line % p.ho * p.strideH - p.top + a * p.dilationH, p.h);
      if (y < 0) continue;
      for (int j = 0; j < p.wo; j++) {
        int x = beyond(p, j * p.strideW - p.left + b * p.dilationW, p.w);
        if (x < 0) continue;
        sum = fmaf(load<T>(p.factor, (static_cast<i64>(line) * p.wo + j) * p.o + o),
                   load<T>(p.map, ((image * p.h + y) * p.w + x) * p.c + o / p.multiplier), sum);
      }
    }
    static_cast<float*>(p.y)[at] = sum;
  }
}

struct DepthwiseSlabParams {
  const float* partial;  // (slabs, taps, o)
  void* y;               // (o, taps)
  int slabs, taps, o;
};

template <class T>
DEVICE void sumSlabs(const DepthwiseSlabParams& p) {
  i64 size = static_cast<i64>(p.taps) * p.o;
  for (i64 i = globalThread(); i < size; i += gridThreads()) {
    float sum = 0;
    for (int slab = 0; slab < p.slabs; slab++) sum += p.partial[slab * size + i];
    store<T>(p.y, i % p.o * p.taps + i / p.o, sum);
  }
}

// ---- 16 bytes of channels a thread ---------------------------------------------------------------------

// Which channels a thread has, and the block's weights as [tap][channel] in shared memory.
template <class T>
struct Channels {
  static constexpr int WIDTH = Pack<T>::N;
  int pack, first, pitch;  // in the block; of this thread; of a tap in shared memory
  int thread, threads;     // among those with the same channels
  bool idle;

  DEVICE explicit Channels(const DepthwiseParams& p) {
    int total = p.c / WIDTH;
    pack = static_cast<int>(threadIdx.x) % p.packs;
    thread = static_cast<int>(threadIdx.x) / p.packs;
    threads = 256 / p.packs;
    int block = static_cast<int>(blockIdx.y) * p.packs;
    first = (block + pack) * WIDTH;
    idle = thread >= threads || block + pack >= total;
    pitch = p.packs * WIDTH + 4;
  }

  DEVICE void stageWeights(const DepthwiseParams& p, float* shared) const {
    int taps = p.kh * p.kw;
    int channel = static_cast<int>(blockIdx.y) * p.packs * WIDTH;
    int count = min(p.packs * WIDTH, p.c - channel) * taps;
    i64 from = static_cast<i64>(channel) * taps;
    for (int i = threadIdx.x; i < count; i += 256) {
      int tap = i % taps;
      shared[(p.flip ? taps - 1 - tap : tap) * pitch + i / taps] = load<T>(p.factor, from + i);
    }
    __syncthreads();
  }

  DEVICE void weights(const float* shared, int tap, float (&v)[WIDTH]) const {
#pragma unroll
    for (int j = 0; j < WIDTH; j += 4)
      loadPack(shared + tap * pitch + pack * WIDTH + j, *reinterpret_cast<float(*)[4]>(v + j));
  }
};

template <class T>
DEVICE void finish(const DepthwiseParams& p, float (&sum)[Pack<T>::N], i64 at, int channel) {
  constexpr int WIDTH = Pack<T>::N;
  float more[WIDTH];
  if (p.bias) {
    loadPack(static_cast<const T*>(p.bias) + channel, more);
#pragma unroll
    for (int v = 0; v < WIDTH; v++) sum[v] += more[v];
  }
  if (p.residual) {
    loadPack(static_cast<const T*>(p.residual) + at, more);
#pragma unroll
    for (int v = 0; v < WIDTH; v++) sum[v] += more[v];
  }
  if (p.relu) {
#pragma unroll
    for (int v = 0; v < WIDTH; v++) sum[v] = fmaxf(sum[v], 0.0f);
  }
  storePack(static_cast<T*>(p.y) + at, sum);
}

template <class T>
DEVICE void accumulate(float (&sum)[Pack<T>::N], const float (&x)[Pack<T>::N],
                       const float (&y)[Pack<T>::N]) {
#pragma unroll
  for (int v = 0; v < Pack<T>::N; v++) sum[v] = fmaf(x[v], y[v], sum[v]);
}

template <class T>
DEVICE void forwardV(const DepthwiseParams& p) {
  constexpr int WIDTH = Pack<T>::N;
  DYN_SHARED(float, shared);
  Channels<T> mine(p);
  mine.stageWeights(p, shared);
  if (mine.idle) return;
  int pixels = p.n * p.ho * p.wo;
  for (int at = blockIdx.x * mine.threads + mine.thread; at < pixels;
       at += gridDim.x * mine.threads) {
    int j = at % p.wo, i = at / p.wo % p.ho;
    i64 image = at / p.wo / p.ho;
    float sum[WIDTH] = {};
    for (int a = 0; a < p.kh; a++) {
      int y = beyond(p, i * p.strideH - p.top + a * p.dilationH, p.h);
      if (y < 0) continue;
      const T* line = static_cast<const T*>(p.map) + (image * p.h + y) * p.w * p.c + mine.first;
      for (int b = 0; b < p.kw; b++) {
        int x = beyond(p, j * p.strideW - p.left + b * p.dilationW, p.w);
        if (x < 0) continue;
        float v[WIDTH], w[WIDTH];
        loadPack(line + static_cast<i64>(x) * p.c, v);
        mine.weights(shared, a * p.kw + b, w);
        accumulate<T>(sum, w, v);
      }
    }
    finish<T>(p, sum, static_cast<i64>(at) * p.c + mine.first, mine.first);
  }
}

template <class T>
DEVICE void inputGradV(const DepthwiseParams& p) {
  constexpr int WIDTH = Pack<T>::N;
  DYN_SHARED(float, shared);
  Channels<T> mine(p);
  mine.stageWeights(p, shared);
  if (mine.idle) return;
  int pixels = p.n * p.h * p.w;
  int turns = p.circular ? 1 : 0;
  for (int at = blockIdx.x * mine.threads + mine.thread; at < pixels;
       at += gridDim.x * mine.threads) {
    int x = at % p.w, y = at / p.w % p.h;
    i64 image = at / p.w / p.h;
    float sum[WIDTH] = {};
    for (int a = 0; a < p.kh; a++)
      for (int turnH = -turns; turnH <= turns; turnH++) {
        int i = seenBy(y, turnH, p.h, p.top, a, p.dilationH, p.strideH, p.ho);
        if (i < 0) continue;
        const T* line = static_cast<const T*>(p.map) + (image * p.ho + i) * p.wo * p.c + mine.first;
        for (int b = 0; b < p.kw; b++)
          for (int turnW = -turns; turnW <= turns; turnW++) {
            int j = seenBy(x, turnW, p.w, p.left, b, p.dilationW, p.strideW, p.wo);
            if (j < 0) continue;
            float v[WIDTH], w[WIDTH];
            loadPack(line + static_cast<i64>(j) * p.c, v);
            mine.weights(shared, a * p.kw + b, w);
            accumulate<T>(sum, w, v);
          }
      }
    storePack(static_cast<T*>(p.y) + static_cast<i64>(at) * p.c + mine.first, sum);
  }
}

// ---- strips of a line ------------------------------------------------------------------------------------

// STRIP outputs read (STRIP - 1) * S + KW columns, each loaded once and used by up to KW outputs.
template <class T>
struct Strip {
  static constexpr int LENGTH = 32 / Pack<T>::N;
};

template <class T, int KW, int S>
DEVICE void forwardRows(const DepthwiseParams& p) {
  constexpr int WIDTH = Pack<T>::N, STRIP = Strip<T>::LENGTH;
  DYN_SHARED(float, shared);
  Channels<T> mine(p);
  mine.stageWeights(p, shared);
  if (mine.idle) return;
  int perLine = ceilDiv(p.wo, STRIP);
  int strips = p.n * p.ho * perLine;
  for (int at = blockIdx.x * mine.threads + mine.thread; at < strips;
       at += gridDim.x * mine.threads) {
    int line = at / perLine;
    int j = (at - line * perLine) * STRIP;
    int image = line / p.ho;
    int i = line - image * p.ho;
    float sum[STRIP][WIDTH];
#pragma unroll
    for (int q = 0; q < STRIP; q++)
#pragma unroll
      for (int v = 0; v < WIDTH; v++) sum[q][v] = 0;
#pragma unroll 1
    for (int a = 0; a < p.kh; a++) {
      int y = beyond(p, i * p.strideH - p.top + a * p.dilationH, p.h);
      if (y < 0) continue;
      float w[KW][WIDTH];
#pragma unroll
      for (int b = 0; b < KW; b++) mine.weights(shared, a * KW + b, w[b]);
      const T* from =
          static_cast<const T*>(p.map) + (static_cast<i64>(image) * p.h + y) * p.w * p.c + mine.first;
#pragma unroll
      for (int u = 0; u < (STRIP - 1) * S + KW; u++) {
        int x = beyond(p, j * S - p.left + u, p.w);
        if (x < 0) continue;
        float v[WIDTH];
        loadPack(from + static_cast<i64>(x) * p.c, v);
#pragma unroll
        for (int q = 0; q < STRIP; q++)
          if (0 <= u - q * S && u - q * S < KW) accumulate<T>(sum[q], w[u - q * S], v);
      }
    }
    i64 to = (static_cast<i64>(line) * p.wo + j) * p.c + mine.first;
#pragma unroll
    for (int q = 0; q < STRIP; q++)
      if (j + q < p.wo) finish<T>(p, sum[q], to + static_cast<i64>(q) * p.c, mine.first);
  }
}

// Block (kernel row, channels, slab): each thread sums its strips, the block its threads in order.
template <class T, int KW, int S>
DEVICE void weightGradRows(const DepthwiseParams& p) {
  constexpr int WIDTH = Pack<T>::N, STRIP = Strip<T>::LENGTH;
  DYN_SHARED(float, shared);  // [thread][packs * WIDTH]
  Channels<T> mine(p);
  int a = blockIdx.x;
  int first = static_cast<int>(blockIdx.z) * p.slabLines;
  int perLine = ceilDiv(p.wo, STRIP);
  int strips = mine.idle ? 0 : (min(p.n * p.ho, first + p.slabLines) - first) * perLine;
  float sum[KW][WIDTH];
#pragma unroll
  for (int b = 0; b < KW; b++)
#pragma unroll
    for (int v = 0; v < WIDTH; v++) sum[b][v] = 0;
#pragma unroll 1
  for (int at = mine.thread; at < strips; at += mine.threads) {
    int line = at / perLine;
    int j = (at - line * perLine) * STRIP;
    line += first;
    int image = line / p.ho;
    int y = beyond(p, (line - image * p.ho) * p.strideH - p.top + a * p.dilationH, p.h);
    if (y < 0) continue;
    float dy[STRIP][WIDTH];
    const T* gradient =
        static_cast<const T*>(p.factor) + (static_cast<i64>(line) * p.wo + j) * p.c + mine.first;
#pragma unroll
    for (int q = 0; q < STRIP; q++) {
      if (j + q < p.wo) {
        loadPack(gradient + static_cast<i64>(q) * p.c, dy[q]);
      } else {
#pragma unroll
        for (int v = 0; v < WIDTH; v++) dy[q][v] = 0;
      }
    }
    const T* from =
        static_cast<const T*>(p.map) + (static_cast<i64>(image) * p.h + y) * p.w * p.c + mine.first;
#pragma unroll
    for (int u = 0; u < (STRIP - 1) * S + KW; u++) {
      int x = beyond(p, j * S - p.left + u, p.w);
      if (x < 0) continue;
      float v[WIDTH];
      loadPack(from + static_cast<i64>(x) * p.c, v);
#pragma unroll
      for (int q = 0; q < STRIP; q++)
        if (0 <= u - q * S && u - q * S < KW) accumulate<T>(sum[u - q * S], dy[q], v);
    }
  }
  int channels = p.packs * WIDTH;
  int channel = static_cast<int>(blockIdx.y) * channels;
  float* to = static_cast<float*>(p.y) +
              (static_cast<i64>(blockIdx.z) * p.kh + a) * KW * p.c + channel;
#pragma unroll
  for (int b = 0; b < KW; b++) {
    if (mine.thread < mine.threads) {
#pragma unroll
      for (int v = 0; v < WIDTH; v += 4)
        storePack(shared + mine.thread * channels + mine.pack * WIDTH + v,
                  *reinterpret_cast<float(*)[4]>(&sum[b][v]));
    }
    __syncthreads();
    for (int i = threadIdx.x; i < min(channels, p.c - channel); i += 256) {
      float total = 0;
      for (int t = 0; t < mine.threads; t++) total += shared[t * channels + i];
      to[static_cast<i64>(b) * p.c + i] = total;
    }
    __syncthreads();
  }
}

// ---- kernels ---------------------------------------------------------------------------------------------

#define BOTH_TYPES(name, body)                                            \
  KERNEL_BLOCKS(256, 4) name##_f32(DepthwiseParams p) { body<float>(p); } \
  EXPORT(name##_f32)                                                      \
  KERNEL_BLOCKS(256, 4) name##_bf16(DepthwiseParams p) { body<bf16>(p); } \
  EXPORT(name##_bf16)

BOTH_TYPES(depthwise_forward, forward)
BOTH_TYPES(depthwise_input_grad, inputGrad)
BOTH_TYPES(depthwise_weight_grad, weightGrad)
BOTH_TYPES(depthwise_forward_v, forwardV)
BOTH_TYPES(depthwise_input_grad_v, inputGradV)

KERNEL(256) depthwise_slabs_f32(DepthwiseSlabParams p) { sumSlabs<float>(p); }
EXPORT(depthwise_slabs_f32)
KERNEL(256) depthwise_slabs_bf16(DepthwiseSlabParams p) { sumSlabs<bf16>(p); }
EXPORT(depthwise_slabs_bf16)

#define ROWS(width, stride)                                                                      \
  KERNEL_BLOCKS(256, 2) depthwise_forward_rows##width##_##stride##_f32(DepthwiseParams p) {      \
    forwardRows<float, width, stride>(p);                                                        \
  }                                                                                              \
  EXPORT(depthwise_forward_rows##width##_##stride##_f32)                                         \
  KERNEL_BLOCKS(256, 2) depthwise_forward_rows##width##_##stride##_bf16(DepthwiseParams p) {     \
    forwardRows<bf16, width, stride>(p);                                                         \
  }                                                                                              \
  EXPORT(depthwise_forward_rows##width##_##stride##_bf16)                                        \
  KERNEL_BLOCKS(256, 2) depthwise_weight_grad_rows##width##_##stride##_f32(DepthwiseParams p) {  \
    weightGradRows<float, width, stride>(p);                                                     \
  }                                                                                              \
  EXPORT(depthwise_weight_grad_rows##width##_##stride##_f32)                                     \
  KERNEL_BLOCKS(256, 2) depthwise_weight_grad_rows##width##_##stride##_bf16(DepthwiseParams p) { \
    weightGradRows<bf16, width, stride>(p);                                                      \
  }                                                                                              \
  EXPORT(depthwise_weight_grad_rows##width##_##stride##_bf16)

ROWS(3, 1)
ROWS(3, 2)
ROWS(5, 1)
ROWS(5, 2)
ROWS(7, 1)
ROWS(7, 2)
