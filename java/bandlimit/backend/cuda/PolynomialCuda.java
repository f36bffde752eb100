package bandlimit.backend.cuda;

import bandlimit.graph.op.Polynomial;
import bandlimit.graph.op.PolynomialCoefficientGrad;
import bandlimit.graph.op.PolynomialGrad;
import java.util.List;

/// `kernels/polynomial.cu`: polynomial activations and their gradients.
final class PolynomialCuda {
  private PolynomialCuda() {}

  static List<Work> run(Site site, Polynomial op) {
    throw site.missing();
  }

  static List<Work> grad(Site site, PolynomialGrad op) {
    throw site.missing();
  }

  static List<Work> coefficientGrad(Site site, PolynomialCoefficientGrad op) {
    throw site.missing();
  }
}
