package bandlimit.backend.cpu;

import bandlimit.graph.op.ConvBiasRelu;
import bandlimit.graph.op.ConvNormalizeRelu;
import bandlimit.graph.op.Op;
import bandlimit.plan.Step;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.Optional;

/// What follows a convolution in the same step: fixed statistics, which are a factor and a bias of
/// each channel, or a bias alone; a residual; ReLU.
///
/// @param epsilon of the normalisation, if there is one
/// @param bias whether the step has an input that is one
record ConvEpilogue(Optional<Double> epsilon, boolean bias, boolean residual, boolean relu) {
  static final ConvEpilogue NONE = new ConvEpilogue(Optional.empty(), false, false, false);

  static ConvEpilogue of(Op op) {
    return switch (op) {
      case ConvBiasRelu(_, boolean bias, boolean residual, boolean relu) ->
          new ConvEpilogue(Optional.empty(), bias, residual, relu);
      case ConvNormalizeRelu(_, double epsilon, boolean residual, boolean relu) ->
          new ConvEpilogue(Optional.of(epsilon), false, residual, relu);
      default -> NONE;
    };
  }

  boolean normalizes() {
    return epsilon.isPresent();
  }

  /// Whether something is added to each channel.
  boolean shifts() {
    return bias || normalizes();
  }

  private static long align(long bytes) {
    return (bytes + 63) / 64 * 64;
  }

  /// Two numbers a channel, where there are factors.
  long scratchBytes(int channels) {
    return normalizes() ? 2 * align((long) channels * Float.BYTES) : 0;
  }

  /// The factors of a normalisation, which lie in scratch memory from `at`.
  View factors(Memory memory, long at, int channels) {
    return memory.view(TensorType.f32(channels), at);
  }

  /// What is added to each channel: an input, or behind the factors.
  Optional<View> shift(Step step, Memory memory, long at, int channels) {
    return bias
        ? Optional.of(memory.view(step.in().get(2)))
        : normalizes()
            ? Optional.of(factors(memory, at + align((long) channels * Float.BYTES), channels))
            : Optional.empty();
  }

  Optional<View> residual(Step step, Memory memory) {
    return residual ? Optional.of(memory.view(step.in().getLast())) : Optional.empty();
  }

  /// Computes factors and shifts from statistics, gamma and beta, in double as [NormalizeCpu] does.
  Kernel fold(Step step, Memory memory, long at, int channels) {
    if (!normalizes()) {
      return () -> {};
    }
    var statistics = memory.view(step.in().get(2));
    var gamma = memory.view(step.in().get(3));
    var beta = memory.view(step.in().get(4));
    var factor = factors(memory, at, channels);
    var shift = shift(step, memory, at, channels).orElseThrow();
    double small = epsilon.orElseThrow();
    return () -> {
      for (int c = 0; c < channels; c++) {
        double inverse = 1 / Math.sqrt(statistics.get(channels + (long) c) + small);
        float scale = (float) (gamma.get(c) * inverse);
        factor.set(c, scale);
        shift.set(c, (float) (beta.get(c) - (double) statistics.get(c) * scale));
      }
    };
  }

  /// Weights times the factor of their out-channel.
  static Kernel scaled(Pool pool, View weights, View factors, View to) {
    Shape w = weights.shape();
    int row = Math.toIntExact(w.size() / w.at(0));
    Pool.Task task =
        (out, lane) -> {
          var tile = lane.tile(0, row);
          weights.load((long) out * row, tile, row);
          scale(tile, factors.get(out), row);
          to.store((long) out * row, tile, row);
        };
    return () -> pool.run(w.at(0), task);
  }

  private static void scale(float[] x, float factor, int n) {
    for (int i = 0; i < n; i++) {
      x[i] *= factor;
    }
  }

  /// ReLU over a stretch that was just written. It is ours because oneDNN's turns a NaN into 0.
  static void relu(View y, long from, long to, Lane lane) {
    int length = Tiles.length(1);
    var tile = lane.tile(0, length);
    for (long at = from; at < to; at += length) {
      int n = (int) Math.min(length, to - at);
      y.load(at, tile, n);
      relu(tile, n);
      y.store(at, tile, n);
    }
  }

  private static void relu(float[] x, int n) {
    for (int i = 0; i < n; i++) {
      x[i] = Math.max(x[i], 0f);
    }
  }
}
