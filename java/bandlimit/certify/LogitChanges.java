package bandlimit.certify;

import bandlimit.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// How far a network's logits move with its images.
final class LogitChanges {
  private final Probe network;
  private final List<Shape> form;
  private final List<Field> images;
  private final List<double[]> unmoved;

  /// @param change the largest of a logit
  /// @param flips images whose first class changed
  /// @param stable images whose first class leads by more than twice the change
  record Found(double change, int flips, int stable) {}

  LogitChanges(Probe network, List<Shape> form, List<Field> images) {
    this.network = network;
    this.form = form;
    this.images = images;
    this.unmoved = logits(0, 0);
  }

  private List<double[]> logits(double down, double right) {
    var variants = new ArrayList<Field[]>();
    images.forEach(image -> variants.add(new Field[] {image.shifted(down, right)}));
    return network.run(variants, form).stream().map(y -> y[0].values()).toList();
  }

  /// From the least to the greatest logit of all images.
  double range() {
    double least = Double.POSITIVE_INFINITY;
    double greatest = Double.NEGATIVE_INFINITY;
    for (double[] row : unmoved) {
      for (double logit : row) {
        least = Math.min(least, logit);
        greatest = Math.max(greatest, logit);
      }
    }
    return greatest - least;
  }

  Found under(List<double[]> shifts) {
    double change = 0;
    var flipped = new boolean[images.size()];
    for (var shift : shifts) {
      var moved = logits(shift[0], shift[1]);
      for (int i = 0; i < images.size(); i++) {
        for (int k = 0; k < moved.get(i).length; k++) {
          double difference = Math.abs(moved.get(i)[k] - unmoved.get(i)[k]);
          change =
              Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(change, difference);
        }
        flipped[i] |= first(moved.get(i)) != first(unmoved.get(i));
      }
    }
    int flips = 0;
    int stable = 0;
    for (int i = 0; i < images.size(); i++) {
      flips += flipped[i] ? 1 : 0;
      stable += margin(unmoved.get(i)) > 2 * change ? 1 : 0;
    }
    return new Found(change, flips, stable);
  }

  private static int first(double[] logits) {
    int first = 0;
    for (int k = 1; k < logits.length; k++) {
      first = logits[k] > logits[first] ? k : first;
    }
    return first;
  }

  private static double margin(double[] logits) {
    int first = first(logits);
    double second = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < logits.length; k++) {
      second = k == first ? second : Math.max(second, logits[k]);
    }
    return logits[first] - second;
  }
}
