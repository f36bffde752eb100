package bandlimit.conformance;

import java.util.List;
import java.util.stream.Stream;

/// The rows of every stem: the table of contents.
public final class Samples {
  private static final List<Sample> ALL =
      Stream.of(
              ConvSamples.rows(),
              ResampleSamples.rows(),
              IdealSamples.rows(),
              PointwiseSamples.rows(),
              ArithmeticSamples.rows(),
              PoolSamples.rows(),
              NormalizeSamples.rows(),
              ShapeSamples.rows(),
              MatMulSamples.rows(),
              SoftmaxSamples.rows(),
              DropoutSamples.rows(),
              OptimizerSamples.rows(),
              UpdateSamples.rows(),
              ImageSamples.rows())
          .flatMap(List::stream)
          .toList();

  private Samples() {}

  public static List<Sample> all() {
    return ALL;
  }

  static List<Sample> of(Class<?> op) {
    return ALL.stream().filter(sample -> sample.op().getClass() == op).toList();
  }
}
