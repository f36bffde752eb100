// A separable filter: each output is a weighted sum of samples on one axis, of weighted sums on the
// other. Which samples with which weights is a table for each axis, made once in Java, so that taps,
// strides, zero-stuffing, borders and their transposes are all one loop: what lies at a border just
// has other terms.
//
// A row of outputs combines the rows of x under it into one line, which stays in the first cache,
// and then pixels of that line. The rows but one were read for the output before and come from the
// second cache.
#pragma once

#include "kernel.h"

struct Term {
  int32_t at; // which sample
  float weight;
};

// Output o is the sum of terms first[o] .. first[o + 1] - 1. The `run[o]` outputs from o on have the
// same weights, each on samples one further.
struct Axis {
  const int32_t* first;
  const int32_t* run;
  const Term* terms;
};

struct Lowpass {
  const float* x;
  float* y;
  Axis rows, cols;
  int32_t h, w, c; // what is filtered
  int32_t ho, wo;
  int32_t band; // output rows of a task
  int32_t streams;
  int32_t slots; // rows held at once, where rows are made before they are filtered
};

// Longer sums are made in pieces, of which all but the first are added.
constexpr int TERMS = 8;

// to[i] = sum of weights[t] * from[t][i], and more of it where `ADD`. The AHEAD * n floats from `ahead`
// on are wanted next: processors do not foresee several rows that are read side by side (10 to 16 %
// less time; fetched into the first cache instead of the second, none).
template <int T, bool ADD, bool STREAM, int AHEAD>
static INLINE void combine(float* to, const float* const* from, const float* weights, int64_t n,
                           const float* ahead) {
  const float* f[T];
  vec w[T];
#pragma GCC unroll 8
  for (int t = 0; t < T; t++) {
    f[t] = from[t];
    w[t] = all(weights[t]);
  }
  int64_t i = 0;
  for (; i + 4 * W <= n; i += 4 * W) {
#pragma GCC unroll 2
    for (int a = 0; a < AHEAD; a++)
#pragma GCC unroll 4
      for (int k = 0; k < 4; k++) __builtin_prefetch(ahead + a * n + i + k * W, 0, 2);
    vec sum[4];
#pragma GCC unroll 4
    for (int k = 0; k < 4; k++) {
      sum[k] = w[0] * load(f[0] + i + k * W);
      if (ADD) sum[k] += load(to + i + k * W);
    }
#pragma GCC unroll 8
    for (int t = 1; t < T; t++)
#pragma GCC unroll 4
      for (int k = 0; k < 4; k++) sum[k] += w[t] * load(f[t] + i + k * W);
#pragma GCC unroll 4
    for (int k = 0; k < 4; k++) STREAM ? stream(to + i + k * W, sum[k]) : store(to + i + k * W, sum[k]);
  }
  for (; i + W <= n; i += W) {
    vec sum = w[0] * load(f[0] + i);
    if (ADD) sum += load(to + i);
#pragma GCC unroll 8
    for (int t = 1; t < T; t++) sum += w[t] * load(f[t] + i);
    STREAM ? stream(to + i, sum) : store(to + i, sum);
  }
  if (i < n) { // never where results are streamed
    int m = static_cast<int>(n - i);
    vec sum = w[0] * load(f[0] + i, m);
    if (ADD) sum += load(to + i, m);
#pragma GCC unroll 8
    for (int t = 1; t < T; t++) sum += w[t] * load(f[t] + i, m);
    store(to + i, sum, m);
  }
}

template <bool ADD, bool STREAM, int AHEAD = 0>
static INLINE void combine(int count, float* to, const float* const* from, const float* weights,
                           int64_t n, const float* ahead = nullptr) {
  switch (count) {
    case 1: return combine<1, ADD, STREAM, AHEAD>(to, from, weights, n, ahead);
    case 2: return combine<2, ADD, STREAM, AHEAD>(to, from, weights, n, ahead);
    case 3: return combine<3, ADD, STREAM, AHEAD>(to, from, weights, n, ahead);
    case 4: return combine<4, ADD, STREAM, AHEAD>(to, from, weights, n, ahead);
    case 5: return combine<5, ADD, STREAM, AHEAD>(to, from, weights, n, ahead);
    case 6: return combine<6, ADD, STREAM, AHEAD>(to, from, weights, n, ahead);
    case 7: return combine<7, ADD, STREAM, AHEAD>(to, from, weights, n, ahead);
    case 8: return combine<8, ADD, STREAM, AHEAD>(to, from, weights, n, ahead);
  }
}

static INLINE void zero(float* to, int64_t n) {
  for (int64_t i = 0; i < n; i++) to[i] = 0;
}

