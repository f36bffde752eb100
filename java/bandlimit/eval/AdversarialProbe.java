package bandlimit.eval;

import bandlimit.data.Image;
import bandlimit.tensor.Shape;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

/// Worst cases over grids of shifts: a sample counts if it is right unshifted and under every shift
/// (Michaeli et al. 2023, `Full` and adversarial fractions, with shifts along one axis too).
///
/// A grid within another is searched first, and only what withstands it meets the rest.
final class AdversarialProbe implements Probe {
  private static final int TRIES = 10;
  private static final int FAR = 31;

  private final CropCanvas canvas;
  private final Shape size;
  private final int range;
  private final int far;
  private final long seed;
  private final List<Displacement> whole;
  private final List<Displacement> halfway;
  private final int crops; // offsets from the middle, each way
  private final List<Displacement> offsets;
  private final List<Grid> fractions = new ArrayList<>();
  private final WorstTally random = new WorstTally();
  private final WorstTally exhaustive = new WorstTally();
  private final WorstTally halves = new WorstTally();
  private final WorstTally both = new WorstTally();
  private final WorstTally cropped = new WorstTally();

  /// @param moves all of it
  /// @param rest what the grid within it leaves to do
  /// @param within its place among the grids, or -1
  private record Grid(
      String name,
      List<Displacement> moves,
      List<Displacement> rest,
      int within,
      WorstTally tally) {}

  AdversarialProbe(CropCanvas canvas, int range, long seed) {
    this.canvas = canvas;
    this.size = Shape.of(canvas.height(), canvas.width());
    this.range = range;
    this.far = Math.min(FAR, Math.max(canvas.height(), canvas.width()) - 1);
    this.seed = seed;
    this.whole = order(Displacement.whole(range, canvas.height(), canvas.width()), 0);
    this.halfway = order(Displacement.halfway(range, canvas.isSignal()), 1);
    this.crops = Math.min(range, canvas.offsets() / 2);
    this.offsets = order(Displacement.square(crops, 2 * crops + 1, canvas.isSignal()), 2);
    grid("halves", 2, -1);
    grid("thirds", 3, -1);
    grid("quarters", 4, 0);
    grid("eighths", 8, 2);
  }

  private List<Displacement> order(List<Displacement> moves, int key) {
    return Displacement.shuffled(moves, ShiftStream.SEARCH_ORDER.at(seed, key));
  }

  private void grid(String name, int parts, int within) {
    var moves = Displacement.fractions(parts, canvas.isSignal());
    var rest = new ArrayList<>(moves);
    if (within >= 0) {
      rest.removeAll(fractions.get(within).moves);
    }
    fractions.add(new Grid(name, moves, order(rest, parts), within, new WorstTally()));
  }

  @Override
  public void see(Chunk chunk) {
    BitSet right = WorstTally.right(chunk, chunk.unshifted());
    random.add(chunk, right, WorstSearch.survivors(chunk, right, TRIES, tries(chunk)));
    var circular =
        WorstSearch.survivors(
            chunk,
            right,
            whole.size(),
            (row, i) -> {
              Displacement by = whole.get(i);
              return Shifts.circular(image(chunk, row), (int) by.dy(), (int) by.dx());
            });
    exhaustive.add(chunk, right, circular);
    crops(chunk, right);
    var filtered = chunk.classify(row -> Shifts.ideal(image(chunk, row), new Displacement(0, 0)));
    BitSet start = WorstTally.right(chunk, filtered);
    BitSet half = fractional(chunk, start, halfway);
    halves.add(chunk, start, half);
    half.and(circular);
    both.add(chunk, right, half);
    var found = new ArrayList<BitSet>();
    for (Grid grid : fractions) {
      BitSet left = grid.within < 0 ? start : found.get(grid.within);
      found.add(fractional(chunk, left, grid.rest));
      grid.tally.add(chunk, start, found.getLast());
    }
  }

  private static Image image(Chunk chunk, int row) {
    return chunk.sample(row).image();
  }

