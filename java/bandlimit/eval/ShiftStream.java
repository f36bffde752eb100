package bandlimit.eval;

import bandlimit.data.Draws;
import java.util.SplittableRandom;

/// The independent streams of random numbers of an evaluation, one for each purpose, so that asking
/// for one protocol more changes no other.
enum ShiftStream {
  CROP(101),
  CROP_SHARED(102),
  CIRCULAR(103),
  STRATA(104),
  FRACTIONAL(105),
  ADVERSARIAL(106),
  BILINEAR(107),
  SEARCH_ORDER(108);

  private final long key;

  ShiftStream(long key) {
    this.key = key;
  }

  SplittableRandom at(long seed, int index) {
    return Draws.at(key, seed, index);
  }
}
