// cudnn.cpp - a libcudnn.so.9 with convolutions in NHWC and their gradients, computed on the host,
// behind the fake driver's streams.
#include <stdio.h>
#include <stdlib.h>

#include <array>
#include <vector>

#include "numbers.h"

namespace {

enum { OK = 0, BAD_PARAM = 2000, NOT_SUPPORTED = 3000 };
enum { FLOAT = 0, BFLOAT16 = 9, NHWC = 1, CROSS_CORRELATION = 1 };
enum { DEFAULT_MATH = 0, TENSOR_OP_MATH = 1, FMA_MATH = 3 };
constexpr size_t workspaceBytes = 1000;

struct Handle {
  void* stream;
};
struct Tensor {
  int type, n, c, h, w;
};
struct Filter {
  int type, k, c, r, s;
};
struct Window {
  int padH, padW, strideH, strideW, dilationH, dilationW, groups = 1, math = 0;
};

int64_t at(const Tensor& t, int n, int y, int x, int c) {
  return ((static_cast<int64_t>(n) * t.h + y) * t.w + x) * t.c + c;
}
int64_t at(const Filter& f, int k, int r, int s, int c) {
  return ((static_cast<int64_t>(k) * f.r + r) * f.s + s) * f.c + c;
}
int windows(int extent, int pad, int dilation, int taps, int stride) {
  return (extent + 2 * pad - dilation * (taps - 1) - 1) / stride + 1;
}

int check(const Tensor& x, const Filter& w, const Window& v, const Tensor& y, int algorithm) {
  bool fits = x.c == w.c * v.groups && y.c == w.k && w.k % v.groups == 0 && x.n == y.n &&
              y.h == windows(x.h, v.padH, v.dilationH, w.r, v.strideH) &&
              y.w == windows(x.w, v.padW, v.dilationW, w.s, v.strideW);
  if (!fits || x.type != w.type || x.type != y.type) return BAD_PARAM;
  if (x.type == BFLOAT16 && v.math != TENSOR_OP_MATH) return NOT_SUPPORTED;
  const char* refused = getenv("FAKE_CUDNN_REFUSES_GROUPS");
  return algorithm != 1 || (refused && v.groups > 1) ? NOT_SUPPORTED : OK;
}

// Calls `visit` with each product's places in x, w and y.
template <class F>
void products(const Tensor& x, const Filter& w, const Window& v, const Tensor& y, F visit) {
  int outPerGroup = w.k / v.groups;
  for (int n = 0; n < y.n; n++)
    for (int i = 0; i < y.h; i++)
      for (int j = 0; j < y.w; j++)
        for (int k = 0; k < w.k; k++)
          for (int r = 0; r < w.r; r++)
            for (int s = 0; s < w.s; s++) {
              int row = i * v.strideH - v.padH + r * v.dilationH;
              int column = j * v.strideW - v.padW + s * v.dilationW;
              if (row < 0 || row >= x.h || column < 0 || column >= x.w) continue;
              for (int c = 0; c < w.c; c++)
                visit(at(x, n, row, column, k / outPerGroup * w.c + c), at(w, k, r, s, c),
                      at(y, n, i, j, k));
            }
}

enum Result { X, W, Y };

// One of the three from the other two.
int start(Handle* handle, Result result, const Tensor& x, const void* dataX, const Filter& w,
          const void* dataW, const Window& v, const Tensor& y, const void* dataY, int algorithm,
          void* workspace, size_t bytes, const float* alpha, const float* beta) {
  if (int status = check(x, w, v, y, algorithm)) return status;
  if (bytes < workspaceBytes || !workspace || *alpha != 1 || *beta != 0) return BAD_PARAM;
  bool bf16 = x.type == BFLOAT16, tf32 = !bf16 && v.math == DEFAULT_MATH;
  Work work = [=] {
    spoil(workspace, bytes);
    std::array<Elements, 3> data = {Elements{dataX, bf16, tf32}, Elements{dataW, bf16, tf32},
                                    Elements{dataY, bf16, tf32}};
    std::array<int64_t, 3> sizes = {static_cast<int64_t>(x.n) * x.h * x.w * x.c,
                                    static_cast<int64_t>(w.k) * w.r * w.s * w.c,
                                    static_cast<int64_t>(y.n) * y.h * y.w * y.c};
    std::vector<double> sums(static_cast<size_t>(sizes[result]));
    products(x, w, v, y, [&](int64_t i, int64_t j, int64_t k) {
      std::array<int64_t, 3> places = {i, j, k};
      double product = 1;
      for (int which : {X, W, Y})
        if (which != result) product *= data[which][places[which]];
      sums[static_cast<size_t>(places[result])] += product;
    });
    void* to = const_cast<void*>(data[result].at);
    for (size_t i = 0; i < sums.size(); i++) put(to, bf16, static_cast<int64_t>(i), sums[i]);
    return 0;
  };
  return fakeEnqueue(handle->stream, &work);
}

}  // namespace

