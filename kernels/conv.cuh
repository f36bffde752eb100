// conv.cuh - dense and grouped convolution as products of gathered matrices (gemm.cuh); NHWC, weights
// (O, kh, kw, C/groups). What they mean: graph/op/Conv2d.java, Conv2dInputGrad, Conv2dWeightGrad.
// Launched by: backend/cuda/ConvCuda.java.
//
//                   lines of A            lines of B              k
//   forward         output pixels         output channels         (tap, input channel)
//   input gradient  input pixels          input channels          (tap, output channel)
//   weight gradient output channels       (tap, input channel)    output pixels
//
// The input gradient takes the input pixels of one residue class modulo the strides at a time: they
// see the same taps, so no product meets a zero that striding put there.
#pragma once
#include "gemm.cuh"

struct ConvParams {
  const void* map;     // forward and weight gradient: x; input gradient: dy
  const void* factor;  // forward and input gradient: w; weight gradient: dy
  void* y;             // y; dx; dw or its partial sums (slabs, O, kh, kw, C/groups) in float
  Epilogue epilogue;
  int n, h, w, c;      // x
  int ho, wo, o;       // y
  int kh, kw;
  int strideH, strideW, dilationH, dilationW, top, left;
  int groups;
  int circular;
  int slabPixels;      // weight gradient: output pixels of one slab
  Divisor byPixels, byWo, byKw, byC, byO;  // ho * wo; C and O of one group
};

// Where a window stands, and what it reaches from there; together an element of a map or a zero.
template <class T>
struct Spot {
  const T* image;  // null beyond the last
  int h, w;
};
struct Reach {
  int dh, dw, channel;  // channel -1 beyond the last
};

// A map of h x w pixels, `c` elements apart. A ring has no edge: its padding is its other side.
template <class T>
struct Map {
  int h, w, c;
  bool ringH, ringW;

  DEVICE const T* at(const Spot<T>& spot, const Reach& reach) const {
    int y = around(ringH, spot.h + reach.dh, h);
    int x = around(ringW, spot.w + reach.dw, w);
    bool in = spot.image && reach.channel >= 0 && static_cast<u32>(y) < static_cast<u32>(h) &&
              static_cast<u32>(x) < static_cast<u32>(w);
    return in ? spot.image + ((y * w + x) * c + reach.channel) : nullptr;
  }
  static DEVICE int around(bool ring, int i, int n) {  // padding is at most the map: one turn
    if (!ring) return i;
    return i < 0 ? i + n : i >= n ? i - n : i;
  }
};

// The windows of x: a spot for each output pixel, a reach for each (tap, channel).
template <class T>
struct Windows {
  const ConvParams& p;
  Map<T> map;
  const T* x;  // first channel of the group
  int taps, end;  // of k or of pixels

  DEVICE Windows(const ConvParams& p, int group, int pixelEnd)
      : p(p),
        map{p.h, p.w, p.c, p.circular != 0, p.circular != 0},
        x(static_cast<const T*>(p.map) + group * (p.c / p.groups)),
        taps(p.kh * p.kw * (p.c / p.groups)),
        end(pixelEnd) {}

  DEVICE Spot<T> spot(int pixel) const {
    if (pixel >= end) return {nullptr, 0, 0};
    int image = quotient(p.byPixels, pixel);
    int rest = pixel - image * p.ho * p.wo;
    int i = quotient(p.byWo, rest);
    int j = rest - i * p.wo;
    return {x + static_cast<i64>(image) * p.h * p.w * p.c, i * p.strideH - p.top,
            j * p.strideW - p.left};
  }
  DEVICE Reach reach(int k) const {
    int tap = quotient(p.byC, k);
    int a = quotient(p.byKw, tap);
    int c = static_cast<int>(p.byC.divisor);
    return {a * p.dilationH, (tap - a * p.kw) * p.dilationW, k < taps ? k - tap * c : -1};
  }
};

