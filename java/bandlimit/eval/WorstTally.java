package bandlimit.eval;

import java.util.BitSet;

/// Samples that are right to begin with, and those that stay so under every shift tried.
final class WorstTally {
  private final BitSet right = new BitSet();
  private final BitSet robust = new BitSet();
  private int count;

  /// Adds a chunk: the rows of it that are right unshifted, and those of them that survived.
  void add(Chunk chunk, BitSet before, BitSet survivors) {
    for (int row = 0; row < chunk.size(); row++) {
      right.set(count, before.get(row));
      robust.set(count, survivors.get(row));
      count++;
    }
  }

  ShiftReport.Worst result(ShiftReport.Protocol protocol, int shifts) {
    return new ShiftReport.Worst(
        protocol,
        shifts,
        Rate.of(right.cardinality(), count),
        Rate.of(robust.cardinality(), count),
        Bits.of(robust, count));
  }

  static BitSet right(Chunk chunk, Outcome outcome) {
    var right = new BitSet();
    for (int row = 0; row < chunk.size(); row++) {
      right.set(row, outcome.correct(row));
    }
    return right;
  }
}
