// warp.h - what lanes of a warp do together. Each lane leaves its value at a meeting (warp.cpp) and
// takes what it needs once all lanes of the mask are there.
//
// Only __syncwarp orders memory: the manual says of shuffles and votes that they do not, so
// ThreadSanitizer reports a kernel that leans on one.
#pragma once
#include <type_traits>

#include "maths.h"

namespace emulator {

enum class Collective { SYNC, SHUFFLE, VOTE, MATRIX };

constexpr int slotBytes = 32;  // the widest deposit: A (16) and B (8) of an mma
struct Slots {
  alignas(16) unsigned char bytes[32][slotBytes];
};

// Waits for every lane of the mask. The slots hold what each left, until part() is called.
const Slots* meet(Collective what, u32 mask, const void* mine, int bytes, const char* file,
                  int line);
void part();
int lane();

// A lane outside of the mask has no value to give: all ones, a NaN, so that using it shows.
template <class T>
inline T shuffle(u32 mask, T v, int source, const char* file, int line) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8, "shuffles move 4 or 8 bytes");
  typedef typename std::conditional<sizeof(T) == 4, u32, u64>::type Bits;
  Bits mine = bitCast<Bits>(v);
  const Slots* slots = meet(Collective::SHUFFLE, mask, &mine, sizeof mine, file, line);
  Bits bits = (mask >> source) & 1u ? *reinterpret_cast<const Bits*>(slots->bytes[source])
                                    : static_cast<Bits>(~0ull);
  part();
  return bitCast<T>(bits);
}

// The last lane of the segment of `width` lanes in which this one lies.
inline int segmentEnd(int width) { return lane() | (width - 1); }
inline int segmentBegin(int width) { return lane() & ~(width - 1); }

inline u32 vote(u32 mask, bool predicate, const char* file, int line) {
  u32 mine = predicate;
  const Slots* slots = meet(Collective::VOTE, mask, &mine, sizeof mine, file, line);
  u32 ballot = 0;
  for (int i = 0; i < 32; i++)
    if ((mask >> i) & 1u) ballot |= *reinterpret_cast<const u32*>(slots->bytes[i]) << i;
  part();
  return ballot;
}

}  // namespace emulator

#define EMULATOR_HERE const char *file = __builtin_FILE(), int line = __builtin_LINE()

template <class T>
inline T __shfl_sync(u32 mask, T v, int source, int width = 32, EMULATOR_HERE) {
  int from = emulator::segmentBegin(width) | (source & (width - 1));
  return emulator::shuffle(mask, v, from, file, line);
}
// Beyond its segment a lane gets its own value back.
template <class T>
inline T __shfl_up_sync(u32 mask, T v, u32 delta, int width = 32, EMULATOR_HERE) {
  int from = emulator::lane() - static_cast<int>(delta & 31);
  if (from < emulator::segmentBegin(width)) from = emulator::lane();
  return emulator::shuffle(mask, v, from, file, line);
}
template <class T>
inline T __shfl_down_sync(u32 mask, T v, u32 delta, int width = 32, EMULATOR_HERE) {
  int from = emulator::lane() + static_cast<int>(delta & 31);
  if (from > emulator::segmentEnd(width)) from = emulator::lane();
  return emulator::shuffle(mask, v, from, file, line);
}
// Lanes of earlier segments can be read, those of later ones cannot.
template <class T>
inline T __shfl_xor_sync(u32 mask, T v, int lanes, int width = 32, EMULATOR_HERE) {
  int from = emulator::lane() ^ (lanes & 31);
  if (from > emulator::segmentEnd(width)) from = emulator::lane();
  return emulator::shuffle(mask, v, from, file, line);
}

inline u32 __ballot_sync(u32 mask, int predicate, EMULATOR_HERE) {
  return emulator::vote(mask, predicate, file, line);
}
inline int __any_sync(u32 mask, int predicate, EMULATOR_HERE) {
  return emulator::vote(mask, predicate, file, line) != 0;
}
inline int __all_sync(u32 mask, int predicate, EMULATOR_HERE) {
  return emulator::vote(mask, predicate, file, line) == mask;
}

inline void __syncwarp(u32 mask = 0xffffffffu, EMULATOR_HERE) {
  emulator::meet(emulator::Collective::SYNC, mask, nullptr, 0, file, line);
  emulator::part();
}
