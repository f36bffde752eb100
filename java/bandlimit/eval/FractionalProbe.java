package bandlimit.eval;

import bandlimit.tensor.Shape;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Circular shifts by fractions of a pixel, one of each kind for each sample, against the unshifted
/// sample: Michaeli et al. 2023, with a shift of its own for every sample in place of one for the
/// batch.
///
/// Whatever is compared has lost its Nyquist frequency: on an even grid that one cannot be moved,
/// so no network could be exact with it.
final class FractionalProbe implements Probe {
  private static final int RANGE = 8;

  private final Shape sample;
  private final long seed;
  private final List<Kind> kinds = new ArrayList<>();
  private final ViewTally views = new ViewTally();
  private final BitSet right = new BitSet();
  private final List<Double> margins = new ArrayList<>();

  private enum Axes {
    BOTH,
    DOWN,
    RIGHT
  }

  /// @param parts distances are s + r / parts, r = 1 to parts - 1; 0 is any real distance
  private record Kind(String name, int parts, Axes axes, Tally tally) {
    double distance(SplittableRandom random) {
      int whole = random.nextInt(RANGE);
      return whole + (parts == 0 ? random.nextDouble() : random.nextInt(1, parts) / (double) parts);
    }
  }

  private static final class Tally {
    final AgreementTally agreement = new AgreementTally();
    final BitSet right = new BitSet();
    int count;
    double sum;
    double max;
  }

  FractionalProbe(Shape sample, long seed) {
    this.sample = sample;
    this.seed = seed;
    if (sample.at(0) == 1) {
      kind("halves", 2, Axes.RIGHT);
      kind("thirds", 3, Axes.RIGHT);
      kind("quarters", 4, Axes.RIGHT);
      kind("eighths", 8, Axes.RIGHT);
      kind("real", 0, Axes.RIGHT);
      return;
    }
    kind("halves", 2, Axes.BOTH);
    kind("thirds", 3, Axes.BOTH);
    kind("quarters", 4, Axes.BOTH);
    kind("eighths", 8, Axes.BOTH);
    kind("real", 0, Axes.BOTH);
    kind("halves, down only", 2, Axes.DOWN);
    kind("halves, right only", 2, Axes.RIGHT);
    kind("real, down only", 0, Axes.DOWN);
    kind("real, right only", 0, Axes.RIGHT);
  }

  private void kind(String name, int parts, Axes axes) {
    kinds.add(new Kind(name, parts, axes, new Tally()));
  }

  @Override
  public void see(Chunk chunk) {
    var unshifted =
        chunk.classify(row -> Shifts.ideal(chunk.sample(row).image(), new Displacement(0, 0)));
    for (int row = 0; row < chunk.size(); row++) {
      right.set(margins.size(), unshifted.correct(row));
      margins.add(unshifted.margin(row) / unshifted.range(row));
    }
    var outcomes = new ArrayList<Outcome>();
    outcomes.add(unshifted);
    for (int k = 0; k < kinds.size(); k++) {
      int number = k;
      var shifted =
          chunk.classify(
              row -> {
                var sample = chunk.sample(row);
                return Shifts.ideal(sample.image(), displacement(number, sample.index()));
              });
      add(kinds.get(k).tally, chunk, unshifted, shifted);
      outcomes.add(shifted);
    }
    views.add(chunk, outcomes);
  }

  private Displacement displacement(int number, int index) {
    Kind kind = kinds.get(number);
    var random = ShiftStream.FRACTIONAL.at(seed, index * kinds.size() + number);
    double dy = kind.axes == Axes.RIGHT ? 0 : kind.distance(random);
    return new Displacement(dy, kind.axes == Axes.DOWN ? 0 : kind.distance(random));
  }

  private static void add(Tally tally, Chunk chunk, Outcome unshifted, Outcome shifted) {
    tally.agreement.add(chunk, unshifted, shifted);
    for (int row = 0; row < chunk.size(); row++) {
      tally.right.set(tally.count++, shifted.correct(row));
      double change = unshifted.change(row, shifted);
      tally.sum += change;
      tally.max = Math.max(tally.max, change);
    }
  }

  @Override
  public void report(Findings into) {
    int count = margins.size();
    double max = kinds.stream().mapToDouble(k -> k.tally.max).max().orElseThrow();
    long settled = margins.stream().filter(margin -> margin > 2 * max).count();
    into.fractional.add(
        new ShiftReport.Fractional(
            new ShiftReport.Protocol(
                label("fractional8", sample), words(), Map.of("range", RANGE, "passes", 1)),
            Rate.of(right.cardinality(), count),
            views.result(),
            max,
            Rate.of(settled, count),
            kinds.stream()
                .map(
                    k ->
                        new ShiftReport.FractionalKind(
                            k.name,
                            k.tally.agreement.rate(),
                            k.tally.agreement.bits(),
                            Rate.of(k.tally.right.cardinality(), count),
                            k.tally.sum / count,
                            k.tally.max))
                .toList()));
  }

  private String words() {
    return "One circular shift of each kind for every sample, by s + r/n pixels "
        + (sample.at(0) == 1 ? "along time" : "on each axis, or on the one named,")
        + " s from 0 to 7, r from 1 to n - 1 (real: any distance from 0 to 8), interpolated"
        + " ideally (discrete Fourier transform), in floats without rounding or clamping."
        + nyquist(sample)
        + " Consistent if the predicted class is that of the unshifted sample. The change of the"
        + " logits is the largest of them as a share of the range of the sample's unshifted"
        + " logits.";
  }

  /// What even axes lose, as a sentence for a definition; nothing where all are odd.
  static String nyquist(Shape sample) {
    return isEven(sample)
        ? " The Nyquist frequency of axes of even size is zeroed first, in the unshifted sample"
            + " too."
        : "";
  }

  /// The label, which says whether a Nyquist frequency was zeroed.
  static String label(String label, Shape sample) {
    return isEven(sample) ? label + "-nyquist0" : label;
  }

  private static boolean isEven(Shape sample) {
    return sample.at(0) % 2 == 0 || sample.at(1) % 2 == 0;
  }
}