ENTRY size_t cudnnGetVersion() { return 90501; }
ENTRY const char* cudnnGetErrorString(int status) {
  return status == NOT_SUPPORTED ? "CUDNN_STATUS_NOT_SUPPORTED" : "CUDNN_STATUS_BAD_PARAM";
}

ENTRY int cudnnCreate(Handle** handle) {
  *handle = new Handle{nullptr};
  return OK;
}
ENTRY int cudnnDestroy(Handle* handle) {
  delete handle;
  return OK;
}
ENTRY int cudnnSetStream(Handle* handle, void* stream) {
  handle->stream = stream;
  return OK;
}

ENTRY int cudnnCreateTensorDescriptor(Tensor** tensor) {
  *tensor = new Tensor{};
  return OK;
}
ENTRY int cudnnSetTensor4dDescriptor(Tensor* tensor, int format, int type, int n, int c, int h,
                                     int w) {
  *tensor = {type, n, c, h, w};
  return format == NHWC ? OK : BAD_PARAM;
}
ENTRY int cudnnDestroyTensorDescriptor(Tensor* tensor) {
  delete tensor;
  return OK;
}

ENTRY int cudnnCreateFilterDescriptor(Filter** filter) {
  *filter = new Filter{};
  return OK;
}
ENTRY int cudnnSetFilter4dDescriptor(Filter* filter, int type, int format, int k, int c, int h,
                                     int w) {
  *filter = {type, k, c, h, w};
  return format == NHWC ? OK : BAD_PARAM;
}
ENTRY int cudnnDestroyFilterDescriptor(Filter* filter) {
  delete filter;
  return OK;
}

ENTRY int cudnnCreateConvolutionDescriptor(Window** window) {
  *window = new Window{};
  return OK;
}
ENTRY int cudnnSetConvolution2dDescriptor(Window* v, int padH, int padW, int strideH, int strideW,
                                          int dilationH, int dilationW, int mode, int compute) {
  *v = {padH, padW, strideH, strideW, dilationH, dilationW, 1, DEFAULT_MATH};
  return mode == CROSS_CORRELATION && compute == FLOAT ? OK : BAD_PARAM;
}
ENTRY int cudnnSetConvolutionGroupCount(Window* window, int groups) {
  window->groups = groups;
  return OK;
}
ENTRY int cudnnSetConvolutionMathType(Window* window, int math) {
  window->math = math;
  return math == FMA_MATH || math == TENSOR_OP_MATH || math == DEFAULT_MATH ? OK : BAD_PARAM;
}
ENTRY int cudnnDestroyConvolutionDescriptor(Window* window) {
  delete window;
  return OK;
}

ENTRY int cudnnGetConvolutionForwardWorkspaceSize(Handle*, Tensor* x, Filter* w, Window* v,
                                                  Tensor* y, int algorithm, size_t* bytes) {
  *bytes = workspaceBytes;
  return check(*x, *w, *v, *y, algorithm);
}
ENTRY int cudnnGetConvolutionBackwardDataWorkspaceSize(Handle*, Filter* w, Tensor* dy, Window* v,
                                                       Tensor* dx, int algorithm, size_t* bytes) {
  *bytes = workspaceBytes;
  return check(*dx, *w, *v, *dy, algorithm);
}
ENTRY int cudnnGetConvolutionBackwardFilterWorkspaceSize(Handle*, Tensor* x, Tensor* dy, Window* v,
                                                         Filter* dw, int algorithm, size_t* bytes) {
  *bytes = workspaceBytes;
  return check(*x, *dw, *v, *dy, algorithm);
}

ENTRY int cudnnConvolutionForward(Handle* handle, const float* alpha, Tensor* x, const void* dataX,
                                  Filter* w, const void* dataW, Window* v, int algorithm,
                                  void* workspace, size_t bytes, const float* beta, Tensor* y,
                                  void* dataY) {
  return start(handle, Y, *x, dataX, *w, dataW, *v, *y, dataY, algorithm, workspace, bytes, alpha,
               beta);
}
ENTRY int cudnnConvolutionBackwardData(Handle* handle, const float* alpha, Filter* w,
                                       const void* dataW, Tensor* dy, const void* dataDy, Window* v,
                                       int algorithm, void* workspace, size_t bytes,
                                       const float* beta, Tensor* dx, void* dataDx) {
  return start(handle, X, *dx, dataDx, *w, dataW, *v, *dy, dataDy, algorithm, workspace, bytes,
               alpha, beta);
}
ENTRY int cudnnConvolutionBackwardFilter(Handle* handle, const float* alpha, Tensor* x,
                                         const void* dataX, Tensor* dy, const void* dataDy,
                                         Window* v, int algorithm, void* workspace, size_t bytes,
                                         const float* beta, Filter* dw, void* dataDw) {
  return start(handle, W, *x, dataX, *dw, dataDw, *v, *dy, dataDy, algorithm, workspace, bytes,
               alpha, beta);
}
