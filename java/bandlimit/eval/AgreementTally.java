package bandlimit.eval;

import java.util.BitSet;

/// How often two views of a sample get the same class, over the first `limit` samples.
final class AgreementTally {
  private final int limit;
  private final BitSet agreed = new BitSet();
  private int count;

  AgreementTally(int limit) {
    this.limit = limit;
  }

  AgreementTally() {
    this(Integer.MAX_VALUE);
  }

  void add(Chunk chunk, Outcome one, Outcome other) {
    for (int row = 0; row < chunk.size() && count < limit; row++) {
      agreed.set(count, one.agrees(row, other));
      count++;
    }
  }

  Rate rate() {
    return Rate.of(agreed.cardinality(), count);
  }

  Bits bits() {
    return Bits.of(agreed, count);
  }
}
