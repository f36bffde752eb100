// normalize.cuh - what the forward and the backward pass of a normalisation share.
#pragma once
#include "columns.cuh"

// graph/op/Over.java: x is cut into units of `rows` pixels, a unit's channels into `groups` runs;
// each run of a unit is a set with a mean and a variance of its own.
//   BATCH: one unit, runs of one channel.  GROUPS: units are samples.  CHANNELS: units are pixels.
struct Sets {
  i64 sets, rows;
  double count;  // elements of a set
  int c, groups, run;
  float share;  // 1 / count
};

DEVICE i64 setOf(const Sets& s, i64 pixel, int c) { return pixel / s.rows * s.groups + c / s.run; }

// Where element k of a set lies in x.
DEVICE i64 elementOf(const Sets& s, i64 set, i64 k) {
  i64 pixel = set / s.groups * s.rows + k / s.run;
  return pixel * s.c + set % s.groups * s.run + k % s.run;
}

DEVICE float inverse(float variance, float epsilon) { return rsqrtf(variance + epsilon); }
// One definition for the forward pass and for the sign that the backward pass takes from it again.
DEVICE float apply(float x, float mean, float scale, float beta) {
  return fmaf(x - mean, scale, beta);
}
DEVICE float relu(float v) { return v < 0 ? 0.0f : v; }  // a NaN stays one

// Where a block walks within one unit.
DEVICE i64 setInBlock(const Sets& s, int c) {
  return blockIdx.z * static_cast<i64>(s.groups) + static_cast<u32>(c) / static_cast<u32>(s.run);
}

template <int V>
DEVICE void loadStatistics(const Sets& over, const float* statistics, int c, float epsilon,
                           float (&mean)[V], float (&r)[V]) {
  for (int i = 0; i < V; i++) {
    i64 set = setInBlock(over, c + i);
    mean[i] = statistics[set];
    r[i] = inverse(statistics[over.sets + set], epsilon);
  }
}
