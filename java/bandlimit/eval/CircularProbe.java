package bandlimit.eval;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Circular shifts by whole pixels: random pairs, pairs by the kind of their relative shift, and
/// distances from the unshifted sample.
///
/// With period and stride 2 or 8 somewhere in the network or the data (a JPEG grid), shifts by
/// multiples of that number are the harmless ones; the strata show it, all from the same range of
/// distances.
final class CircularProbe implements Probe {
  private static final int RANGE = 8;
  private static final int DISTANCES = 8;
  private static final int DISTANCE_SAMPLES = 2_000;

  private final int height;
  private final int width;
  private final long seed;
  private final AgreementTally pairs = new AgreementTally();
  private final ViewTally views = new ViewTally();
  private final List<Stratum> strata = new ArrayList<>();
  private final List<Line> lines = new ArrayList<>();

  private record Move(int dy, int dx) {}

  private record Stratum(String name, List<Move> moves, AgreementTally agreement) {}

  private record Line(String direction, int dy, int dx, int pixels, AgreementTally agreement) {}

  CircularProbe(int height, int width, long seed) {
    this.height = height;
    this.width = width;
    this.seed = seed;
    stratum("multiples of 8", 8, 16);
    stratum("multiples of 4, not 8", 4, 8);
    stratum("multiples of 2, not 4", 2, 4);
    stratum("odd on an axis", 1, 2);
    for (int d = 1; d <= Math.min(DISTANCES, width - 1); d++) {
      lines.add(new Line("right", 0, d, d, new AgreementTally(DISTANCE_SAMPLES)));
    }
    for (int d = 1; height > 1 && d <= Math.min(DISTANCES, Math.min(height, width) - 1); d++) {
      lines.add(new Line("down-right", d, d, d, new AgreementTally(DISTANCE_SAMPLES)));
    }
  }

  /// Every move within the range, but none at all, whose components are multiples of `of` and not
  /// all of `not`.
  private void stratum(String name, int of, int not) {
    var moves = new ArrayList<Move>();
    for (int dy = -RANGE; dy <= RANGE; dy++) {
      for (int dx = -RANGE; dx <= RANGE; dx++) {
        boolean possible = height > 1 || dy == 0;
        boolean moved = Math.floorMod(dy, height) != 0 || Math.floorMod(dx, width) != 0;
        boolean inside = dy % of == 0 && dx % of == 0 && (dy % not != 0 || dx % not != 0);
        if (possible && moved && inside) {
          moves.add(new Move(dy, dx));
        }
      }
    }
    if (!moves.isEmpty()) {
      strata.add(new Stratum(name, moves, new AgreementTally()));
    }
  }

  @Override
  public void see(Chunk chunk) {
    var first = new ArrayList<Move>();
    var second = new ArrayList<Move>();
    for (int row = 0; row < chunk.size(); row++) {
      SplittableRandom random = ShiftStream.CIRCULAR.at(seed, chunk.sample(row).index());
      first.add(random(random));
      second.add(random(random));
    }
    var outcomes = new ArrayList<Outcome>();
    Outcome base = view(chunk, first);
    Outcome other = view(chunk, second);
    pairs.add(chunk, base, other);
    outcomes.add(base);
    outcomes.add(other);
    for (int s = 0; s < strata.size(); s++) {
      Outcome moved = view(chunk, relative(chunk, first, s));
      strata.get(s).agreement.add(chunk, base, moved);
      outcomes.add(moved);
    }
    views.add(chunk, outcomes);
    if (chunk.sample(0).position() < DISTANCE_SAMPLES) {
      for (Line line : lines) {
        Outcome moved =
            chunk.classify(row -> Shifts.circular(chunk.sample(row).image(), line.dy, line.dx));
        line.agreement.add(chunk, chunk.unshifted(), moved);
      }
    }
  }

  private Move random(SplittableRandom random) {
    int dy = height == 1 ? 0 : random.nextInt(RANGE);
    return new Move(dy, random.nextInt(RANGE));
  }

  private List<Move> relative(Chunk chunk, List<Move> from, int stratum) {
    List<Move> choices = strata.get(stratum).moves;
    var moves = new ArrayList<Move>();
    for (int row = 0; row < chunk.size(); row++) {
      int key = chunk.sample(row).index() * strata.size() + stratum;
      Move by = choices.get(ShiftStream.STRATA.at(seed, key).nextInt(choices.size()));
      moves.add(new Move(from.get(row).dy + by.dy, from.get(row).dx + by.dx));
    }
    return moves;
  }

  private static Outcome view(Chunk chunk, List<Move> moves) {
    return chunk.classify(
        row -> Shifts.circular(chunk.sample(row).image(), moves.get(row).dy, moves.get(row).dx));
  }

  @Override
  public void report(Findings into) {
    String axes = height == 1 ? "along time" : "on each axis";
    into.consistency.add(
        new ShiftReport.Consistency(
            new ShiftReport.Protocol(
                "circular-int8",
                "Two circular shifts by whole pixels, drawn uniformly from 0 to 7 "
                    + axes
                    + ", independently for every sample; consistent if the predicted class is the"
                    + " same. Mean and worst accuracy are over these two and the shifts of"
                    + " circular-modulo.",
                Map.of("shifts", RANGE, "passes", 1)),
            pairs.rate(),
            pairs.bits(),
            views.result()));
    into.strata.add(
        new ShiftReport.Strata(
            new ShiftReport.Protocol(
                "circular-modulo",
                "Two circular shifts: the first is that of circular-int8, the second differs from"
                    + " it by a random whole number of pixels, -8 to 8 "
                    + axes
                    + ", not both 0, of the kind that the row names. Consistent if the predicted"
                    + " class is the same.",
                Map.of("range", RANGE, "passes", 1)),
            strata.stream()
                .map(s -> new ShiftReport.Stratum(s.name, s.agreement.rate()))
                .toList()));
    into.distances.add(
        new ShiftReport.Distances(
            new ShiftReport.Protocol(
                "circular-distance",
                "A circular shift of exactly so many pixels; consistent if the predicted class is"
                    + " that of the unshifted sample. Over the first "
                    + DISTANCE_SAMPLES
                    + " samples.",
                Map.of("distances", DISTANCES, "samples", DISTANCE_SAMPLES)),
            lines.stream()
                .map(l -> new ShiftReport.Distance(l.direction, l.pixels, l.agreement.rate()))
                .toList()));
  }
}
