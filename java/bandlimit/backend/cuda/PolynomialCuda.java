package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.Polynomial;
import bandlimit.graph.op.PolynomialBackward;
import bandlimit.graph.op.PolynomialCoefficientGrad;
import bandlimit.graph.op.PolynomialGrad;
import bandlimit.graph.op.ScaledPolynomial;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/// `kernels/polynomial.cu`: polynomial activations and their gradients.
final class PolynomialCuda {
  private static final String MODULE = "polynomial";
  private static final int LEAST_DEGREE_OF_BOTH = 2; // of polynomial_backward

  private PolynomialCuda() {}

  /// y = out * p(in * x) with coefficients for each channel, or shared by all.
  private record Form(double in, int degree, boolean shared, double out) {
    static Form of(int degree, TensorType coefficients) {
      return new Form(1, degree, coefficients.shape().at(0) == 1, 1);
    }

    Form with(double before, double behind) {
      return new Form(before, degree, shared, behind);
    }
  }

  /// Where the operands stand; 0 for what the kernel does not take.
  private record Operands(long x, long a, long dy, long y, long partial) {}

  // ---- forward ----

  static List<Work> run(Site site, Polynomial op) {
    return run(site, Form.of(op.degree(), site.in(1).type()));
  }

  static List<Work> scaled(Site site, ScaledPolynomial op) {
    return run(site, Form.of(op.degree(), site.in(1).type()).with(op.in(), op.out()));
  }

  private static List<Work> run(Site site, Form form) {
    var x = site.in(0, DType.F32, DType.BF16);
    long a = site.in(1, DType.F32).address();
    var at = new Operands(x.address(), a, 0, site.out(x.dtype()).address(), 0);
    return List.of(elements(site, "polynomial_", form, at));
  }

  // ---- gradients ----

  static List<Work> grad(Site site, PolynomialGrad op) {
    return List.of(grad(site, Form.of(op.degree(), site.in(1).type())));
  }

  private static Work grad(Site site, Form form) {
    var x = site.in(0, DType.F32, DType.BF16);
    long a = site.in(1, DType.F32).address();
    var dy = site.in(2, x.dtype());
    long dx = site.out(x.dtype()).address();
    return elements(
        site, "polynomial_grad_", form, new Operands(x.address(), a, dy.address(), dx, 0));
  }

  static List<Work> coefficientGrad(Site site, PolynomialCoefficientGrad op) {
    var da = site.out(DType.F32);
    var dy = site.in(1, site.in(0).dtype());
    return coefficients(site, Form.of(op.degree(), da.type()), dy, da);
  }

  /// Both from one read. The coefficients come first where that does not go: dx may be written over
  /// dy.
  static List<Work> backward(Site site, PolynomialBackward op) {
    var x = site.in(0, DType.F32, DType.BF16);
    var a = site.in(1, DType.F32);
    var dy = site.in(2, x.dtype());
    var da = site.part(1);
    var form = Form.of(op.degree(), a.type()).with(op.in(), op.out());
    if (!site.options().fast() || op.degree() < LEAST_DEGREE_OF_BOTH) {
      var work = new ArrayList<>(coefficients(site, form, dy, da));
      work.add(grad(site, form));
      return work;
    }
    var columns = sums(x.type());
    long dx = site.out(x.dtype()).address();
    var at = new Operands(x.address(), a.address(), dy.address(), dx, site.scratch());
    return List.of(
        columns.launch(
            site,
            MODULE,
            kernel("polynomial_backward_", columns, form, x),
            arguments(at, columns, form)),
        finish(site, form, columns, da));
  }

  /// Elementwise: a thread with its channels' coefficients in registers, where packs fit.
  private static Work elements(Site site, String stem, Form form, Operands at) {
    var x = site.in(0);
    var columns = Columns.elements(1, rows(x.shape()), x.shape().at(-1), x.pack());
    var arguments = arguments(at, columns, form);
    return site.options().fast() && columns.packed()
        ? columns.launch(site, MODULE, kernel(stem, columns, form, x), arguments)
        : site.flat(MODULE, stem + "simple_" + x.suffix(), x.size(), arguments);
  }

  private static List<Work> coefficients(Site site, Form form, Operand dy, Operand da) {
    var x = site.in(0, DType.F32, DType.BF16);
    if (!site.options().fast()) {
      return List.of(simpleCoefficients(site, form, x, dy, da));
    }
    var columns = sums(x.type());
    var at = new Operands(x.address(), 0, dy.address(), 0, site.scratch());
    return List.of(
        columns.launch(
            site, MODULE, kernel("coefficients_", columns, form, x), arguments(at, columns, form)),
        finish(site, form, columns, da));
  }

  private static String kernel(String stem, Columns columns, Form form, Operand x) {
    return "%s%sd%d_%s".formatted(stem, columns.packed() ? "" : "any_", form.degree, x.suffix());
  }

  /// Of the coefficients' gradient, alone or with that of x.
  static long scratchBytes(CudaOptions options, int degree, TensorType x) {
    return options.fast() ? sums(x).partialBytes(degree + 1) : 0;
  }

  private static Columns sums(TensorType x) {
    return Columns.sums(1, rows(x.shape()), x.shape().at(-1), new Operand(x, 0).pack());
  }

  private static long rows(Shape x) {
    return x.size() / x.at(-1);
  }

  /// `struct PolynomialParams`.
  private static Arguments arguments(Operands at, Columns columns, Form form) {
    var arguments =
        new Arguments()
            .pointer(at.x)
            .pointer(at.a)
            .pointer(at.dy)
            .pointer(at.y)
            .pointer(at.partial);
    return columns
        .struct(arguments)
        .i32(form.degree)
        .i32(form.shared ? 1 : 0)
        .f32(form.in)
        .f32(form.out);
  }

  private static Launch finish(Site site, Form form, Columns columns, Operand da) {
    return finish(site, form, site.scratch(), columns.slabs(), columns.c(), da);
  }

  /// The second stage alone, of sums (slabs, degree + 1, c) at `partial`.
  static Launch finish(
      Site site, int degree, boolean shared, long partial, int slabs, int c, Operand da) {
    return finish(site, new Form(1, degree, shared, 1), partial, slabs, c, da);
  }

  private static Launch finish(Site site, Form form, long partial, int slabs, int c, Operand da) {
    var arguments =
        new Arguments()
            .pointer(partial)
            .pointer(da.address())
            .i32(slabs)
            .i32(c)
            .i32(form.degree)
            .f32(form.in)
            .f32(form.out);
    long blocks = form.shared ? form.degree + 1 : Math.ceilDiv(da.size(), 32);
    String kernel = "coefficients_finish_" + (form.shared ? "shared" : "columns");
    return site.grid(MODULE, kernel, blocks, 1, 1, 256, 0, arguments);
  }

  /// `struct CoefficientsParams`.
  private static Launch simpleCoefficients(
      Site site, Form form, Operand x, Operand dy, Operand da) {
    var arguments =
        new Arguments()
            .pointer(x.address())
            .pointer(dy.address())
            .pointer(da.address())
            .i64(rows(x.shape()))
            .i32(x.shape().at(-1))
            .i32(form.degree)
            .i32(form.shared ? 1 : 0)
            .f32(form.in)
            .f32(form.out);
    return site.flat(MODULE, "coefficients_simple_" + x.suffix(), da.size(), arguments);
  }
}
