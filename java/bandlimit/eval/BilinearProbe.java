package bandlimit.eval;

import bandlimit.tensor.Shape;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

/// Worst cases over translations that interpolate bilinearly and let black come in: the frame stays
/// where and as large as it is, so no network is exact.
///
/// Unlike the published attack, the grid that is asked and the grid that is read are the same, so
/// that a translation by nothing changes nothing.
final class BilinearProbe implements Probe {
  private static final int SIDE = 5;
  private static final int TRIES = 10;

  private final boolean signal;
  private final long seed;
  private final List<Limit> limits = new ArrayList<>();

  private record Limit(int pixels, List<Displacement> grid, WorstTally onGrid, WorstTally random) {}

  BilinearProbe(Shape sample, List<Integer> limits, long seed) {
    this.signal = sample.at(0) == 1;
    this.seed = seed;
    int least = signal ? sample.at(1) : Math.min(sample.at(0), sample.at(1));
    for (int pixels : limits) {
      if (pixels < least) { // beyond it nothing of the sample is left
        var grid = Displacement.square(pixels, SIDE, signal);
        var order = ShiftStream.SEARCH_ORDER.at(seed, 100 + pixels);
        this.limits.add(
            new Limit(
                pixels, Displacement.shuffled(grid, order), new WorstTally(), new WorstTally()));
      }
    }
  }

  @Override
  public void see(Chunk chunk) {
    BitSet right = WorstTally.right(chunk, chunk.unshifted());
    for (Limit limit : limits) {
      limit.onGrid.add(
          chunk,
          right,
          WorstSearch.survivors(
              chunk,
              right,
              limit.grid.size(),
              (row, i) -> Shifts.bilinear(chunk.sample(row).image(), limit.grid.get(i))));
      limit.random.add(
          chunk,
          right,
          WorstSearch.survivors(
              chunk,
              right,
              TRIES,
              (row, i) -> {
                var sample = chunk.sample(row);
                var random = ShiftStream.BILINEAR.at(seed, sample.index() * TRIES + i);
                return Shifts.bilinear(
                    sample.image(), Displacement.random(random, signal, limit.pixels));
              }));
    }
  }

  @Override
  public void report(Findings into) {
    String way =
        " Bilinear interpolation, in floats without rounding; the frame stays, and what enters it"
            + " is %s. A sample counts if it is right untouched and under every one of them."
                .formatted(signal ? "0" : "black");
    for (Limit limit : limits) {
      String axes = signal ? "along time" : "on each axis";
      into.worst.add(
          limit.onGrid.result(
              new ShiftReport.Protocol(
                  "bilinear%d-grid%d".formatted(limit.pixels, SIDE),
                  "All translations from -%d to %d pixels in %d steps %s, not by 0."
                          .formatted(limit.pixels, limit.pixels, SIDE - 1, axes)
                      + way,
                  Map.of("limit", limit.pixels, "side", SIDE)),
              limit.grid.size()));
      into.worst.add(
          limit.random.result(
              new ShiftReport.Protocol(
                  "bilinear%d-random%d".formatted(limit.pixels, TRIES),
                  "%d translations by real distances, drawn for every sample from -%d to %d pixels"
                          .formatted(TRIES, limit.pixels, limit.pixels)
                      + " %s.".formatted(axes)
                      + way,
                  Map.of("limit", limit.pixels, "tries", TRIES)),
              TRIES));
    }
  }
}
