package bandlimit.signal;

import java.util.Arrays;
import java.util.stream.DoubleStream;

/// Low-pass filters by the window method: the ideal response, sinc, times a [Window], scaled to a
/// gain of 1 at frequency 0.
///
/// Frequencies are in cycles per sample, so Nyquist is 0.5; the response falls to one half at the
/// cutoff. For decimation by `s` without aliases the cutoff is `0.5 / s`.
public final class FilterDesign {
  private static final int MOST_TAPS = 1 << 16;

  private FilterDesign() {}

  public static Filter windowedSinc(int taps, double cutoffCyclesPerSample, Window window) {
    if (taps < 1 || taps > MOST_TAPS) {
      throw new IllegalArgumentException("taps must be 1..%d, got %d".formatted(MOST_TAPS, taps));
    }
    if (!(cutoffCyclesPerSample > 0 && cutoffCyclesPerSample <= 0.5)) {
      throw new IllegalArgumentException(
          "the cutoff must be above 0 and at most 0.5 cycles per sample, got "
              + cutoffCyclesPerSample);
    }
    double half = (taps - 1) / 2.0;
    var ideal = new double[taps];
    for (int k = 0; k < taps; k++) {
      double t = k - half;
      double taper = half == 0 ? 1 : window.at(t / half);
      ideal[k] = 2 * cutoffCyclesPerSample * sinc(2 * cutoffCyclesPerSample * t) * taper;
    }
    return new Filter(Arrays.stream(unitGain(ideal)).boxed().toList());
  }

  /// A Kaiser design of given length and transition width; the attenuation follows from them.
  public static Filter kaiser(int taps, double cutoffCyclesPerSample, double transitionWidth) {
    double beta = kaiserBeta(kaiserAttenuationDb(taps, transitionWidth));
    return windowedSinc(taps, cutoffCyclesPerSample, new Window.Kaiser(beta));
  }

  /// A Kaiser design that keeps `attenuationDb` beyond `cutoff + transitionWidth / 2`; the length,
  /// always odd, follows.
  public static Filter kaiserFor(
      double attenuationDb, double cutoffCyclesPerSample, double transitionWidth) {
    int taps = kaiserTaps(attenuationDb, transitionWidth);
    return windowedSinc(taps, cutoffCyclesPerSample, new Window.Kaiser(kaiserBeta(attenuationDb)));
  }

  /// Kaiser's empirical rule for beta.
  public static double kaiserBeta(double attenuationDb) {
    if (attenuationDb > 50) {
      return 0.1102 * (attenuationDb - 8.7);
    }
    return attenuationDb > 21
        ? 0.5842 * Math.pow(attenuationDb - 21, 0.4) + 0.07886 * (attenuationDb - 21)
        : 0;
  }

  /// Kaiser's empirical rule for the length, rounded up to an odd one.
  public static int kaiserTaps(double attenuationDb, double transitionWidth) {
    checkWidth(transitionWidth);
    double order = (attenuationDb - 7.95) / (2.285 * 2 * Math.PI * transitionWidth);
    if (!(order <= MOST_TAPS)) {
      throw new IllegalArgumentException(
          "%.1f dB over a transition of %g needs %.0f taps; the limit is %d"
              .formatted(attenuationDb, transitionWidth, order, MOST_TAPS));
    }
    int taps = (int) Math.ceil(Math.max(order, 0)) + 1;
    return taps | 1;
  }

  /// The attenuation that a length and a transition width give; the inverse of [#kaiserTaps].
  public static double kaiserAttenuationDb(int taps, double transitionWidth) {
    checkWidth(transitionWidth);
    return 2.285 * (taps - 1) * 2 * Math.PI * transitionWidth + 7.95;
  }

  private static void checkWidth(double transitionWidth) {
    if (!(transitionWidth > 0 && transitionWidth <= 0.5)) {
      throw new IllegalArgumentException(
          "the transition width must be above 0 and at most 0.5 cycles per sample, got "
              + transitionWidth);
    }
  }

  private static double sinc(double x) {
    return x == 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
  }

  /// Scales to sum 1, then moves what rounding left over into the middle taps, equally, so that a
  /// constant stays that constant.
  private static double[] unitGain(double[] taps) {
    double sum = DoubleStream.of(taps).sum();
    if (!(Math.abs(sum) > 1e-9)) {
      throw new IllegalArgumentException(
          "these taps sum to %g: too few to pass frequency 0 at this cutoff".formatted(sum));
    }
    for (int k = 0; k < taps.length; k++) {
      taps[k] /= sum;
    }
    for (int round = 0; round < 4; round++) {
      double rest = 1 - DoubleStream.of(taps).sum();
      taps[(taps.length - 1) / 2] += rest / 2;
      taps[taps.length / 2] += rest / 2;
    }
    return taps;
  }
}
