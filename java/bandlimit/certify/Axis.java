package bandlimit.certify;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What translations along one axis of the images do to a value.
sealed interface Axis permits Axis.Still, Grid {
  List<Claim> claims();

  /// The largest set of translations of which something is known; empty for none.
  default Optional<Moves> best() {
    Optional<Moves> best = Optional.empty();
    for (Claim claim : claims()) {
      if (claim.clean() >= 0 && (best.isEmpty() || finer(claim.moves(), best.get()))) {
        best = Optional.of(claim.moves());
      }
    }
    return best;
  }

  /// The largest set of translations that move or leave all of the value.
  default Optional<Moves> held() {
    return best();
  }

  /// What made that set hold for some frequencies only, if it does.
  default Optional<Culprit> blame() {
    return claims().stream()
        .filter(c -> best().filter(c.moves()::equals).isPresent())
        .flatMap(c -> c.blame().stream())
        .findFirst();
  }

  static boolean finer(Moves a, Moves b) {
    return !b.isReal() && (a.isReal() || a.step() < b.step());
  }

  /// It does not change, under the translations of the claims.
  record Still(List<Claim> claims) implements Axis {
    static final Still ALWAYS = new Still(List.of(Claim.of(Moves.REAL, 0)));
    static final Still NEVER = new Still(List.of());

    public Still {
      claims = Grid.undominated(claims, 0);
    }

    Still and(Still other) {
      return new Still(meet(claims, other.claims));
    }
  }

  /// What both say, of translations common to both; nothing where they followed different choices.
  static List<Claim> meet(List<Claim> some, List<Claim> others) {
    var both = new ArrayList<Claim>();
    for (Claim a : some) {
      for (Claim b : others) {
        if (a.choices().equals(b.choices())) {
          var less = a.clean() <= b.clean() ? a : b;
          both.add(less.with(a.moves().and(b.moves()), less.clean()));
        }
      }
    }
    return both;
  }
}
