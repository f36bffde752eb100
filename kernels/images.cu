// images.cu - a window of each image, mirrored or not, normalised. What it means:
// graph/op/PrepareImages.java. Launched by: backend/cuda/ImagesCuda.java.
#include "common.cuh"

constexpr int MOST_CHANNELS = 16;  // ImagesCuda.MOST_CHANNELS

// Spaces: image (h, w) - window (height, width), flipped - y.
struct ImagesParams {
  const u8* x;         // (n, h, w, c)
  const int* windows;  // (n, 3): top, left, flip
  void* y;             // (n, height, width, c)
  int n, h, w, c, height, width;
  int reflect;  // outside: 1 mirrored, 0 black
  float factor[MOST_CHANNELS], offset[MOST_CHANNELS];
};

// PrepareImages.pixel
DEVICE int pixelAt(int i, int n, int reflect) {
  if (0 <= i && i < n) return i;
  if (!reflect) return -1;
  int period = max(1, 2 * (n - 1));
  int folded = floorMod(i, period);
  return min(folded, period - folded);
}

// One image's row as y's row `row` sees it.
struct ImageRow {
  const u8* at;  // null where all of it is black
  int left, flip;

  DEVICE ImageRow(const ImagesParams& p, i64 row) {
    i64 image = row / p.height;
    const int* window = p.windows + image * 3;
    int h = pixelAt(window[0] + static_cast<int>(row - image * p.height), p.h, p.reflect);
    at = h < 0 ? nullptr : p.x + (image * p.h + h) * p.w * p.c;
    left = window[1];
    flip = window[2];
  }
  DEVICE float value(const ImagesParams& p, int j, int c) const {
    int w = pixelAt(left + (flip ? p.width - 1 - j : j), p.w, p.reflect);
    int byte = at == nullptr || w < 0 ? 0 : at[static_cast<i64>(w) * p.c + c];
    return fmaf(static_cast<float>(byte), p.factor[c], p.offset[c]);
  }
};

template <class T>
DEVICE void images(const ImagesParams& p) {
  int length = p.width * p.c;
  i64 total = static_cast<i64>(p.n) * p.height * length;
  for (i64 i = globalThread(); i < total; i += gridThreads()) {
    i64 row = i / length;
    int place = static_cast<int>(i - row * length);
    store<T>(p.y, i, ImageRow(p, row).value(p, place / p.c, place % p.c));
  }
}

// A row of y is whole packs.
template <class T>
DEVICE void imagesVector(const ImagesParams& p) {
  constexpr int N = Pack<T>::N;
  int packs = p.width * p.c / N;
  i64 total = static_cast<i64>(p.n) * p.height * packs;
  for (i64 i = globalThread(); i < total; i += gridThreads()) {
    i64 row = i / packs;
    int place = static_cast<int>(i - row * packs) * N;
    const ImageRow from(p, row);
    int j = place / p.c, c = place % p.c;
    float v[N];
#pragma unroll
    for (int k = 0; k < N; k++) {
      v[k] = from.value(p, j, c);
      if (++c == p.c) {
        c = 0;
        j++;
      }
    }
    storePack(static_cast<T*>(p.y) + i * N, v);
  }
}

KERNEL(256) images_f32(ImagesParams p) { images<float>(p); }
EXPORT(images_f32)
KERNEL(256) images_bf16(ImagesParams p) { images<bf16>(p); }
EXPORT(images_bf16)
KERNEL(256) images_v_f32(ImagesParams p) { imagesVector<float>(p); }
EXPORT(images_v_f32)
KERNEL(256) images_v_bf16(ImagesParams p) { imagesVector<bf16>(p); }
EXPORT(images_v_bf16)
