package bandlimit.stream;

import java.util.Arrays;
import java.util.List;

/// The range of each channel of the samples seen so far; those that are no numbers do not count.
public final class SignalRange {
  private final float[] low;
  private final float[] high;

  public SignalRange(int channels) {
    low = new float[channels];
    high = new float[channels];
    Arrays.fill(low, Float.POSITIVE_INFINITY);
    Arrays.fill(high, Float.NEGATIVE_INFINITY);
  }

  /// @param samples `frames` moments, the channels of each together
  public void add(float[] samples, int frames) {
    int channels = low.length;
    for (int i = 0; i < frames * channels; i++) {
      if (Float.isFinite(samples[i])) {
        int c = i % channels;
        low[c] = Math.min(low[c], samples[i]);
        high[c] = Math.max(high[c], samples[i]);
      }
    }
  }

  /// Half the range of the widest channel, in its deviations `std`; 0 before the first sample.
  public double amplitude(List<Double> std) {
    double widest = 0;
    for (int c = 0; c < low.length; c++) {
      widest = Math.max(widest, ((double) high[c] - low[c]) / 2 / std.get(c));
    }
    return widest;
  }
}
