package bandlimit.eval;

import java.util.Base64;
import java.util.BitSet;

/// One yes or no per sample, in the order of the data set, small enough to lie in a JSON file.
///
/// @param size number of samples
/// @param base64 sample i is bit i % 8 of byte i / 8; trailing zero bytes are left out
public record Bits(int size, String base64) {
  public Bits {
    if (size < 0 || Base64.getDecoder().decode(base64).length > (size + 7) / 8) {
      throw new IllegalArgumentException(size + " samples cannot have the bits " + base64);
    }
  }

  static Bits of(BitSet bits, int size) {
    return new Bits(size, Base64.getEncoder().encodeToString(bits.toByteArray()));
  }

  public BitSet toBitSet() {
    return BitSet.valueOf(Base64.getDecoder().decode(base64));
  }

  public int count() {
    return toBitSet().cardinality();
  }
}