template <class T>
struct WindowRows : Windows<T> {
  static constexpr bool alongK = true;
  typedef T Element;
  typedef Spot<T> Line;
  typedef Reach Step;
  using Windows<T>::Windows;
  DEVICE Line line(int pixel) const { return this->spot(pixel); }
  DEVICE Step step(int k) const { return this->reach(k); }
  DEVICE const T* at(const Line& line, const Step& step) const { return this->map.at(line, step); }
};

template <class T>
struct WindowColumns : Windows<T> {
  static constexpr bool alongK = false;
  typedef T Element;
  typedef Reach Line;
  typedef Spot<T> Step;
  using Windows<T>::Windows;
  DEVICE Line line(int k) const { return this->reach(k); }
  DEVICE Step step(int pixel) const { return this->spot(pixel); }
  DEVICE const T* at(const Line& line, const Step& step) const { return this->map.at(step, line); }
};

// Along one axis: through which taps the input lines residue + t * stride see which output lines.
// Entry e is tap + e * tapStep, seen at output line t + shift - e * shiftStep. Circular padding
// makes up to three runs of entries, one for each turn that a line's copies make round the ring;
// where the output is a ring of its own, one run is all, as it is with zeros (RUNS 1).
template <int RUNS>
struct Sight {
  int lines;  // t < lines
  int total, tapStep, shiftStep;
  int count[RUNS], tap[RUNS], shift[RUNS];
  bool ring;

  DEVICE Sight(int residue, int stride, int dilation, int before, int taps, int in, int out,
               bool circular) {
    lines = residue < in ? (in - residue + stride - 1) / stride : 0;
    ring = circular && out * stride == in;
    tapStep = 1;
    while (tapStep * dilation % stride != 0) tapStep++;
    shiftStep = tapStep * dilation / stride;
    total = 0;
#pragma unroll
    for (int turn = 0; turn < RUNS; turn++) {
      count[turn] = tap[turn] = shift[turn] = 0;
      if (turn > 0 && (!circular || ring)) continue;
      int at = residue + before + (turn == 0 ? 0 : turn == 1 ? in : -in);
      int first = 0;
      while (first < tapStep && (at - first * dilation) % stride != 0) first++;
      if (first == tapStep || first >= taps) continue;
      int entries = (taps - 1 - first) / tapStep + 1;
      int to = (at - first * dilation) / stride;
      if (!ring) {  // drop what no line sees, at both ends
        while (entries > 0 && to >= out) first += tapStep, to -= shiftStep, entries--;
        while (entries > 0 && to - (entries - 1) * shiftStep + lines <= 0) entries--;
      }
      count[turn] = entries;
      tap[turn] = first;
      shift[turn] = to;
      total += entries;
    }
  }

  DEVICE void entry(int e, int out, int& throughTap, int& atShift) const {
    int turnTap = tap[0], turnShift = shift[0];
    if constexpr (RUNS == 3) {
      if (e >= count[0]) {
        e -= count[0];
        bool last = e >= count[1];
        if (last) e -= count[1];
        turnTap = last ? tap[2] : tap[1];
        turnShift = last ? shift[2] : shift[1];
      }
    }
    throughTap = turnTap + e * tapStep;
    atShift = turnShift - e * shiftStep;
    if (ring) atShift = floorMod(atShift, out);
  }
};

// One residue class of the input gradient, of one group.
template <class T, int RUNS>
struct Gathering {
  const ConvParams& p;
  int residueH, residueW, group;
  Sight<RUNS> rows, cols;
  Divisor byPixels, byLine, byTaps;

  DEVICE Gathering(const ConvParams& p, int residueH, int residueW, int group)
      : p(p),
        residueH(residueH),
        residueW(residueW),
        group(group),
        rows(residueH, p.strideH, p.dilationH, p.top, p.kh, p.h, p.ho, p.circular != 0),
        cols(residueW, p.strideW, p.dilationW, p.left, p.kw, p.w, p.wo, p.circular != 0),
        byPixels(divisorOf(max(1, rows.lines * cols.lines))),
        byLine(divisorOf(max(1, cols.lines))),
        byTaps(divisorOf(max(1, cols.total))) {}

