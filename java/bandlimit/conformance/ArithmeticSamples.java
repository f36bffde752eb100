package bandlimit.conformance;

import bandlimit.graph.op.Add;
import bandlimit.graph.op.ClipFactor;
import bandlimit.graph.op.Lerp;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Scale;
import bandlimit.graph.op.Select;
import bandlimit.graph.op.SquaredNorm;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/// Sums, products and what guards an update.
final class ArithmeticSamples {
  private ArithmeticSamples() {}

  private static final List<Sample> ROWS = new ArrayList<>();

  static {
    pair(TensorType.f32(2, 3, 7, 9), TensorType.f32(2, 3, 7, 9));
    pair(TensorType.f32(1), TensorType.f32(1));
    pair(TensorType.f32(2, 7, 3, 33), TensorType.f32(33)); // a bias
    pair(TensorType.f32(31), TensorType.f32(5, 1, 2, 31)); // and the other way round
    pair(TensorType.f32(3, 2, 5, 33), TensorType.f32(3, 1, 1, 33)); // a gate for each channel
    pair(TensorType.f32(3, 2, 5, 1), TensorType.f32(3, 2, 5, 33)); // and for each pixel
    pair(TensorType.f32(3, 2, 5, 1), TensorType.f32(1, 2, 1, 7)); // both stretch
    pair(TensorType.f32(4, 10), TensorType.f32(4, 1));
    pair(TensorType.f32(2, 3), TensorType.f32());
    for (double factor : new double[] {1, -0.125, 3.7, 0}) {
      ROWS.add(
          Sample.of(new Scale(factor))
              .in(3, 7, 11)
              .linearIn(0)
              .formula(in -> PointwiseSamples.map(in.getFirst(), x -> factor * x)));
    }
    for (int n : new int[] {1, 31, 2 * 33 * 56}) {
      ROWS.add(
          Sample.of(new Lerp())
              .in(n)
              .in(n)
              .in(TensorType.f32(1), Values.between(0, 1))
              .formula(in -> lerp(in.get(0), in.get(1), in.get(2)[0])));
    }
    for (double condition : new double[] {0, 1, -2}) {
      ROWS.add(
          Sample.of(new Select())
              .in(TensorType.f32(), Values.of(condition))
              .in(3, 11)
              .in(3, 11)
              .note("condition " + condition)
              .formula(in -> condition != 0 ? in.get(1) : in.get(2)));
    }
    ROWS.add(
        Sample.of(new Select())
            .in(TensorType.f32(1), Values.of(0))
            .in(TensorType.f32(7), Values.of(Double.NaN, 1, Double.POSITIVE_INFINITY))
            .in(7)
            .note("NaN in the branch not taken")
            .formula(in -> in.get(2)));
    ROWS.add(Sample.of(new SquaredNorm()).in(1).formula(ArithmeticSamples::squares));
    ROWS.add(
        Sample.of(new SquaredNorm())
            .in(3, 3, 3, 9)
            .in(31)
            .in(TensorType.f32(), Values.normal())
            .in(7, 33)
            .formula(ArithmeticSamples::squares));
    ROWS.add(Sample.of(new SquaredNorm()).in(50_000).formula(ArithmeticSamples::squares));
    for (double square : new double[] {0, 1e-8, 4, 9e4}) {
      ROWS.add(
          Sample.of(new ClipFactor(2.5))
              .in(TensorType.f32(), Values.of(square))
              .note("squared norm " + square)
              .formula(
                  in -> new double[] {Math.min(1, 2.5 / (Math.sqrt(in.getFirst()[0]) + 1e-6))}));
    }
  }

  static List<Sample> rows() {
    return ROWS;
  }

  private static void pair(TensorType a, TensorType b) {
    ROWS.add(Sample.of(new Add()).in(a, Values.normal()).in(b, Values.normal()));
    ROWS.add(Sample.of(new Mul()).in(a, Values.normal()).in(b, Values.normal()).linearIn(0, 1));
  }

  private static double[] lerp(double[] a, double[] b, double t) {
    var y = new double[a.length];
    for (int i = 0; i < y.length; i++) {
      y[i] = (1 - t) * a[i] + t * b[i];
    }
    return y;
  }

  private static double[] squares(List<double[]> in) {
    return new double[] {in.stream().mapToDouble(x -> Compare.dot(x, x)).sum()};
  }
}
