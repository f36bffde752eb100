package bandlimit.backend.cpu;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.Op;
import bandlimit.graph.op.Over;
import bandlimit.graph.op.Polynomial;
import bandlimit.graph.op.PolynomialBackward;
import bandlimit.graph.op.PolynomialCoefficientGrad;
import bandlimit.graph.op.PolynomialGrad;
import bandlimit.graph.op.ScaledPolynomial;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Optional;

/// `native/cpu/polynomial.cpp`.
final class PolynomialNative {
  private PolynomialNative() {}

  /// Sums of each task; empty for other ops.
  static Optional<Long> scratchBytes(Op op, List<TensorType> in) {
    return switch (op) {
      case PolynomialBackward backward ->
          Optional.of(sumBytes(backward.degree(), in.getFirst().shape()));
      case PolynomialCoefficientGrad grad ->
          Optional.of(sumBytes(grad.degree(), in.getFirst().shape()));
      default -> Optional.empty();
    };
  }

  private static long sumBytes(int degree, Shape x) {
    var rows = rows(x);
    return rows.allTasks() * (degree + 1) * rows.channels() * Double.BYTES;
  }

  private static NativeRows rows(Shape x) {
    return NativeRows.of(Over.BATCH, x);
  }

  static Optional<Kernel> forward(NativeSite site, Polynomial op) {
    return Optional.of(new Call(site, op.degree()).a(1).y().forward());
  }

  static Optional<Kernel> forward(NativeSite site, ScaledPolynomial op) {
    return Optional.of(new Call(site, op.degree()).factors(op.in(), op.out()).a(1).y().forward());
  }

  static Optional<Kernel> grad(NativeSite site, PolynomialGrad op) {
    return Optional.of(new Call(site, op.degree()).a(1).dy(2).y().backward());
  }

  static Optional<Kernel> coefficientGrad(NativeSite site, PolynomialCoefficientGrad op) {
    return Optional.of(new Call(site, op.degree()).dy(1).sums(site.out(0), op.shared()).backward());
  }

  static Optional<Kernel> backward(NativeSite site, PolynomialBackward op) {
    boolean shared = site.inShape(1).at(0) == 1;
    return Optional.of(
        new Call(site, op.degree())
            .factors(op.in(), op.out())
            .a(1)
            .dy(2)
            .y()
            .sums(site.out(1), shared)
            .backward());
  }

  /// The arguments that all kernels of the file share.
  private static final class Call {
    private final NativeSite site;
    private final NativeRows rows;
    private final int degree;
    private double in = 1;
    private double out = 1;
    private long a;
    private long dy;
    private long y;
    private long partial;
    private long da;
    private boolean shared;

    Call(NativeSite site, int degree) {
      this.site = site;
      this.rows = rows(site.inShape(0));
      this.degree = degree;
    }

    Call factors(double before, double behind) {
      in = before;
      out = behind;
      return this;
    }

    Call a(int input) {
      a = site.in(input);
      shared = site.inShape(input).at(0) == 1;
      return this;
    }

    Call dy(int input) {
      dy = site.in(input);
      return this;
    }

    Call y() {
      y = site.out(0);
      return this;
    }

    Call sums(long total, boolean ofAllChannels) {
      partial = site.scratch();
      da = total;
      shared = ofAllChannels;
      return this;
    }

    Kernel forward() {
      return site.kernel("polynomial", rows.allTasks(), rows.scratch(0, degree + 1), arguments());
    }

    Kernel backward() {
      var all =
          site.kernel(
              "polynomial_backward",
              rows.allTasks(),
              rows.scratch(degree + 1, 2 * degree + 1),
              arguments());
      if (da == 0) {
        return all;
      }
      int joins = Math.ceilDiv(rows.channels(), block());
      var join = site.kernel("polynomial_join", joins, rows.scratch(1, 0), arguments());
      return () -> {
        all.run();
        join.run();
      };
    }

    /// Shared coefficients take the sum over all channels, which is one task's.
    private int block() {
      return shared ? rows.channels() : NativeRows.BLOCK;
    }

    private Arguments arguments() {
      var arguments =
          new Arguments()
              .pointer(site.in(0))
              .pointer(a)
              .pointer(dy)
              .pointer(y)
              .pointer(partial)
              .pointer(da)
              .f64(in)
              .f64(out);
      return rows.pack(arguments)
          .i32(degree)
          .i32(shared ? 1 : 0)
          .i32(block())
          .i32(y == 0 ? 0 : rows.streams(site));
    }
  }
}