  DEVICE int pixels() const { return p.n * rows.lines * cols.lines; }
  DEVICE int depth() const { return rows.total * cols.total * (p.o / p.groups); }

  // The class's pixel t: its image and its place among the class's lines.
  DEVICE void place(int t, int& image, int& i, int& j) const {
    image = quotient(byPixels, t);
    int rest = t - image * rows.lines * cols.lines;
    i = quotient(byLine, rest);
    j = rest - i * cols.lines;
  }
  // k = (entry of rows, entry of cols, output channel): the tap, and the reach into dy.
  DEVICE Reach reach(int k, int& tap) const {
    int entry = quotient(p.byO, k);
    int channel = k - entry * static_cast<int>(p.byO.divisor);
    int row = quotient(byTaps, entry);
    int tapH, tapW, dh, dw;
    rows.entry(row, p.ho, tapH, dh);
    cols.entry(entry - row * cols.total, p.wo, tapW, dw);
    tap = tapH * p.kw + tapW;
    return {dh, dw, channel};
  }
};

template <class T, int RUNS>
struct GatheringRows {  // A: dy as the class's pixels see it
  static constexpr bool alongK = true;
  typedef T Element;
  typedef Spot<T> Line;
  typedef Reach Step;
  const Gathering<T, RUNS>& g;
  Map<T> map;
  int pixels, depth;

  DEVICE explicit GatheringRows(const Gathering<T, RUNS>& g)
      : g(g),
        map{g.p.ho, g.p.wo, g.p.o, g.rows.ring, g.cols.ring},
        pixels(g.pixels()),
        depth(g.depth()) {}

  DEVICE Line line(int t) const {
    if (t >= pixels) return {nullptr, 0, 0};
    int image, i, j;
    g.place(t, image, i, j);
    const T* dy = static_cast<const T*>(g.p.map) + g.group * (g.p.o / g.p.groups);
    return {dy + static_cast<i64>(image) * g.p.ho * g.p.wo * g.p.o, i, j};
  }
  DEVICE Step step(int k) const {
    if (k >= depth) return {0, 0, -1};
    int tap;
    return g.reach(k, tap);
  }
  DEVICE const T* at(const Line& line, const Step& step) const { return map.at(line, step); }
};

template <class T, int RUNS>
struct GatheringWeights {  // B: w, its input channels side by side
  static constexpr bool alongK = false;
  typedef T Element;
  typedef const T* Line;
  typedef i64 Step;
  const Gathering<T, RUNS>& g;
  int depth;

  DEVICE explicit GatheringWeights(const Gathering<T, RUNS>& g) : g(g), depth(g.depth()) {}

  DEVICE Line line(int c) const {
    int channels = g.p.c / g.p.groups;
    i64 first = static_cast<i64>(g.group) * (g.p.o / g.p.groups) * g.p.kh * g.p.kw * channels;
    return c < channels ? static_cast<const T*>(g.p.factor) + first + c : nullptr;
  }
  DEVICE Step step(int k) const {
    if (k >= depth) return -1;
    int tap;
    int o = g.reach(k, tap).channel;
    return (static_cast<i64>(o) * g.p.kh * g.p.kw + tap) * (g.p.c / g.p.groups);
  }
  DEVICE const T* at(Line line, Step step) const {
    return line && step >= 0 ? line + step : nullptr;
  }
};

// ---- its result ----------------------------------------------------------------------------------------

