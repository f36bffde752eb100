// A convolution whose every channel has its own kernel, and what its two gradients share with it:
// geometry, and which taps of the window meet which samples. Borders are met by index, nothing is
// padded.
#pragma once

#include "kernel.h"

struct Depthwise {
  const float* x; // what the window walks over: x, or dy for an input gradient
  const float* w; // (channels, kh, kw), or dy for a weight gradient
  float* y;       // what comes out, or the slabs' partial weight gradients
  int64_t samples;
  int32_t channels;
  int32_t inH, inW, outH, outW; // of x and y; for a weight gradient out is dy
  int32_t kh, kw;
  int32_t strideH, strideW, dilationH, dilationW;
  int32_t top, left;
  int32_t circular;
  int32_t flipped;    // the taps in reverse: an input gradient without strides
  int32_t transposed; // an input gradient by its definition: output o lies where the window put it
  int32_t streams;
  int32_t rows;  // of outputs a task makes, of all samples' rows
  int32_t group; // channels a task makes, a multiple of 16
};

// One axis of it.
struct Axis {
  int32_t in, out, taps, stride, dilation, pad, circular, transposed;
};

static INLINE Axis rowAxis(const Depthwise& p) {
  return {p.inH, p.outH, p.kh, p.strideH, p.dilationH, p.top, p.circular, p.transposed};
}
static INLINE Axis columnAxis(const Depthwise& p) {
  return {p.inW, p.outW, p.kw, p.strideW, p.dilationW, p.left, p.circular, p.transposed};
}

// The sample at position i of the extended signal, or -1. Padding is at most the signal: one turn.
static INLINE int32_t indexAt(int32_t i, int32_t n, int32_t circular) {
  if (circular) return i < 0 ? i + n : i >= n ? i - n : i;
  return i < 0 || i >= n ? -1 : i;
}

// Which taps of the window at `o` meet a sample, and which; at most 3 * taps pairs (tap, sample).
static inline int listTaps(const Axis& a, int32_t o, int32_t* pairs) {
  int count = 0;
  auto add = [&](int32_t tap, int32_t sample) {
    pairs[2 * count] = tap;
    pairs[2 * count + 1] = sample;
    count++;
  };
  for (int32_t t = 0; t < a.taps; t++) {
    if (!a.transposed) {
      int32_t i = indexAt(o * a.stride - a.pad + t * a.dilation, a.in, a.circular);
      if (i >= 0) add(t, i);
      continue;
    }
    for (int32_t turn = -a.circular; turn <= a.circular; turn++) {
      int32_t i = o + turn * a.out + a.pad - t * a.dilation;
      if (i >= 0 && i % a.stride == 0 && i / a.stride < a.in) add(t, i / a.stride);
    }
  }
  return count;
}

// Where each column that a window without gaps reads lies in its row, in floats, or -1.
static inline void mapColumns(const Depthwise& p, int32_t* map) {
  int32_t positions = (p.outW - 1) * p.strideW + (p.kw - 1) * p.dilationW + 1;
  for (int32_t i = 0; i < positions; i++) {
    int32_t at = indexAt(i - p.left, p.inW, p.circular);
    map[i] = at < 0 ? -1 : at * p.channels;
  }
}

// A task's share: some rows of all samples', some channels.
struct Share {
  int64_t from, to;   // rows
  int32_t first, end; // channels
};

static INLINE Share shareOf(const Depthwise& p, int64_t task) {
  int64_t groups = (p.channels + p.group - 1) / p.group;
  int64_t slab = task / groups;
  int32_t first = static_cast<int32_t>(task % groups) * p.group;
  return {slab * p.rows, min(p.samples * p.outH, (slab + 1) * p.rows), first,
          static_cast<int32_t>(min(p.channels, first + p.group))};
}

static INLINE vec loadPart(const float* p, int n) { return n == W ? load(p) : load(p, n); }
