package bandlimit.conformance;

import bandlimit.tensor.HostTensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Random;

/// Fills an input with numbers that its op is defined for.
///
/// All are float32 numbers, so that every backend starts from the same values.
@FunctionalInterface
interface Values {
  void fill(HostTensor tensor, Random random);

  /// Standard normal.
  static Values normal() {
    return each((random, i) -> random.nextGaussian());
  }

  static Values between(double low, double high) {
    return each((random, i) -> low + (high - low) * random.nextDouble());
  }

  /// Within 3 of 0 and at least 0.01 away from each of `kinks`, which finite differences must not
  /// cross.
  static Values avoiding(double low, double high, double... kinks) {
    return each(
        (random, i) -> {
          while (true) {
            double value = low + (high - low) * random.nextDouble();
            boolean near = false;
            for (double kink : kinks) {
              near |= Math.abs(value - kink) < 0.01;
            }
            if (!near) {
              return value;
            }
          }
        });
  }

  /// No two equal, neighbours in size 1/64 apart: the largest of a window stays the largest.
  static Values distinct() {
    return (tensor, random) -> {
      int n = tensor.shape().intSize();
      var order = new ArrayList<Integer>();
      for (int i = 0; i < n; i++) {
        order.add(i);
      }
      Collections.shuffle(order, random);
      for (int i = 0; i < n; i++) {
        tensor.set(i, (order.get(i) - n / 2) / 64.0);
      }
    };
  }

  /// Whole numbers from 0 to `count` - 1: labels, and maps full of ties.
  static Values whole(int count) {
    return each((random, i) -> random.nextInt(count));
  }

  static Values of(double... values) {
    return each((random, i) -> values[i % values.length]);
  }

  /// Positive along the last axis, with the sum 1.
  static Values distribution() {
    return (tensor, random) -> {
      int k = tensor.shape().at(-1);
      for (int row = 0; row < tensor.shape().intSize(); row += k) {
        double sum = 0;
        for (int i = 0; i < k; i++) {
          tensor.set(row + i, 0.1 + random.nextDouble());
          sum += tensor.get(row + i);
        }
        for (int i = 0; i < k; i++) {
          tensor.set(row + i, (float) (tensor.get(row + i) / sum));
        }
      }
    };
  }

  /// Means in row 0, variances between 0.2 and 2 in row 1: what `Moments` gives.
  static Values statistics() {
    return (tensor, random) -> {
      int sets = tensor.shape().at(1);
      for (int i = 0; i < sets; i++) {
        tensor.set(i, (float) random.nextGaussian());
        tensor.set(sets + i, (float) (0.2 + 1.8 * random.nextDouble()));
      }
    };
  }

  /// One number for each flat index.
  @FunctionalInterface
  interface Each {
    double at(Random random, int i);
  }

  private static Values each(Each each) {
    return (tensor, random) -> {
      for (int i = 0; i < tensor.shape().intSize(); i++) {
        tensor.set(i, (float) each.at(random, i));
      }
    };
  }
}
