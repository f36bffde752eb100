// tensor_core.h - the host halves of mma.cuh: products by exchange between lanes, matrix loads.
//
// Products are added exactly (in double) and rounded once. The hardware adds in another order and
// truncates: on small integers both are exact, otherwise compare with a tolerance.
#pragma once
#include "warp.h"

namespace emulator {

struct Fragments {
  u32 a[4], b[2];
};

// `a` and `b` tell the element at (row, k) and (k, column) from the fragments of all lanes.
template <int depth, class A, class B>
inline void multiply(float (&c)[4], const u32 (&a)[4], const u32 (&b)[2], A elementA, B elementB,
                     const char* file, int line) {
  Fragments mine = {{a[0], a[1], a[2], a[3]}, {b[0], b[1]}};
  const Slots* slots =
      meet(Collective::MATRIX, 0xffffffffu, &mine, sizeof mine, file, line);
  int group = lane() / 4, pair = lane() % 4;
  for (int i = 0; i < 4; i++) {
    int row = group + i / 2 * 8, column = 2 * pair + i % 2;
    double sum = 0;
    for (int k = 0; k < depth; k++) sum += elementA(slots, row, k) * elementB(slots, k, column);
    c[i] = static_cast<float>(sum + c[i]);
  }
  part();
}

inline const Fragments& fragments(const Slots* slots, int lane) {
  return *reinterpret_cast<const Fragments*>(slots->bytes[lane]);
}
inline double halfWord(u32 pair, int high) {
  return bitCast<float>(high ? pair & 0xffff0000u : pair << 16);
}
inline double tf32(u32 bits) { return bitCast<float>(bits & 0xffffe000u); }  // what is read of it

void requireShared(const void* p, const char* what, const char* file, int line);

}  // namespace emulator

inline void mmaBf16(float (&c)[4], const u32 (&a)[4], const u32 (&b)[2], EMULATOR_HERE) {
  using namespace emulator;
  multiply<16>(
      c, a, b,
      [](const Slots* s, int row, int k) {
        const Fragments& f = fragments(s, row % 8 * 4 + k % 8 / 2);
        return halfWord(f.a[row / 8 + k / 8 * 2], k % 2);
      },
      [](const Slots* s, int k, int column) {
        return halfWord(fragments(s, column * 4 + k % 8 / 2).b[k / 8], k % 2);
      },
      file, line);
}

inline u32 pairF16(float low, float high) {
  using namespace emulator;
  return bitCast<u16>(static_cast<_Float16>(low)) |
         static_cast<u32>(bitCast<u16>(static_cast<_Float16>(high))) << 16;
}
inline float fromF16(u16 bits) { return static_cast<float>(emulator::bitCast<_Float16>(bits)); }

inline void mmaF16(float (&c)[4], const u32 (&a)[4], const u32 (&b)[2], EMULATOR_HERE) {
  using namespace emulator;
  multiply<16>(
      c, a, b,
      [](const Slots* s, int row, int k) -> double {
        const Fragments& f = fragments(s, row % 8 * 4 + k % 8 / 2);
        return fromF16(static_cast<u16>(f.a[row / 8 + k / 8 * 2] >> k % 2 * 16));
      },
      [](const Slots* s, int k, int column) -> double {
        return fromF16(static_cast<u16>(fragments(s, column * 4 + k % 8 / 2).b[k / 8] >> k % 2 * 16));
      },
      file, line);
}

inline void mmaTf32(float (&c)[4], const u32 (&a)[4], const u32 (&b)[2], EMULATOR_HERE) {
  using namespace emulator;
  multiply<8>(
      c, a, b,
      [](const Slots* s, int row, int k) {
        return tf32(fragments(s, row % 8 * 4 + k % 4).a[row / 8 + k / 4 * 2]);
      },
      [](const Slots* s, int k, int column) {
        return tf32(fragments(s, column * 4 + k % 4).b[k / 4]);
      },
      file, line);
}

inline u32 toTf32(float v) {
  u32 bits = emulator::bitCast<u32>(v);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return 0x7fffffffu;
  return (bits + 0x1000u) & 0xffffe000u;
}

namespace emulator {

struct Row {
  u16 elements[8];
};

inline const Slots* depositRow(const void* row, const char* file, int line) {
  requireShared(row, "ldmatrix", file, line);
  Row mine;  // read here, in the kernel's code, where sanitizers watch
  for (int i = 0; i < 8; i++) mine.elements[i] = static_cast<const u16*>(row)[i];
  return meet(Collective::MATRIX, 0xffffffffu, &mine, sizeof mine, file, line);
}
inline u32 element(const Slots* slots, int matrix, int row, int column) {
  return reinterpret_cast<const Row*>(slots->bytes[8 * matrix + row])->elements[column];
}

}  // namespace emulator

inline void ldmatrix4(u32 (&r)[4], const void* row, EMULATOR_HERE) {
  using namespace emulator;
  const Slots* s = depositRow(row, file, line);
  int i = lane() / 4, j = lane() % 4 * 2;
  for (int m = 0; m < 4; m++) r[m] = element(s, m, i, j) | element(s, m, i, j + 1) << 16;
  part();
}
inline void ldmatrix4Transposed(u32 (&r)[4], const void* row, EMULATOR_HERE) {
  using namespace emulator;
  const Slots* s = depositRow(row, file, line);
  int i = lane() / 4, j = lane() % 4 * 2;
  for (int m = 0; m < 4; m++) r[m] = element(s, m, j, i) | element(s, m, j + 1, i) << 16;
  part();
}
