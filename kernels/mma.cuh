// mma.cuh - tensor-core products, asynchronous copies and matrix loads; PTX on the device, lane
// exchange in the emulator (native/emulator/emulator.h). Capability 8.0 and up.
//
// Fragments as in the PTX manual: lane = 4 * group + pair, group = lane / 4, pair = lane % 4.
//   mma m16n8k16: a[4] of bf16 pairs  A (16 x 16): rows group, group + 8; columns 2*pair, +8
//                 b[2] of bf16 pairs  B (16 x 8):  rows 2*pair, +8; column group
//                 c[4] floats         C (16 x 8):  rows group, group + 8; columns 2*pair, 2*pair + 1
//   mma m16n8k8:  a[4] tf32           A (16 x 8):  (group, pair) (group+8, pair) (group, pair+4) ...
//                 b[2] tf32           B (8 x 8):   (pair, group) (pair + 4, group)
#pragma once
#include "common.cuh"

#ifdef __CUDACC__

DEVICE void mmaBf16(float (&c)[4], const u32 (&a)[4], const u32 (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
      "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

// The same with fp16 pairs.
DEVICE void mmaF16(float (&c)[4], const u32 (&a)[4], const u32 (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
      "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

DEVICE void mmaTf32(float (&c)[4], const u32 (&a)[4], const u32 (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
      "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

// Round to tf32 (10 bits of mantissa), to nearest, ties away from zero.
DEVICE u32 toTf32(float v) {
  u32 r;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(r) : "f"(v));
  return r;
}

// Two numbers rounded to fp16, to nearest even; and back.
DEVICE u32 pairF16(float low, float high) {
  u32 r;
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(high), "f"(low));
  return r;
}
DEVICE float fromF16(u16 bits) {
  float r;
  asm("cvt.f32.f16 %0, %1;" : "=f"(r) : "h"(bits));
  return r;
}

DEVICE u32 sharedAddress(const void* p) { return static_cast<u32>(__cvta_generic_to_shared(p)); }

// Four 8x8 matrices of 2-byte elements; lane l gives the address of row l % 8 of matrix l / 8.
DEVICE void ldmatrix4(u32 (&r)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(sharedAddress(row)));
}
DEVICE void ldmatrix4Transposed(u32 (&r)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(sharedAddress(row)));
}

// 16 bytes from global to shared memory; zeros, and `from` not touched, where `valid` is false.
DEVICE void copyAsync16(void* to, const void* from, bool valid) {
  int bytes = valid ? 16 : 0;
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(sharedAddress(to)), "l"(from),
               "r"(bytes));
}
DEVICE void copyAsyncCommit() { asm volatile("cp.async.commit_group;" ::); }
// Until at most `pending` of the groups committed last are still under way.
template <int pending>
DEVICE void copyAsyncWait() {
  asm volatile("cp.async.wait_group %0;" ::"n"(pending));
}

#endif  // __CUDACC__; the emulator brings the same names