template <class T, int RUNS>
struct GatheringOut {  // the class's pixels of dx
  void* y;
  const Gathering<T, RUNS>& g;
  int count, channels;
  DEVICE explicit GatheringOut(const Gathering<T, RUNS>& g)
      : y(g.p.y), g(g), count(g.pixels()), channels(g.p.c) {}
  DEVICE i64 row(int t) const {
    if (t >= count) return -1;
    int image, i, j;
    g.place(t, image, i, j);
    i64 line = static_cast<i64>(image) * g.p.h + g.residueH + i * g.p.strideH;
    i64 pixel = line * g.p.w + g.residueW + j * g.p.strideW;
    return pixel * g.p.c + g.group * (g.p.c / g.p.groups);
  }
};

// ---- the three products, on an engine ------------------------------------------------------------------

// Blocks walk the tiles of a row first: they share the rows of A, which are the larger factor.
// z is the group.
template <class T, class Engine>
DEVICE void convForward(const ConvParams& p) {
  int group = blockIdx.z;
  int channels = p.o / p.groups;
  int tilesN = ceilDiv(channels, Engine::N);
  int tileM = static_cast<int>(blockIdx.x) / tilesN;
  int n0 = (static_cast<int>(blockIdx.x) - tileM * tilesN) * Engine::N;
  int pixels = p.n * p.ho * p.wo;
  int depth = p.kh * p.kw * (p.c / p.groups);
  WindowRows<T> a(p, group, pixels);
  Matrix<T, true> b{static_cast<const T*>(p.factor) + static_cast<i64>(group) * channels * depth,
                    channels, depth, depth};
  Rows out{p.y, pixels, p.o, group * channels};
  Epilogue e = p.epilogue;
  if (e.bias) e.bias = static_cast<const T*>(e.bias) + group * channels;
  if (e.sums) e.sums += group * channels;
  Engine::template multiply<T>(a, b, out, e, tileM * Engine::M, n0, 0, depth);
}

// z is the group and, within it, the residue class.
template <class T, class Engine, int RUNS = 1>
DEVICE void convInputGrad(const ConvParams& p) {
  int classes = p.strideH * p.strideW;
  int group = static_cast<int>(blockIdx.z) / classes;
  int residue = static_cast<int>(blockIdx.z) - group * classes;
  int channels = p.c / p.groups;
  int tilesN = ceilDiv(channels, Engine::N);
  int tileM = static_cast<int>(blockIdx.x) / tilesN;
  int n0 = (static_cast<int>(blockIdx.x) - tileM * tilesN) * Engine::N;
  Gathering<T, RUNS> g(p, residue / p.strideW, residue % p.strideW, group);
  if (tileM * Engine::M >= g.pixels()) return;  // the grid is that of the largest class
  GatheringRows<T, RUNS> a(g);
  GatheringWeights<T, RUNS> b(g);
  GatheringOut<T, RUNS> out(g);
  Engine::template multiply<T>(a, b, out, p.epilogue, tileM * Engine::M, n0, 0, a.depth);
}

// z is the group and, within it, the slab of output pixels; float partial sums, one plane a slab.
template <class T, class Engine>
DEVICE void convWeightGrad(const ConvParams& p) {
  int group = static_cast<int>(blockIdx.z) % p.groups;
  int slab = static_cast<int>(blockIdx.z) / p.groups;
  int channels = p.o / p.groups;
  int taps = p.kh * p.kw * (p.c / p.groups);
  int tilesN = ceilDiv(taps, Engine::N);
  int tileM = static_cast<int>(blockIdx.x) / tilesN;
  int n0 = (static_cast<int>(blockIdx.x) - tileM * tilesN) * Engine::N;
  int pixels = p.n * p.ho * p.wo;
  int begin = slab * p.slabPixels;
  int end = min(pixels, begin + p.slabPixels);
  Matrix<T, false> a{static_cast<const T*>(p.factor) + group * channels, channels, end, p.o};
  WindowColumns<T> b(p, group, end);
  Rows out{p.y, channels, taps, (static_cast<i64>(slab) * p.o + group * channels) * taps};
  Engine::template multiply<float>(a, b, out, p.epilogue, tileM * Engine::M, n0, begin, end);
}
