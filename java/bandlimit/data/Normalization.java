package bandlimit.data;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Mean and standard deviation per channel, in units of the full range: a byte b becomes `(b / 255
/// - mean) / std` of its channel, a float f becomes `(f - mean) / std`.
///
/// Batches stay as they are on the host; the network's first step on the device normalises.
public record Normalization(List<Double> mean, List<Double> std) {
  public static final Normalization CIFAR10 =
      new Normalization(List.of(0.4914, 0.4822, 0.4466), List.of(0.2470, 0.2435, 0.2616));
  public static final Normalization CIFAR100 =
      new Normalization(List.of(0.5071, 0.4865, 0.4409), List.of(0.2673, 0.2564, 0.2762));
  public static final Normalization IMAGENET =
      new Normalization(List.of(0.485, 0.456, 0.406), List.of(0.229, 0.224, 0.225));
  public static final Normalization MNIST = new Normalization(List.of(0.1307), List.of(0.3081));

  public Normalization {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    if (mean.size() != std.size() || mean.isEmpty()) {
      throw new IllegalArgumentException(
          "one mean and one std per channel, got " + mean.size() + " and " + std.size());
    }
    for (double s : std) {
      if (!(s > 0)) {
        throw new IllegalArgumentException("every std must be positive, got " + std);
      }
    }
  }

  /// A number of row `row`, for each channel.
  @FunctionalInterface
  interface Values {
    double at(int row, int channel);
  }

  /// Of so many rows of numbers; a channel that never changes has deviation 1.
  static Normalization measure(int rows, int channels, Values values) {
    var mean = new ArrayList<Double>();
    var std = new ArrayList<Double>();
    for (int c = 0; c < channels; c++) {
      double origin = values.at(0, c); // an offset such as 1024 would cost digits in the squares
      double sum = 0;
      double squares = 0;
      for (int i = 0; i < rows; i++) {
        double value = values.at(i, c) - origin;
        sum += value;
        squares += value * value;
      }
      double average = sum / rows;
      double deviation = Math.sqrt(Math.max(0, squares / rows - average * average));
      mean.add(average + origin);
      std.add(deviation > 0 ? deviation : 1);
    }
    return new Normalization(mean, std);
  }

  /// The same two numbers for every channel.
  public static Normalization uniform(int channels, double mean, double std) {
    return new Normalization(
        Collections.nCopies(channels, mean), Collections.nCopies(channels, std));
  }

  public int channels() {
    return mean.size();
  }
}
