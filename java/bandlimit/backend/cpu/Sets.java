package bandlimit.backend.cpu;

import bandlimit.graph.op.Over;
import bandlimit.tensor.Shape;

/// The statistics of a normalisation as per-element tiles: what [Over] means for memory order.
///
/// The tensor is cut into units in which the numbers of a position repeat every `period` elements:
/// - BATCH: one unit, the whole tensor; a number for each channel
/// - GROUPS: a unit for each sample; a number for each channel
/// - CHANNELS: a unit for each pixel; one number
final class Sets {
  final Over over;
  final int channels;
  final int sets;
  final int count;
  final long units;
  final long unitSize;

  Sets(Over over, Shape x) {
    this.over = over;
    this.channels = x.c();
    this.sets = over.sets(x);
    this.count = over.count(x);
    this.units =
        switch (over.kind()) {
          case BATCH -> 1;
          case CHANNELS -> (long) x.n() * x.h() * x.w();
          case GROUPS -> x.n();
        };
    this.unitSize = x.size() / units;
  }

  /// The set of channel c in a unit.
  int set(long unit, int c) {
    return switch (over.kind()) {
      case BATCH -> c;
      case CHANNELS -> (int) unit;
      case GROUPS -> (int) unit * over.groups() + c / (channels / over.groups());
    };
  }

  int tile() {
    return switch (over.kind()) {
      case BATCH, GROUPS -> Tiles.length(channels);
      case CHANNELS -> channels;
    };
  }

  /// Means and 1 / sqrt(variance + epsilon) of a unit, spread over tiles.
  void spread(View statistics, double epsilon, long unit, float[] mean, float[] inverse, int n) {
    for (int c = 0; c < channels; c++) {
      int set = set(unit, c);
      mean[c] = statistics.get(set);
      inverse[c] = (float) inverse(statistics, epsilon, set);
    }
    Tiles.spread(mean, channels, n);
    Tiles.spread(inverse, channels, n);
  }

  double inverse(View statistics, double epsilon, int set) {
    return 1 / Math.sqrt(statistics.get(sets + (long) set) + epsilon);
  }
}
