package bandlimit.data;

import java.util.random.RandomGenerator;
import org.apache.commons.math3.distribution.BetaDistribution;

/// Mixup (Zhang et al. 2018) and CutMix (Yun et al. 2019) of a batch: the first row with the last,
/// the second with the last but one, all by the same share.
///
/// @param mixup,cutmix parameters of the Beta distributions that shares are drawn from; 0 is off
/// @param prob of a batch to be mixed
/// @param switchProb of CutMix where both are on
/// @param offEpoch the first epoch, from 0, that is not mixed; 0 mixes all
record Mixing(double mixup, double cutmix, double prob, double switchProb, int offEpoch) {
  /// How one batch is mixed.
  ///
  /// @param share of a row's own image and label; 1 is no mixing
  /// @param box what CutMix takes from the other row
  record Draw(double share, Cut box) {}

  /// Rows top to bottom - 1, columns left to right - 1; empty for mixup.
  record Cut(int top, int bottom, int left, int right) {
    static final Cut NONE = new Cut(0, 0, 0, 0);

    boolean isEmpty() {
      return top >= bottom || left >= right;
    }
  }

  static final Draw UNMIXED = new Draw(1, Cut.NONE);

  Draw draw(int epoch, int height, int width, RandomGenerator random) {
    if ((offEpoch > 0 && epoch >= offEpoch) || !(random.nextDouble() < prob)) {
      return UNMIXED;
    }
    boolean cuts = cutmix > 0 && (mixup == 0 || random.nextDouble() < switchProb);
    double share = beta(cuts ? cutmix : mixup, random);
    return cuts ? cut(share, height, width, random) : new Draw(share, Cut.NONE);
  }

  private static double beta(double alpha, RandomGenerator random) {
    // without a generator of its own, which would seed itself from the clock
    return new BetaDistribution(null, alpha, alpha)
        .inverseCumulativeProbability(random.nextDouble());
  }

  /// A box of 1 - share of the area about a centre drawn uniformly; what of it lies outside is
  /// lost, and the share is what remains. A signal (height 1) is cut along time.
  private static Draw cut(double share, int height, int width, RandomGenerator random) {
    double side = height == 1 ? 1 - share : Math.sqrt(1 - share);
    int halfHeight = (int) (height * side) / 2;
    int halfWidth = (int) (width * side) / 2;
    int y = random.nextInt(height);
    int x = random.nextInt(width);
    var box =
        new Cut(
            height == 1 ? 0 : Math.max(0, y - halfHeight),
            height == 1 ? 1 : Math.min(height, y + halfHeight),
            Math.max(0, x - halfWidth),
            Math.min(width, x + halfWidth));
    if (box.isEmpty()) {
      return UNMIXED;
    }
    double area = (double) (box.bottom - box.top) * (box.right - box.left);
    return new Draw(1 - area / ((double) height * width), box);
  }

  /// Mixes two rows (height, width, channels) in place, each with the other.
  static void mix(Draw draw, float[] a, float[] b, int width, int channels) {
    if (draw.box.isEmpty()) {
      float own = (float) draw.share;
      for (int i = 0; i < a.length; i++) {
        float mixed = own * a[i] + (1 - own) * b[i];
        b[i] = own * b[i] + (1 - own) * a[i];
        a[i] = mixed;
      }
      return;
    }
    for (int h = draw.box.top; h < draw.box.bottom; h++) {
      for (int i = (h * width + draw.box.left) * channels;
          i < (h * width + draw.box.right) * channels;
          i++) {
        float kept = a[i];
        a[i] = b[i];
        b[i] = kept;
      }
    }
  }
}
