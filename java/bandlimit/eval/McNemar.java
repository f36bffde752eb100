package bandlimit.eval;

import org.apache.commons.math3.special.Beta;

/// Two runs on the same images, by the images that only one of them gets right; those that both or
/// neither get right say nothing about the difference.
public record McNemar(long onlyFirst, long onlySecond) {
  public McNemar {
    if (onlyFirst < 0 || onlySecond < 0) {
      throw new IllegalArgumentException("no counts: %d, %d".formatted(onlyFirst, onlySecond));
    }
  }

  /// Counts from the outcomes image by image.
  public static McNemar of(boolean[] first, boolean[] second) {
    if (first.length != second.length) {
      throw new IllegalArgumentException(
          "a paired test needs the same images in both runs, got %d and %d"
              .formatted(first.length, second.length));
    }
    long onlyFirst = 0;
    long onlySecond = 0;
    for (int i = 0; i < first.length; i++) {
      onlyFirst += first[i] && !second[i] ? 1 : 0;
      onlySecond += second[i] && !first[i] ? 1 : 0;
    }
    return new McNemar(onlyFirst, onlySecond);
  }

  /// The chance of a split at least as uneven, were both runs equally good: the exact two-sided
  /// binomial test with probability 1/2. 1 where the runs never differ.
  ///
  /// Twice the smaller tail, P(X <= k) = I_1/2(n - k, k + 1), straight from the incomplete beta
  /// function. Commons Math's `BinomialTest` goes by 1 - I, which has no digits left below 1e-16,
  /// and its two-sided form counts the middle twice when both counts are equal.
  public double pValue() {
    long n = onlyFirst + onlySecond;
    long smaller = Math.min(onlyFirst, onlySecond);
    if (onlyFirst == onlySecond) {
      return 1; // also for no differences at all
    }
    return Math.min(1, 2 * Beta.regularizedBeta(0.5, n - smaller, smaller + 1.0));
  }
}
