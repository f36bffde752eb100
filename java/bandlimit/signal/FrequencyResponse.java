package bandlimit.signal;

import java.util.List;
import org.apache.commons.math3.complex.Complex;

/// What a filter does to each frequency: H(f) = sum_k taps\[k] exp(-2 pi i f (k - origin)), f in
/// cycles per sample.
///
/// `origin` is the tap that stands on the output sample; it turns the phase and nothing else.
public record FrequencyResponse(List<Double> taps, int origin) {
  public FrequencyResponse {
    taps = List.copyOf(taps);
  }

  public static FrequencyResponse of(Filter filter) {
    return new FrequencyResponse(filter.taps(), filter.padBefore());
  }

  public Complex at(double cyclesPerSample) {
    double re = 0;
    double im = 0;
    for (int k = 0; k < taps.size(); k++) {
      double angle = -2 * Math.PI * cyclesPerSample * (k - origin);
      re += taps.get(k) * Math.cos(angle);
      im += taps.get(k) * Math.sin(angle);
    }
    return new Complex(re, im);
  }

  public double magnitude(double cyclesPerSample) {
    return at(cyclesPerSample).abs();
  }

  /// Gain in decibels; minus infinity where nothing passes.
  public double decibels(double cyclesPerSample) {
    return 20 * Math.log10(magnitude(cyclesPerSample));
  }

  /// The magnitude at `points` frequencies from 0 to 0.5, both ends included.
  public double[] grid(int points) {
    if (points < 2) {
      throw new IllegalArgumentException("a grid needs 2 points or more, got " + points);
    }
    var values = new double[points];
    for (int i = 0; i < points; i++) {
      values[i] = magnitude(0.5 * i / (points - 1));
    }
    return values;
  }

  /// The largest magnitude between two frequencies, on a grid of 64 points a tap: enough to see
  /// every lobe.
  public double peak(double fromCyclesPerSample, double toCyclesPerSample) {
    int points = 64 * taps.size();
    double peak = 0;
    for (int i = 0; i <= points; i++) {
      double f = fromCyclesPerSample + (toCyclesPerSample - fromCyclesPerSample) * i / points;
      peak = Math.max(peak, magnitude(f));
    }
    return peak;
  }

  /// Of the energy that white noise keeps through this filter, the share that lies above the new
  /// Nyquist frequency `0.5 / down` and folds back as alias: 0 is alias-free, plain subsampling has
  /// `1 - 1 / down`.
  ///
  /// Exact, by integrating |H|^2 = r_0 + 2 sum_m r_m cos(2 pi m f) term by term; r is the
  /// autocorrelation of the taps.
  public double aliasEnergyRatio(int down) {
    if (down < 1) {
      throw new IllegalArgumentException("the stride must be 1 or more, got " + down);
    }
    double total = autocorrelation(0);
    double kept = total / down;
    for (int m = 1; m < taps.size(); m++) {
      kept += 2 * autocorrelation(m) * Math.sin(Math.PI * m / down) / (Math.PI * m);
    }
    return Math.clamp((total - kept) / total, 0, 1);
  }

  private double autocorrelation(int lag) {
    double sum = 0;
    for (int k = lag; k < taps.size(); k++) {
      sum += taps.get(k) * taps.get(k - lag);
    }
    return sum;
  }
}
