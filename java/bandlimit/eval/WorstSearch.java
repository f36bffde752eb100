package bandlimit.eval;

import bandlimit.data.Image;
import java.util.ArrayList;
import java.util.BitSet;

/// Looks for a shift that makes the network wrong, sample by sample, and leaves a sample once it
/// has one.
final class WorstSearch {
  private WorstSearch() {}

  /// The sample in `row` under shift number `shift`.
  interface Views {
    Image at(int row, int shift);
  }

  private record Try(int row, int shift) {}

  /// Those of `rows` that stay right under all shifts. Batches are filled with as many shifts of
  /// each sample still in question as there is room for.
  static BitSet survivors(Chunk chunk, BitSet rows, int shifts, Views views) {
    var survivors = (BitSet) rows.clone();
    var open = (BitSet) rows.clone();
    var next = new int[chunk.size()];
    while (!open.isEmpty() && shifts > 0) {
      var tries = new ArrayList<Try>();
      for (int before = -1; before < tries.size() && tries.size() < chunk.capacity(); ) {
        before = tries.size();
        for (int row = open.nextSetBit(0); row >= 0; row = open.nextSetBit(row + 1)) {
          if (tries.size() < chunk.capacity() && next[row] < shifts) {
            tries.add(new Try(row, next[row]++));
          }
        }
      }
      int[] tried = tries.stream().mapToInt(Try::row).toArray();
      var outcome = chunk.classify(tried, i -> views.at(tried[i], tries.get(i).shift));
      for (int i = 0; i < tried.length; i++) {
        if (!outcome.correct(i)) {
          survivors.clear(tried[i]);
          open.clear(tried[i]);
        } else if (next[tried[i]] == shifts) {
          open.clear(tried[i]);
        }
      }
    }
    return survivors;
  }
}
