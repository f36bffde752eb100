package bandlimit.certify;

import java.util.List;
import java.util.Optional;

/// Something known of a value along one axis: under these translations of the input its frequencies
/// |f| <= `clean` (in periods of the map) turn by the phase of the same translation.
///
/// @param choices adaptive samplings behind the value: where there are any, the value moves by some
///   whole number of samples that depends on what they chose, and so does only what depends on the
///   same ones
/// @param base samples a period of the grid that they chose from: the steps of that movement
/// @param blame what made other frequencies unclean
record Claim(Moves moves, int clean, List<String> choices, int base, Optional<Culprit> blame) {
  Claim {
    choices = List.copyOf(choices);
  }

  static Claim of(Moves moves, int clean) {
    return new Claim(moves, clean, List.of(), 0, Optional.empty());
  }

  Claim with(Moves changed, int atMost) {
    return new Claim(changed, atMost, choices, base, blame);
  }

  /// Of the frequencies up to `atMost` only; blames `culprit` unless somebody is blamed already.
  Claim upTo(int atMost, Culprit culprit) {
    return clean <= atMost
        ? this
        : new Claim(moves, atMost, choices, base, Optional.of(blame.orElse(culprit)));
  }

  Claim chosen(List<String> changed, int samples) {
    return new Claim(moves, clean, changed, samples, blame);
  }

  /// Of all frequencies, up to `atMost`.
  Claim whole(Moves changed, int atMost) {
    return new Claim(changed, atMost, choices, base, Optional.empty());
  }

  /// Of those frequencies that nobody is to blame for.
  Claim clean(int atMost, Optional<Culprit> changed) {
    return new Claim(moves, atMost, choices, base, changed);
  }

  /// Whether everything this says is said by `other`, of a value whose highest frequency is `top`.
  boolean follows(Claim other, int top) {
    return other.moves.contains(moves)
        && other.choices.equals(choices)
        && other.clean >= Math.min(clean, top);
  }
}
