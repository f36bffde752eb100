package bandlimit.signal;

import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;

/// How much a linear map can stretch a signal: its singular values.
///
/// On a separable map the two-dimensional gain is the product of the gains of its axes.
public final class Gain {
  private Gain() {}

  /// Of `resampler` on `n` samples, largest first.
  public static double[] singularValues(Resampler resampler, int n) {
    return singularValues(resampler.toMatrix(n));
  }

  public static double[] singularValues(RealMatrix map) {
    return new SingularValueDecomposition(map).getSingularValues();
  }

  /// The largest factor by which the Euclidean norm can grow.
  public static double operatorNorm(RealMatrix map) {
    return singularValues(map)[0];
  }

  public static double operatorNorm(Resampler resampler, int n) {
    return operatorNorm(resampler.toMatrix(n));
  }

  /// Of extending `n` samples by `boundary` and resampling then: the map of a whole blur layer.
  public static double operatorNorm(
      Boundary boundary, int before, int after, Resampler resampler, int n) {
    RealMatrix pad = boundary.toMatrix(before, after, n);
    return operatorNorm(resampler.toMatrix(pad.getRowDimension()).multiply(pad));
  }
}
