package bandlimit.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The valid name that a misspelt one was probably meant to be.
final class Nearest {
  /// Words of other tools, further from ours than any slip of the finger.
  private static final Map<String, String> SYNONYMS =
      Map.of(
          "gpu", "cuda",
          "blur", "lowpass",
          "binomial", "lowpass",
          "mirror", "reflect",
          "edge", "replicate",
          "wrap", "circular",
          "bf16", "bf16-mixed",
          "amp", "bf16-mixed",
          "imagenet", "imagefolder",
          "mnist", "idx");

  private Nearest() {}

  /// The closest of `names`, where it is close: a third of the letters may differ, at least one.
  static Optional<String> to(String word, Collection<String> names) {
    Optional<String> synonym = Optional.ofNullable(SYNONYMS.get(word)).filter(names::contains);
    if (synonym.isPresent()) {
      return synonym;
    }
    int allowed = Math.max(1, word.length() / 3);
    return names.stream()
        .filter(name -> distance(word, name) <= allowed)
        .min(Comparator.comparingInt(name -> distance(word, name)));
  }

  /// Letters to insert, delete, replace or swap with their neighbour; case and `-` for `_` are
  /// free.
  static int distance(String from, String to) {
    String a = from.toLowerCase(Locale.ROOT).replace('-', '_');
    String b = to.toLowerCase(Locale.ROOT).replace('-', '_');
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int replaced = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        d[i][j] = Math.min(replaced, Math.min(d[i - 1][j], d[i][j - 1]) + 1);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
