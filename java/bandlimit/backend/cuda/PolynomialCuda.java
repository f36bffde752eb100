package bandlimit.backend.cuda;

import bandlimit.graph.op.Polynomial;
import bandlimit.graph.op.PolynomialCoefficientGrad;
import bandlimit.graph.op.PolynomialGrad;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;

/// `kernels/polynomial.cu`: polynomial activations and their gradients.
final class PolynomialCuda {
  private static final String MODULE = "polynomial";

  private PolynomialCuda() {}

  /// y = out * p(in * x) with coefficients for each channel, or shared by all.
  private record Form(double in, int degree, boolean shared, double out) {
    static Form of(int degree, TensorType coefficients) {
      return new Form(1, degree, coefficients.shape().at(0) == 1, 1);
    }
  }

  /// Where the operands stand; 0 for what the kernel does not take.
  private record Operands(long x, long a, long dy, long y, long partial) {}

  static List<Work> run(Site site, Polynomial op) {
    var x = site.in(0, DType.F32, DType.BF16);
    var a = site.in(1, DType.F32);
    var at = new Operands(x.address(), a.address(), 0, site.out(x.dtype()).address(), 0);
    return elements(site, "polynomial_", Form.of(op.degree(), a.type()), at);
  }

  static List<Work> grad(Site site, PolynomialGrad op) {
    var x = site.in(0, DType.F32, DType.BF16);
    var a = site.in(1, DType.F32);
    var dy = site.in(2, x.dtype());
    long dx = site.out(x.dtype()).address();
    var at = new Operands(x.address(), a.address(), dy.address(), dx, 0);
    return elements(site, "polynomial_grad_", Form.of(op.degree(), a.type()), at);
  }

  /// Elementwise: a thread with its channels' coefficients in registers, where packs fit.
  private static List<Work> elements(Site site, String stem, Form form, Operands at) {
    var x = site.in(0);
    var columns = Columns.elements(1, rows(x.shape()), x.shape().at(-1), x.pack());
    var arguments = arguments(at, columns, form);
    return List.of(
        site.options().fast() && columns.packed()
            ? columns.launch(site, MODULE, stem + "d" + form.degree + "_" + x.suffix(), arguments)
            : site.flat(MODULE, stem + "simple_" + x.suffix(), x.size(), arguments));
  }

  static List<Work> coefficientGrad(Site site, PolynomialCoefficientGrad op) {
    var x = site.in(0, DType.F32, DType.BF16);
    var dy = site.in(1, x.dtype());
    var da = site.out(DType.F32);
    var form = Form.of(op.degree(), da.type());
    if (!site.options().fast()) {
      return List.of(simpleCoefficients(site, form, x, dy, da));
    }
    var columns = sums(x.type());
    var at = new Operands(x.address(), 0, dy.address(), 0, site.scratch());
    String any = columns.packed() ? "" : "any_";
    String kernel = "coefficients_" + any + "d" + form.degree + "_" + x.suffix();
    return List.of(
        columns.launch(site, MODULE, kernel, arguments(at, columns, form)),
        finish(site, form, columns, da));
  }

  static long scratchBytes(CudaOptions options, PolynomialCoefficientGrad op, TensorType x) {
    return options.fast() ? sums(x).partialBytes(op.degree() + 1) : 0;
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
    var arguments =
        new Arguments()
            .pointer(site.scratch())
            .pointer(da.address())
            .i32(columns.slabs())
            .i32(columns.c())
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
