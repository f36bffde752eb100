package bandlimit.eval;

import java.util.List;

/// What a user may choose about the protocols that search.
///
/// @param range the integer grid of `adversarial` goes up to so many pixels each way
/// @param translations the limits of `bilinear`, in pixels
public record ShiftSettings(int range, List<Integer> translations) {
  public static final ShiftSettings DEFAULT = new ShiftSettings(3, List.of(1, 4, 8));

  public ShiftSettings {
    translations = List.copyOf(translations);
  }
}