// One output row from one line.
template <bool STREAM>
static INLINE void filterLine(const Lowpass& p, const float* line, float* y) {
  int64_t c = p.c;
  for (int o = 0, run; o < p.wo; o += run, y += run * c) {
    const Term* terms = p.cols.terms + p.cols.first[o];
    run = p.cols.run[o]; // side by side, so one long loop
    int count = p.cols.first[o + 1] - p.cols.first[o];
    const float* from[TERMS];
    float weights[TERMS];
    if (count <= TERMS && count > 0) {
      for (int t = 0; t < count; t++) {
        from[t] = line + terms[t].at * c;
        weights[t] = terms[t].weight;
      }
      combine<false, STREAM>(count, y, from, weights, run * c);
      continue;
    }
    if (count == 0) zero(y, run * c);
    for (int done = 0; done < count; done += TERMS) {
      int some = static_cast<int>(min(TERMS, count - done));
      for (int t = 0; t < some; t++) {
        from[t] = line + terms[done + t].at * c;
        weights[t] = terms[done + t].weight;
      }
      done == 0 ? combine<false, false>(some, y, from, weights, run * c)
                : combine<true, false>(some, y, from, weights, run * c);
    }
  }
}

// The rows that output o + 1 reads below those of output o, if they are one or two.
static INLINE int rowsAhead(const Lowpass& p, int o) {
  int now = p.rows.terms[p.rows.first[o + 1] - 1].at;
  int next = p.rows.terms[p.rows.first[o + 2] - 1].at;
  return 0 < next - now && next - now <= 2 ? next - now : 0;
}

// `source.rows(terms, count, from)` finds up to TERMS rows of the image.
template <class Source>
static INLINE void filterBand(const Lowpass& p, int64_t image, int begin, int end, float* line,
                              Source& source) {
  int64_t width = static_cast<int64_t>(p.w) * p.c;
  for (int o = begin; o < end; o++) {
    const Term* terms = p.rows.terms + p.rows.first[o];
    int count = p.rows.first[o + 1] - p.rows.first[o];
    const float* filtered = line;
    if (count == 0) zero(line, width);
    for (int done = 0; done < count; done += TERMS) {
      int some = static_cast<int>(min(TERMS, count - done));
      const float* from[TERMS];
      float weights[TERMS];
      source.rows(terms + done, some, from);
      for (int t = 0; t < some; t++) weights[t] = terms[done + t].weight;
      if (count == 1 && weights[0] == 1) {
        filtered = from[0];
      } else if (done == 0) {
        const float* last = from[some - 1] + width;
        switch (Source::AHEAD && count == some && o + 1 < end ? rowsAhead(p, o) : 0) {
          case 0: combine<false, false>(some, line, from, weights, width); break;
          case 1: combine<false, false, 1>(some, line, from, weights, width, last); break;
          case 2: combine<false, false, 2>(some, line, from, weights, width, last); break;
        }
      } else {
        combine<true, false>(some, line, from, weights, width);
      }
    }
    float* y = p.y + (image * p.ho + o) * p.wo * p.c;
    p.streams ? filterLine<true>(p, filtered, y) : filterLine<false>(p, filtered, y);
  }
  if (p.streams) fence();
}

struct Band {
  int64_t image;
  int begin, end;
};

static INLINE Band bandOf(const Lowpass& p, int64_t task) {
  int64_t bands = (p.ho + p.band - 1) / p.band;
  int begin = static_cast<int>(task % bands) * p.band;
  return {task / bands, begin, static_cast<int>(min(p.ho, begin + p.band))};
}

// Rows made from x when they are first wanted, in a few slots; those of one output row stay together.
template <class Make>
struct MadeRows {
  static constexpr bool AHEAD = false;
  float* memory;
  int64_t width;
  int slots;
  Make make; // (row, where to)
  int held[TERMS];

  INLINE MadeRows(float* memory, int64_t width, int slots, Make make)
      : memory(memory), width(width), slots(slots), make(make) {
    for (int s = 0; s < TERMS; s++) held[s] = -1;
  }

  INLINE void rows(const Term* terms, int count, const float** from) {
    for (int t = 0; t < count; t++) {
      int slot = find(terms[t].at);
      if (slot < 0) {
        slot = 0;
        while (wanted(held[slot], terms, count)) slot++;
        make(terms[t].at, memory + slot * width);
        held[slot] = terms[t].at;
      }
      from[t] = memory + slot * width;
    }
  }

 private:
  INLINE int find(int row) const {
    for (int s = 0; s < slots; s++)
      if (held[s] == row) return s;
    return -1;
  }
  static INLINE bool wanted(int row, const Term* terms, int count) {
    for (int t = 0; t < count; t++)
      if (terms[t].at == row) return true;
    return false;
  }
};
