package bandlimit.nn;

import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import java.util.List;

/// How a variable starts.
///
/// Element i is a pure function of (seed, path, i): the same on every machine, and independent of
/// which other variables exist or in what order. So a plain and an anti-aliased network of one seed
/// start from the same weights.
public sealed interface Init {
  Init ZEROS = new Constant(List.of(0.0));
  Init ONES = new Constant(List.of(1.0));

  /// PyTorch's default for convolution and linear weights: uniform within 1 / sqrt(fan in).
  Init TORCH = new KaimingUniform(Math.sqrt(5));

  /// Writes every element of `into`, drawing from `stream`.
  default void fill(HostTensor into, long stream) {
    for (long i = 0; i < into.shape().size(); i++) {
      into.set(i, at(i, into.shape(), stream));
    }
  }

  /// Element `i` of a variable of this shape.
  double at(long i, Shape shape, long stream);

  /// One number for all elements, or one for each of equally long runs of the leading axis.
  record Constant(List<Double> values) implements Init {
    public Constant {
      values = List.copyOf(values);
      if (values.isEmpty()) {
        throw new IllegalArgumentException("a constant start needs a value");
      }
    }

    @Override
    public double at(long i, Shape shape, long stream) {
      return values.get((int) (i / (shape.size() / values.size())));
    }
  }

  /// The same few numbers again and again along the last axis.
  record Periodic(List<Double> values) implements Init {
    public Periodic {
      values = List.copyOf(values);
    }

    @Override
    public double at(long i, Shape shape, long stream) {
      return values.get((int) (i % values.size()));
    }
  }

  /// Gaussian with mean 0.
  record Normal(double std) implements Init {
    @Override
    public double at(long i, Shape shape, long stream) {
      return std * Draws.gaussian(stream, i);
    }
  }

  /// Uniform in (-bound, bound).
  record Uniform(double bound) implements Init {
    @Override
    public double at(long i, Shape shape, long stream) {
      return bound * (2 * Draws.uniform(stream, i) - 1);
    }
  }

  /// He et al. (2015): Gaussian with variance 2 / fan, the gain of a ReLU.
  record KaimingNormal(Fan fan) implements Init {
    @Override
    public double at(long i, Shape shape, long stream) {
      return Math.sqrt(2.0 / fan.of(shape)) * Draws.gaussian(stream, i);
    }
  }

  /// Uniform with variance 2 / ((1 + a^2) fan in), the gain of a leaky ReLU of slope `a`.
  record KaimingUniform(double a) implements Init {
    @Override
    public double at(long i, Shape shape, long stream) {
      double bound = Math.sqrt(6 / ((1 + a * a) * Fan.IN.of(shape)));
      return bound * (2 * Draws.uniform(stream, i) - 1);
    }
  }

  /// Number of products that an output (IN) or, at stride 1, an input (OUT) takes part in. Groups
  /// do not lower OUT, as in PyTorch.
  enum Fan {
    IN,
    OUT;

    /// Of a weight (out, kh, kw, in/groups) or (out, in).
    long of(Shape weight) {
      return switch (this) {
        case IN -> weight.size() / weight.at(0);
        case OUT -> weight.size() / weight.at(-1);
      };
    }
  }

  /// The same value everywhere.
  static Init constant(double value) {
    return new Constant(List.of(value));
  }
}
