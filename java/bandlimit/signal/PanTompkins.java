package bandlimit.signal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Heartbeats in an electrocardiogram, after J. Pan and W. J. Tompkins, *A Real-Time QRS Detection
/// Algorithm*, IEEE Trans. Biomed. Eng. 32 (1985): band-pass, derivative, square, integration over
/// 150 ms; a peak is a beat where both the integral and the band-passed signal exceed thresholds
/// that follow the running peaks of beats and of noise.
///
/// The published integer filters are for 200 Hz: two boxes of 30 ms (low-pass) and the signal less
/// a box of 160 ms (high-pass). Here the boxes have as many samples as that is at `rate`, and all
/// filters are centred, since a recording has no future to wait for: no delay has to be taken off.
public record PanTompkins(double rate) {
  /// Samples a second below which a QRS complex is a sample or two.
  public static final double LEAST_RATE = 60;

  private static final double REFRACTORY = 0.2; // seconds
  private static final double T_WAVE = 0.36; // seconds in which a beat may be the last one's T wave
  private static final double MISSED = 1.66; // intervals after which one was overlooked
  private static final int INTERVALS = 8; // averaged

  public PanTompkins {
    if (!(rate >= LEAST_RATE)) {
      throw new IllegalArgumentException(
          "a QRS complex needs " + LEAST_RATE + " samples a second or more, got " + rate);
    }
  }

  /// The samples of the beats' largest deflections, in order.
  public int[] detect(double[] signal) {
    if (signal.length < samples(1)) {
      return new int[0];
    }
    double[] band = bandPass(signal);
    double[] slope = slope(band);
    double[] integral = box(square(slope), samples(0.15));
    var search = new Search(band, slope, integral);
    return search.run(peaks(integral));
  }

  private int samples(double seconds) {
    return Math.max(1, (int) Math.round(seconds * rate));
  }

  private double[] bandPass(double[] x) {
    double[] low = box(box(x, samples(0.03)), samples(0.03));
    double[] slow = box(low, samples(0.16));
    var band = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      band[i] = low[i] - slow[i];
    }
    return band;
  }

  /// The centred mean of `length` samples; beyond the ends stand the end values.
  private static double[] box(double[] x, int length) {
    int before = length / 2;
    var y = new double[x.length];
    double sum = 0;
    for (int k = -before; k < length - before; k++) {
      sum += at(x, k);
    }
    for (int i = 0; i < x.length; i++) {
      y[i] = sum / length;
      sum += at(x, i + length - before) - at(x, i - before);
    }
    return y;
  }

  private static double at(double[] x, int i) {
    return x[Math.clamp(i, 0, x.length - 1)];
  }

  /// The published derivative of five points.
  private static double[] slope(double[] x) {
    var y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = (2 * at(x, i + 1) + at(x, i + 2) - at(x, i - 2) - 2 * at(x, i - 1)) / 8;
    }
    return y;
  }

  private static double[] square(double[] x) {
    return Arrays.stream(x).map(v -> v * v).toArray();
  }

  /// The local maxima, the larger one of two within the refractory time.
  private List<Integer> peaks(double[] x) {
    int apart = samples(REFRACTORY);
    var peaks = new ArrayList<Integer>();
    for (int i = 1; i + 1 < x.length; i++) {
      if (x[i] > x[i - 1] && x[i] >= x[i + 1]) {
        int last = peaks.isEmpty() ? -apart : peaks.getLast();
        if (i - last >= apart) {
          peaks.add(i);
        } else if (x[i] > x[last]) {
          peaks.set(peaks.size() - 1, i);
        }
      }
    }
    return peaks;
  }

  /// The running peak of beats and of noise of one signal.
  private static final class Levels {
    double beat;
    double noise;

    double threshold() {
      return noise + 0.25 * (beat - noise);
    }
  }

  private final class Search {
    private final double[] band;
    private final double[] slope;
    private final double[] integral;
    private final Levels inIntegral = new Levels();
    private final Levels inBand = new Levels();
    private final List<Integer> beats = new ArrayList<>(); // peaks of the integral

    Search(double[] band, double[] slope, double[] integral) {
      this.band = band;
      this.slope = slope;
      this.integral = integral;
    }

    int[] run(List<Integer> peaks) {
      learn();
      for (int k = 0; k < peaks.size(); k++) {
        int peak = peaks.get(k);
        lookBack(peaks, k);
        if (exceeds(peak, 1) && !isTWave(peak)) {
          accept(peak, 0.125);
        } else {
          inIntegral.noise += 0.125 * (integral[peak] - inIntegral.noise);
          inBand.noise += 0.125 * (height(peak) - inBand.noise);
        }
      }
      return beats.stream().mapToInt(this::deflection).sorted().toArray();
    }

    /// From the first two seconds.
    private void learn() {
      int end = Math.min(samples(2), integral.length);
      for (int i = 0; i < end; i++) {
        inIntegral.beat = Math.max(inIntegral.beat, integral[i] / 2);
        inIntegral.noise += integral[i] / 2 / end;
        inBand.beat = Math.max(inBand.beat, Math.abs(band[i]) / 2);
        inBand.noise += Math.abs(band[i]) / 2 / end;
      }
    }

    /// Where no beat came for too long, the largest peak since the last one that exceeds half the
    /// thresholds was one.
    private void lookBack(List<Integer> peaks, int now) {
      if (beats.size() < 2 || peaks.get(now) - beats.getLast() < MISSED * interval()) {
        return;
      }
      int best = -1;
      for (int k = now - 1; k >= 0 && peaks.get(k) - beats.getLast() >= samples(T_WAVE); k--) {
        int peak = peaks.get(k);
        if (exceeds(peak, 0.5) && (best < 0 || integral[peak] > integral[best])) {
          best = peak;
        }
      }
      if (best >= 0) {
        accept(best, 0.25);
      }
    }

    private double interval() {
      int first = Math.max(0, beats.size() - 1 - INTERVALS);
      return (double) (beats.getLast() - beats.get(first)) / (beats.size() - 1 - first);
    }

    private boolean exceeds(int peak, double share) {
      return integral[peak] > share * inIntegral.threshold()
          && height(peak) > share * inBand.threshold();
    }

    /// Soon after a beat, and less than half as steep.
    private boolean isTWave(int peak) {
      return !beats.isEmpty()
          && peak - beats.getLast() < samples(T_WAVE)
          && steepest(peak) < steepest(beats.getLast()) / 2;
    }

    private void accept(int peak, double share) {
      beats.add(peak);
      inIntegral.beat += share * (integral[peak] - inIntegral.beat);
      inBand.beat += share * (height(peak) - inBand.beat);
    }

    private double height(int peak) {
      return Math.abs(band[deflection(peak)]);
    }

    private double steepest(int peak) {
      return Math.abs(slope[largest(slope, peak)]);
    }

    private int deflection(int peak) {
      return largest(band, peak);
    }

    /// Where |x| is largest within the 150 ms around `peak`.
    private int largest(double[] x, int peak) {
      int reach = samples(0.075);
      int best = peak;
      for (int i = Math.max(0, peak - reach); i <= Math.min(x.length - 1, peak + reach); i++) {
        best = Math.abs(x[i]) > Math.abs(x[best]) ? i : best;
      }
      return best;
    }
  }
}
