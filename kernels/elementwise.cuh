// elementwise.cuh - element i of the result from element i of each operand: a functor, written once
// and run in three ways (plain, 16 bytes at a time, many tensors in one launch). Launched by:
// backend/cuda/Elementwise.java.
//
// All three run the same arithmetic to the bit: functors spell out their fused multiply-adds, so
// that no compiler may choose them for one way and not for another.
#pragma once
#include "common.cuh"

struct Tensors {     // of one step
  const void* x[3];  // operands of n elements; those that a functor does not take are null
  void* y;           // may be one of them: the thread that reads element i is the one that writes it
  i64 n;
};

struct Numbers {      // what all elements share
  const void* in[2];  // one-element operands, in device memory so that a recording can stay as it is
  double value[4];    // attributes
  int type[2];        // of `in`
};

struct ElementwiseParams {
  Tensors t;
  Numbers numbers;
};

struct Entry {
  Tensors t;
  i64 firstBlock;  // where this tensor's blocks begin in the grid
};

struct ManyParams {
  const Entry* table;  // ordered by firstBlock
  Numbers numbers;
  int entries;
};

enum ElementType { TYPE_F32 = 0, TYPE_BF16 = 1, TYPE_I32 = 2, TYPE_U8 = 3 };

DEVICE float toFloat(u8 v) { return static_cast<float>(v); }
DEVICE float toFloat(int v) { return static_cast<float>(v); }

DEVICE float number(const Numbers& s, int k) {
  if (s.type[k] == TYPE_F32) return *static_cast<const float*>(s.in[k]);
  if (s.type[k] == TYPE_BF16) return toFloat(*static_cast<const bf16*>(s.in[k]));
  if (s.type[k] == TYPE_I32) return toFloat(*static_cast<const int*>(s.in[k]));
  return toFloat(*static_cast<const u8*>(s.in[k]));
}

// 4 or 8 elements as floats, from an address that is a multiple of 16 or of what they take.
DEVICE void loadElements(const float* p, float (&v)[4]) { loadPack(p, v); }
DEVICE void loadElements(const bf16* p, float (&v)[8]) { loadPack(p, v); }
DEVICE void loadElements(const bf16* p, float (&v)[4]) {
  u64 w = *reinterpret_cast<const u64*>(p);
#pragma unroll
  for (int k = 0; k < 4; k++) v[k] = __uint_as_float(static_cast<u32>(w >> (16 * k)) << 16);
}
DEVICE void loadElements(const int* p, float (&v)[4]) {
  uint4 w = *reinterpret_cast<const uint4*>(aligned16(p));
  v[0] = toFloat(static_cast<int>(w.x));
  v[1] = toFloat(static_cast<int>(w.y));
  v[2] = toFloat(static_cast<int>(w.z));
  v[3] = toFloat(static_cast<int>(w.w));
}
DEVICE void loadElements(const u8* p, float (&v)[4]) {
  u32 w = *reinterpret_cast<const u32*>(p);
#pragma unroll
  for (int k = 0; k < 4; k++) v[k] = toFloat(static_cast<u8>(w >> (8 * k)));
}
template <class T>  // twice four of what is not bf16
DEVICE void loadElements(const T* p, float (&v)[8]) {
  float low[4], high[4];
  loadElements(p, low);
  loadElements(p + 4, high);
#pragma unroll
  for (int k = 0; k < 4; k++) {
    v[k] = low[k];
    v[k + 4] = high[k];
  }
}

// F is a functor: IN operands, made from the numbers, f(values) -> float.
template <class In, class Out, class F>
struct Each {
  static constexpr int N = Pack<Out>::N;
  F f;

  DEVICE explicit Each(const Numbers& numbers) : f(numbers) {}

  DEVICE void element(const Tensors& t, i64 i) const {
    float v[F::IN];
#pragma unroll
    for (int k = 0; k < F::IN; k++) v[k] = toFloat(static_cast<const In*>(t.x[k])[i]);
    store<Out>(t.y, i, f(v));
  }

