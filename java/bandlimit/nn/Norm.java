package bandlimit.nn;

import java.util.Locale;

/// Which normalisation a network takes; the `model.norm` of a config.
public enum Norm {
  /// By the batch's statistics of each channel in training, by running ones afterwards.
  BATCH,
  /// By the mean and deviation over the channels of each pixel. Its deviation changes from pixel to
  /// pixel, and dividing by it has no band: it breaks equivariance to fractional shifts.
  LAYER,
  /// By the mean over the channels of each pixel and one deviation a sample.
  ALIAS_FREE;

  /// As in a config.
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  public Layer layer() {
    return switch (this) {
      case BATCH -> new BatchNorm();
      case LAYER -> new LayerNorm(1e-6);
      case ALIAS_FREE -> new AliasFreeNorm();
    };
  }
}
