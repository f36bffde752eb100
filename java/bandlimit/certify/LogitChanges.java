package bandlimit.certify;

import bandlimit.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// How far a network's logits change when its images move. Where it decides at many positions, they
/// move with the image, and what is left of the difference counts.
final class LogitChanges {
  private final Probe network;
  private final List<Shape> form;
  private final boolean moves;
  private final List<Field> images;
  private final List<Field> unmoved;

  /// @param change the largest of a logit
  /// @param flips images whose first class changed, somewhere
  /// @param stable images whose first class leads by more than twice the change, everywhere
  record Found(double change, int flips, int stable) {}

  /// @param form of an image's logits: (1, 1, K), or K for each of many positions
  /// @param moves whether the positions are those of a map
  LogitChanges(Probe network, Shape form, boolean moves, List<Field> images) {
    this.network = network;
    this.form = List.of(form);
    this.moves = moves;
    this.images = images;
    this.unmoved = logits(0, 0);
  }

  private List<Field> logits(double down, double right) {
    var variants = new ArrayList<Field[]>();
    images.forEach(image -> variants.add(new Field[] {image.shifted(down, right)}));
    return network.run(variants, form).stream().map(y -> y[0]).toList();
  }

  /// From the least to the greatest logit of all images.
  double range() {
    double least = Double.POSITIVE_INFINITY;
    double greatest = Double.NEGATIVE_INFINITY;
    for (Field field : unmoved) {
      for (double logit : field.values()) {
        least = Math.min(least, logit);
        greatest = Math.max(greatest, logit);
      }
    }
    return greatest - least;
  }

  /// @param shifts (rows, columns) in pixels
  Found under(List<double[]> shifts) {
    double change = 0;
    var flipped = new boolean[images.size()];
    for (var shift : shifts) {
      var moved = logits(shift[0], shift[1]);
      for (int i = 0; i < images.size(); i++) {
        var expected = expected(i, shift);
        change = Math.max(change, expected.difference(moved.get(i)));
        flipped[i] |= flips(expected, moved.get(i));
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

  private Field expected(int i, double[] shift) {
    var image = images.get(i);
    var field = unmoved.get(i);
    return moves
        ? field.shifted(shift[0] * field.h() / image.h(), shift[1] * field.w() / image.w())
        : field;
  }

  private static boolean flips(Field expected, Field moved) {
    for (int from = 0; from < moved.values().length; from += moved.c()) {
      if (first(expected, from) != first(moved, from)) {
        return true;
      }
    }
    return false;
  }

  private static int first(Field logits, int from) {
    int first = from;
    for (int k = from; k < from + logits.c(); k++) {
      first = logits.values()[k] > logits.values()[first] ? k : first;
    }
    return first;
  }

  /// Of the first class before the second, where it is least.
  private static double margin(Field logits) {
    double least = Double.POSITIVE_INFINITY;
    for (int from = 0; from < logits.values().length; from += logits.c()) {
      int first = first(logits, from);
      for (int k = from; k < from + logits.c(); k++) {
        double lead = logits.values()[first] - logits.values()[k];
        least = k == first ? least : Math.min(least, lead);
      }
    }
    return least;
  }
}
