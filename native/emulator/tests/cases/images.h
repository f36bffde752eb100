// images.h - small launches of kernels/images.cu, against a plain loop over the windows.
#include "images.cu"
#include "values.h"

// Mirrored without its edge as often as it takes, or -1 for black.
static int mirrored(int i, int n, int reflect) {
  if (!reflect) return i < 0 || i >= n ? -1 : i;
  while (n > 1 && (i < 0 || i >= n)) i = i < 0 ? -i : 2 * (n - 1) - i;
  return n == 1 ? 0 : i;
}

template <class T>
static void checkImages(const char* kernel, int h, int w, int c, int height, int width) {
  constexpr int WINDOWS[][3] = {{0, 0, 0}, {-1, 2, 1}, {3, -9, 0}, {-17, 20, 1}};
  for (int reflect = 0; reflect < 2; reflect++) {
    int n = 4;
    test::Buffer<u8> x(n * h * w * c);
    for (i64 i = 0; i < x.count; i++) x.data[i] = static_cast<u8>(i * 37 + 11);
    test::Buffer<int> windows(3 * n);
    for (int i = 0; i < 3 * n; i++) windows.data[i] = WINDOWS[i / 3][i % 3];
    test::Buffer<T> y(n * height * width * c);
    ImagesParams p = {x, windows, y, n, h, w, c, height, width, reflect, {}, {}};
    for (int i = 0; i < c; i++) p.factor[i] = 0.5f + i, p.offset[i] = 0.25f * i;
    test::launch(kernel, {2}, {32}, 0, p);
    for (i64 i = 0; i < y.count; i++) {
      int channel = static_cast<int>(i % c), column = static_cast<int>(i / c % width);
      i64 row = i / c / width % height, image = i / c / width / height;
      const int* window = WINDOWS[image];
      if (window[2]) column = width - 1 - column;
      int iy = mirrored(window[0] + static_cast<int>(row), h, reflect);
      int ix = mirrored(window[1] + column, w, reflect);
      int byte = iy < 0 || ix < 0 ? 0 : x[((image * h + iy) * w + ix) * c + channel];
      double expected = byte * (0.5 + channel) + 0.25 * channel;
      EXPECT_NEAR(load<T>(y, i), expected, sizeof(T) == 2 ? expected / 256 : 0);
    }
  }
}
CASE(images) {
  checkImages<float>("images_f32", 5, 7, 3, 4, 9);
  checkImages<float>("images_f32", 1, 1, 1, 2, 3);
  checkImages<bf16>("images_bf16", 3, 2, MOST_CHANNELS, 1, 1);
  checkImages<float>("images_v_f32", 5, 7, 3, 3, 8);
  checkImages<float>("images_v_f32", 2, 9, 1, 7, 4);
  checkImages<bf16>("images_v_bf16", 7, 5, 3, 5, 8);
  checkImages<bf16>("images_v_bf16", 1, 3, MOST_CHANNELS, 2, 1);
}
