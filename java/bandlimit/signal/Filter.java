package bandlimit.signal;

import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.math3.util.CombinatoricsUtils;

/// A one-axis FIR low-pass: taps that sum to 1, and how many samples lie before and after its
/// centre.
///
/// The two-dimensional filter is the outer product with itself.
public record Filter(List<Double> taps) {
  public Filter {
    taps = List.copyOf(taps);
    if (taps.isEmpty()) {
      throw new IllegalArgumentException("a filter needs at least one tap");
    }
    double sum = taps.stream().mapToDouble(Double::doubleValue).sum();
    if (!(Math.abs(sum - 1) <= 1e-6)) { // also refuses NaN
      throw new IllegalArgumentException("the taps of a low-pass must sum to 1, got " + sum);
    }
  }

  /// Row `size - 1` of Pascal's triangle over its sum: 1; 1 1; 1 2 1; 1 3 3 1; ... (Zhang 2019,
  /// section 3.3).
  public static Filter binomial(int size) {
    if (size < 1 || size > 64) {
      throw new IllegalArgumentException("a binomial filter has 1..64 taps, got " + size);
    }
    double sum = Math.pow(2, size - 1);
    return new Filter(
        IntStream.range(0, size)
            .mapToObj(k -> CombinatoricsUtils.binomialCoefficientDouble(size - 1, k) / sum)
            .toList());
  }

  public int size() {
    return taps.size();
  }

  /// Padding on the left and top: floor((size - 1) / 2), as adobe/antialiased-cnns pads.
  public int padBefore() {
    return (size() - 1) / 2;
  }

  /// Padding on the right and bottom: ceil((size - 1) / 2).
  public int padAfter() {
    return size() - 1 - padBefore();
  }
}
