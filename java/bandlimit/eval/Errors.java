package bandlimit.eval;

import bandlimit.config.Loss;
import bandlimit.data.Batch;
import bandlimit.tensor.HostTensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.stream.IntStream;

/// How far told numbers are from the true ones, over batches.
///
/// Rows of weight 0 (padding) do not count. A mean over several numbers is that of their means.
public final class Errors implements Tally {
  private final Loss loss;
  private final double[] absolute; // sums, for each number
  private final double[] squares;
  private double lossSum;
  private long count;
  private double[] ofSamples = new double[64]; // mean absolute error of each
  private int samples;

  /// @param loss of numbers
  public Errors(Loss loss, int numbers) {
    this.loss = loss;
    this.absolute = new double[numbers];
    this.squares = new double[numbers];
  }

  @Override
  public void add(HostTensor outputs, Batch batch) {
    var targets = batch.targets().orElseThrow();
    int columns = Math.toIntExact(targets.shape().at(0) / batch.weights().shape().size());
    for (int row = 0; row < batch.count(); row++) {
      if (batch.weights().get(row) != 0) {
        add(outputs, targets, row * columns, columns);
      }
    }
  }

  /// Adds rows `first` to `first + columns` of (N, K), which are one sample.
  void add(HostTensor outputs, HostTensor targets, int first, int columns) {
    double sum = 0;
    int k = absolute.length;
    for (int row = first; row < first + columns; row++) {
      for (int i = 0; i < k; i++) {
        double error = outputs.get((long) row * k + i) - targets.get((long) row * k + i);
        absolute[i] += Math.abs(error);
        squares[i] += error * error;
        lossSum += of(loss, error) / k;
        sum += Math.abs(error);
      }
      count++;
    }
    if (samples == ofSamples.length) {
      ofSamples = Arrays.copyOf(ofSamples, 2 * samples);
    }
    ofSamples[samples++] = sum / (columns * k);
  }

  /// The loss of one number that is off by `error`.
  static double of(Loss loss, double error) {
    return switch (loss) {
      case Loss.Mse _ -> error * error;
      case Loss.Mae _ -> Math.abs(error);
      case Loss.Huber(double delta, boolean _) ->
          Math.abs(error) <= delta ? error * error / 2 : delta * (Math.abs(error) - delta / 2);
      case Loss.CrossEntropy _, Loss.BinaryCrossEntropy _ ->
          throw new IllegalArgumentException(loss.word() + " is of classes");
    };
  }

  @Override
  public long count() {
    return count;
  }

  public int samples() {
    return samples;
  }

  @Override
  public double loss() {
    return lossSum / count;
  }

  /// Mean absolute error, in the targets' unit.
  public double mae() {
    return IntStream.range(0, absolute.length).mapToDouble(this::mae).average().orElseThrow();
  }

  public double mae(int k) {
    return absolute[k] / count;
  }

  /// Root of the mean squared error, in the targets' unit.
  public double rmse() {
    return Math.sqrt(Arrays.stream(squares).average().orElseThrow() / count);
  }

  public double rmse(int k) {
    return Math.sqrt(squares[k] / count);
  }

  /// Student's interval of the mean absolute error over stretches of so many samples, which are
  /// taken for independent where single samples, overlapping, are not. A last, shorter stretch is
  /// left out where there are others.
  public Interval interval(double confidence, int stretch) {
    int stretches = Math.max(1, samples / stretch);
    double[] means =
        IntStream.range(0, stretches)
            .mapToDouble(
                i ->
                    Arrays.stream(ofSamples, i * stretch, Math.min(samples, (i + 1) * stretch))
                        .average()
                        .orElseThrow())
            .toArray();
    return MeanDeviation.of(means).interval(confidence);
  }

  @Override
  public SequencedMap<String, Double> metrics() {
    var metrics = new LinkedHashMap<String, Double>();
    metrics.put("loss", loss());
    metrics.put("mae", mae());
    metrics.put("rmse", rmse());
    return metrics;
  }

  @Override
  public String brief() {
    return String.format(Locale.ROOT, "mae %.4g", mae());
  }

  @Override
  public String line() {
    return String.format(
        Locale.ROOT,
        "Loss: %.4g  MAE: %.4g  RMSE: %.4g  (%d samples)",
        loss(),
        mae(),
        rmse(),
        count);
  }
}
