// dx = dy where max(0, x) let something through. y is max(0, x): 0 exactly where nothing came through.
#include "kernel.h"

struct ReluGradient {
  const float* y;
  const float* dy;
  float* dx;
  int64_t size;
  int64_t task; // elements of a task, a multiple of W
};

KERNEL(relu_gradient, ReluGradient) {
  int64_t at = task * p.task;
  int64_t end = min(p.size, at + p.task);
  for (; at + W <= end; at += W) {
    vec y = load(p.y + at);
    store(p.dx + at, y > 0.0f ? load(p.dy + at) : vec{});
  }
  if (at < end) {
    int n = static_cast<int>(end - at);
    store(p.dx + at, load(p.y + at, n) > 0.0f ? load(p.dy + at, n) : vec{}, n);
  }
}