  private WorstSearch.Views tries(Chunk chunk) {
    return (row, i) -> {
      int key = chunk.sample(row).index() * TRIES + i;
      var by =
          Displacement.whole(
              ShiftStream.ADVERSARIAL.at(seed, key), far, canvas.height(), canvas.width());
      return Shifts.circular(image(chunk, row), (int) by.dy(), (int) by.dx());
    };
  }

  private void crops(Chunk chunk, BitSet right) {
    var areas = new ArrayList<Image>();
    for (int row = 0; row < chunk.size(); row++) {
      areas.add(canvas.area(chunk.sample(row).stored(), image(chunk, row)));
    }
    int middle = canvas.offsets() / 2;
    var left =
        WorstSearch.survivors(
            chunk,
            right,
            offsets.size(),
            (row, i) -> {
              Displacement by = offsets.get(i);
              return canvas.crop(areas.get(row), middle + (int) by.dy(), middle + (int) by.dx());
            });
    cropped.add(chunk, right, left);
  }

  private static BitSet fractional(Chunk chunk, BitSet start, List<Displacement> moves) {
    return WorstSearch.survivors(
        chunk, start, moves.size(), (row, i) -> Shifts.ideal(image(chunk, row), moves.get(i)));
  }

  @Override
  public void report(Findings into) {
    String robust = " A sample counts if it is right unshifted and under every one of them.";
    String axes = canvas.isSignal() ? "along time" : "on each axis";
    String notBoth = canvas.isSignal() ? ", not 0." : ", not both 0.";
    add(
        into,
        random,
        "adversarial-int%d-random%d".formatted(far, TRIES),
        "%d circular shifts by whole pixels, drawn for every sample from -%d to %d %s, never by a"
            + " whole period."
            + robust,
        List.of(TRIES, far, far, axes),
        TRIES,
        Map.of("range", far, "tries", TRIES));
    add(
        into,
        exhaustive,
        "adversarial-int" + range,
        "All circular shifts by whole pixels from -%d to %d %s" + notBoth + robust,
        List.of(range, range, axes),
        whole.size(),
        Map.of("range", range));
    String ideal =
        " Shifts are ideal (discrete Fourier transform), in floats without rounding or"
            + " clamping."
            + FractionalProbe.nyquist(size).replace("%", "%%")
            + robust;
    add(
        into,
        halves,
        FractionalProbe.label("adversarial-half" + range, size),
        "All circular shifts by an odd number of half pixels, from -%d + 1/2 to %d - 1/2 "
            + (canvas.isSignal() ? "along time." : "on both axes.")
            + ideal,
        List.of(range, range),
        halfway.size(),
        Map.of("range", range));
    add(
        into,
        both,
        FractionalProbe.label("adversarial-int%d+half%d".formatted(range, range), size),
        "The shifts of adversarial-int%d and those by half pixels up to the same distance."
            + robust,
        List.of(range),
        whole.size() + halfway.size(),
        Map.of("range", range));
    int[] parts = {2, 3, 4, 8};
    for (int i = 0; i < parts.length; i++) {
      Grid grid = fractions.get(i);
      add(
          into,
          grid.tally,
          FractionalProbe.label("adversarial-" + grid.name, size),
          "All circular shifts by 0 to %d/%d of a pixel in steps of 1/%d " + axes + notBoth + ideal,
          List.of(parts[i] - 1, parts[i], parts[i]),
          grid.moves.size(),
          Map.of("parts", parts[i]));
    }
    add(
        into,
        cropped,
        "adversarial-crop-%s-%d".formatted(canvas.label(), crops),
        canvas.inWords()
            + " All crops by up to %d pixels from the middle "
            + axes
            + "; not circular."
            + robust,
        List.of(crops),
        offsets.size(),
        Map.of("range", crops));
  }

  private static void add(
      Findings into,
      WorstTally tally,
      String label,
      String words,
      List<Object> numbers,
      int shifts,
      Map<String, Integer> parameters) {
    var protocol = new ShiftReport.Protocol(label, words.formatted(numbers.toArray()), parameters);
    into.worst.add(tally.result(protocol, shifts));
  }
}
