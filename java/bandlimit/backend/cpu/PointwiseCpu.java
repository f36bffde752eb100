package bandlimit.backend.cpu;

import bandlimit.graph.op.Fn;

/// Functions of one number and their gradients, a tile at a time.
///
/// What the compiler vectorises is written for it; the transcendental ones go through double, which
/// costs some 10 ns an element and leaves one rounding.
final class PointwiseCpu {
  private static final double TANH_SCALE = Math.sqrt(2 / Math.PI);
  private static final double TANH_CUBIC = 0.044715;

  /// A tile becomes its image.
  private interface Loop {
    void run(float[] x, int n);
  }

  /// dy becomes dx.
  private interface GradLoop {
    void run(float[] kept, float[] dy, int n);
  }

  private PointwiseCpu() {}

  static Kernel run(Pool pool, Fn fn, View x, View y) {
    var loop = loop(fn);
    return Tiles.each(
        pool,
        y.size(),
        1,
        (at, n, lane) -> {
          var tile = lane.tile(0, n);
          x.load(at, tile, n);
          loop.run(tile, n);
          y.store(at, tile, n);
        });
  }

  static Kernel grad(Pool pool, Fn fn, View kept, View dy, View dx) {
    if (fn == Fn.RELU) {
      return reluGrad(pool, kept, dy, dx);
    }
    var loop = gradLoop(fn);
    return Tiles.each(
        pool,
        dx.size(),
        1,
        (at, n, lane) -> {
          var tile = lane.tile(0, n);
          var out = lane.tile(1, n);
          kept.load(at, tile, n);
          dy.load(at, out, n);
          loop.run(tile, out, n);
          dx.store(at, out, n);
        });
  }

  private static Loop loop(Fn fn) {
    return switch (fn) {
      case RELU -> PointwiseCpu::relu;
      case RELU6 -> PointwiseCpu::relu6;
      case GELU -> PointwiseCpu::gelu;
      case GELU_TANH -> PointwiseCpu::geluTanh;
      case SILU -> PointwiseCpu::silu;
      case SIGMOID -> PointwiseCpu::sigmoid;
      case TANH -> PointwiseCpu::tanh;
      case EXP -> PointwiseCpu::exp;
      case LOG -> PointwiseCpu::log;
      case SQUARE -> PointwiseCpu::square;
      case IS_FINITE -> PointwiseCpu::isFinite;
    };
  }

  private static GradLoop gradLoop(Fn fn) {
    return switch (fn) {
      case RELU -> throw new IllegalStateException("ReLU's gradient works on bits");
      case RELU6 -> PointwiseCpu::relu6Grad;
      case GELU -> PointwiseCpu::geluGrad;
      case GELU_TANH -> PointwiseCpu::geluTanhGrad;
      case SILU -> PointwiseCpu::siluGrad;
      case SIGMOID -> PointwiseCpu::sigmoidGrad;
      case TANH -> PointwiseCpu::tanhGrad;
      case EXP -> PointwiseCpu::expGrad;
      case LOG -> PointwiseCpu::logGrad;
      case SQUARE -> PointwiseCpu::squareGrad;
      case IS_FINITE -> PointwiseCpu::isFiniteGrad;
    };
  }

  // ---- functions ----

  private static void relu(float[] x, int n) {
    for (int i = 0; i < n; i++) {
      x[i] = Math.max(x[i], 0f); // a NaN stays one
    }
  }

  private static void relu6(float[] x, int n) {
    for (int i = 0; i < n; i++) {
      x[i] = Math.min(Math.max(x[i], 0f), 6f);
    }
  }

  private static void gelu(float[] x, int n) {
    for (int i = 0; i < n; i++) {
      x[i] = (float) (x[i] * Gauss.phi(x[i]));
    }
  }

  private static void geluTanh(float[] x, int n) {
    for (int i = 0; i < n; i++) {
      x[i] = (float) (x[i] * (0.5 + 0.5 * Math.tanh(inner(x[i]))));
    }
  }

  private static void silu(float[] x, int n) {
    for (int i = 0; i < n; i++) {
      x[i] = (float) (x[i] / (1 + Math.exp(-x[i])));
    }
  }