  DEVICE void pack(const Tensors& t, i64 first) const {
    float x[F::IN][N], y[N];
#pragma unroll
    for (int k = 0; k < F::IN; k++) loadElements(static_cast<const In*>(t.x[k]) + first, x[k]);
#pragma unroll
    for (int j = 0; j < N; j++) {
      float v[F::IN];
#pragma unroll
      for (int k = 0; k < F::IN; k++) v[k] = x[k][j];
      y[j] = f(v);
    }
    storePack(static_cast<Out*>(t.y) + first, y);
  }
};

// Bytes, moved: of x[0], or where the number is 0 of x[1]. n counts bytes; nothing is done where
// they are in place already.
template <bool CHOOSE>
struct Move {
  static constexpr int N = 16;
  int which;

  DEVICE explicit Move(const Numbers& numbers) : which(CHOOSE && number(numbers, 0) == 0) {}

  DEVICE const void* from(const Tensors& t) const {
    return CHOOSE && which ? t.x[1] : t.x[0];
  }
  DEVICE void element(const Tensors& t, i64 i) const {
    if (from(t) != t.y) static_cast<u8*>(t.y)[i] = static_cast<const u8*>(from(t))[i];
  }
  DEVICE void pack(const Tensors& t, i64 first) const {
    if (from(t) != t.y)
      *reinterpret_cast<uint4*>(aligned16(static_cast<u8*>(t.y) + first)) =
          *reinterpret_cast<const uint4*>(aligned16(static_cast<const u8*>(from(t)) + first));
  }
};

// ---- three ways ----------------------------------------------------------------------------------

// The oracle of the others, and the way for addresses that are no multiples of 16.
template <class Work>
DEVICE void plain(const ElementwiseParams& p) {
  const Work work(p.numbers);
  for (i64 i = globalThread(); i < p.t.n; i += gridThreads()) work.element(p.t, i);
}

template <class Work>
DEVICE void vector(const ElementwiseParams& p) {
  const Work work(p.numbers);
  i64 packs = p.t.n / Work::N;
  for (i64 k = globalThread(); k < packs; k += gridThreads()) work.pack(p.t, k * Work::N);
  i64 rest = packs * Work::N + globalThread();
  if (rest < p.t.n) work.element(p.t, rest);
}

constexpr int THREADS = 256;
constexpr int PACKS_OF_BLOCK = 4 * THREADS;  // Elementwise.PACKS_OF_BLOCK

// A block does a stretch of one tensor. Nothing is summed, so the table's order changes no bit.
template <class Work>
DEVICE void many(const ManyParams& p) {
  const Work work(p.numbers);
  i64 block = blockIdx.x;
  int low = 0, high = p.entries;  // the last entry that begins at or before this block
  while (high - low > 1) {
    int middle = (low + high) / 2;
    (p.table[middle].firstBlock <= block ? low : high) = middle;
  }
  const Tensors t = p.table[low].t;
  i64 packs = t.n / Work::N;
  i64 first = (block - p.table[low].firstBlock) * PACKS_OF_BLOCK;
#pragma unroll
  for (int j = 0; j < PACKS_OF_BLOCK / THREADS; j++) {
    i64 k = first + j * THREADS + threadIdx.x;
    if (k < packs) work.pack(t, k * Work::N);
  }
  i64 rest = packs * Work::N + threadIdx.x;
  if (first + PACKS_OF_BLOCK >= packs && rest < t.n) work.element(t, rest);
}

// NAME_TYPE, NAME_v_TYPE and NAME_many_TYPE; the work may contain commas.
#define ONE_BY_ONE(name, type, ...)                                                   \
  KERNEL(256) name##_##type(ElementwiseParams p) { plain<__VA_ARGS__>(p); }           \
  EXPORT(name##_##type)                                                               \
  KERNEL(256) name##_v_##type(ElementwiseParams p) { vector<__VA_ARGS__>(p); }        \
  EXPORT(name##_v_##type)
#define MANY(name, type, ...)                                                         \
  KERNEL(256) name##_many_##type(ManyParams p) { many<__VA_ARGS__>(p); }              \
  EXPORT(name##_many_##type)
