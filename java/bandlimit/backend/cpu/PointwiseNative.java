package bandlimit.backend.cpu;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.Scale;
import java.util.Locale;
import java.util.Optional;

/// `native/cpu/{pointwise,activation}.cpp`. Other functions run in Java.
final class PointwiseNative {
  private static final long TASK = 1 << 16;
  private static final long SLOW_TASK = 1 << 13;
  private static final int NONE = -1;

  private PointwiseNative() {}

  static Optional<Kernel> forward(NativeSite site, Fn fn) {
    return fn == Fn.RELU ? unary(site, "relu") : activation(site, fn, "forward", false);
  }

  static Optional<Kernel> gradient(NativeSite site, Fn fn) {
    return fn == Fn.RELU ? binary(site, "relu_gradient") : activation(site, fn, "gradient", true);
  }

  /// `native/cpu/activation.cpp`.
  private static Optional<Kernel> activation(
      NativeSite site, Fn fn, String which, boolean gradient) {
    return switch (fn) {
      case GELU, GELU_TANH, SILU, SIGMOID, EXP -> {
        long size = site.outShape(0).size();
        var arguments =
            new Arguments()
                .pointer(site.in(0))
                .pointer(gradient ? site.in(1) : 0)
                .pointer(site.out(0))
                .i64(size)
                .i64(SLOW_TASK)
                .i32(site.streams(0));
        var name = fn.name().toLowerCase(Locale.ROOT) + "_" + which;
        yield Optional.of(site.kernel(name, Math.ceilDiv(size, SLOW_TASK), arguments));
      }
      case RELU, RELU6, TANH, LOG, SQUARE, IS_FINITE -> Optional.empty();
    };
  }

  static Optional<Kernel> add(NativeSite site) {
    return same(site) ? binary(site, "add") : StretchNative.binary(site, "add_stretched");
  }

  static Optional<Kernel> mul(NativeSite site) {
    if (same(site)) {
      return binary(site, "mul");
    }
    for (int i = 0; i < 2; i++) {
      if (site.inShape(1 - i).size() == 1 && site.inShape(i).equals(site.outShape(0))) {
        return Optional.of(kernel(site, "mul_number", i, NONE, 1 - i, 1));
      }
    }
    return StretchNative.binary(site, "mul_stretched");
  }

  static Optional<Kernel> scale(NativeSite site, Scale op) {
    return op.factor() == 1
        ? Optional.empty() // a copy, of any type
        : Optional.of(kernel(site, "scale", 0, NONE, NONE, op.factor()));
  }

  static Optional<Kernel> lerp(NativeSite site) {
    return Optional.of(kernel(site, "lerp", 0, 1, 2, 1));
  }

  private static boolean same(NativeSite site) {
    var shape = site.outShape(0);
    return site.inShape(0).equals(shape) && site.inShape(1).equals(shape);
  }

  private static Optional<Kernel> unary(NativeSite site, String name) {
    return Optional.of(kernel(site, name, 0, NONE, NONE, 1));
  }

  private static Optional<Kernel> binary(NativeSite site, String name) {
    return Optional.of(kernel(site, name, 0, 1, NONE, 1));
  }

  private static Kernel kernel(
      NativeSite site, String name, int a, int b, int number, double factor) {
    long size = site.outShape(0).size();
    var arguments =
        new Arguments()
            .pointer(address(site, a))
            .pointer(address(site, b))
            .pointer(address(site, number))
            .pointer(site.out(0))
            .i64(size)
            .i64(TASK)
            .f32(factor)
            .i32(site.streams(0));
    return site.kernel(name, Math.ceilDiv(size, TASK), arguments);
  }

  private static long address(NativeSite site, int input) {
    return input == NONE ? 0 : site.in(input);
  }
}
