// columns_grid.h - the grid of kernels/columns.cuh as backend/cuda/Columns.java makes it, but with
// as many slabs as a case asks for.
#pragma once
#include "columns.cuh"

struct Grid {
  Columns walk;
  int pack, slabs;
  dim3 blocks;

  template <class T>
  static Grid of(int units, int rows, int c, int slabs) {
    int pack = c % Pack<T>::N == 0 ? Pack<T>::N : 1;
    int tiles = ceilDiv(c / pack, pack == 1 ? 128 : 32);
    i64 perSlab = ceilDiv(rows, slabs);
    slabs = ceilDiv(rows, static_cast<int>(perSlab));
    return {{rows, perSlab, c, ceilDiv(c / pack, tiles)},
            pack,
            slabs,
            {static_cast<u32>(tiles), static_cast<u32>(slabs), static_cast<u32>(units)}};
  }
  const char* any() const { return pack == 1 ? "any_" : ""; }
};