  private static void sigmoid(float[] x, int n) {
    for (int i = 0; i < n; i++) {
      x[i] = (float) (1 / (1 + Math.exp(-x[i])));
    }
  }

  private static void tanh(float[] x, int n) {
    for (int i = 0; i < n; i++) {
      x[i] = (float) Math.tanh(x[i]);
    }
  }

  private static void exp(float[] x, int n) {
    for (int i = 0; i < n; i++) {
      x[i] = (float) Math.exp(x[i]);
    }
  }

  private static void log(float[] x, int n) {
    for (int i = 0; i < n; i++) {
      x[i] = (float) Math.log(x[i]);
    }
  }

  private static void square(float[] x, int n) {
    for (int i = 0; i < n; i++) {
      x[i] *= x[i];
    }
  }

  private static void isFinite(float[] x, int n) {
    for (int i = 0; i < n; i++) {
      x[i] = Float.isFinite(x[i]) ? 1 : 0;
    }
  }

  // ---- gradients ----

  /// dy where y > 0, by integer masks: a comparison of floats would not be vectorised.
  private static Kernel reluGrad(Pool pool, View y, View dy, View dx) {
    return Tiles.each(
        pool,
        dx.size(),
        1,
        (at, n, lane) -> {
          var kept = lane.ints(0, n);
          var bits = lane.ints(1, n);
          y.load(at, kept, n);
          dy.load(at, bits, n);
          reluGrad(kept, bits, n);
          dx.store(at, bits, n);
        });
  }

  static void reluGrad(int[] y, int[] dy, int n) {
    for (int i = 0; i < n; i++) {
      int b = y[i];
      // all ones for the bits of positive numbers up to infinity; none for 0, -0, negative, NaN
      dy[i] &= ((-b & ~b) & (b - 0x7f800001)) >> 31;
    }
  }

  private static void relu6Grad(float[] y, float[] dy, int n) {
    for (int i = 0; i < n; i++) {
      dy[i] = y[i] > 0 && y[i] < 6 ? dy[i] : 0;
    }
  }

  private static void geluGrad(float[] x, float[] dy, int n) {
    for (int i = 0; i < n; i++) {
      dy[i] = (float) (dy[i] * (Gauss.phi(x[i]) + x[i] * Gauss.density(x[i])));
    }
  }

  private static void geluTanhGrad(float[] x, float[] dy, int n) {
    for (int i = 0; i < n; i++) {
      double v = x[i];
      double t = Math.tanh(inner(v));
      double slope = TANH_SCALE * (1 + 3 * TANH_CUBIC * v * v);
      dy[i] = (float) (dy[i] * (0.5 * (1 + t) + 0.5 * v * (1 - t * t) * slope));
    }
  }

  private static void siluGrad(float[] x, float[] dy, int n) {
    for (int i = 0; i < n; i++) {
      double s = 1 / (1 + Math.exp(-x[i]));
      dy[i] = (float) (dy[i] * (s * (1 + x[i] * (1 - s))));
    }
  }

  private static void sigmoidGrad(float[] y, float[] dy, int n) {
    for (int i = 0; i < n; i++) {
      dy[i] *= y[i] * (1 - y[i]);
    }
  }

  private static void tanhGrad(float[] y, float[] dy, int n) {
    for (int i = 0; i < n; i++) {
      dy[i] *= 1 - y[i] * y[i];
    }
  }

  private static void expGrad(float[] y, float[] dy, int n) {
    for (int i = 0; i < n; i++) {
      dy[i] *= y[i];
    }
  }

  private static void logGrad(float[] x, float[] dy, int n) {
    for (int i = 0; i < n; i++) {
      dy[i] /= x[i];
    }
  }

  private static void squareGrad(float[] x, float[] dy, int n) {
    for (int i = 0; i < n; i++) {
      dy[i] *= 2 * x[i];
    }
  }

  private static void isFiniteGrad(float[] y, float[] dy, int n) {
    java.util.Arrays.fill(dy, 0, n, 0f);
  }

  private static double inner(double x) {
    return TANH_SCALE * (x + TANH_CUBIC * x * x * x);
  }
}
