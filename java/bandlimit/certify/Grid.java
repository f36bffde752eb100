package bandlimit.certify;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Samples of a signal along one axis, one period of which is the whole image.
///
/// Frequencies are in periods of the image, on whatever grid. A value is moved by a translation if
/// each of its frequencies turns by that translation's phase. Where frequencies meet in one bin
/// (aliasing), that bin's phase is nobody's, but for the translations that move the grid by whole
/// samples.
///
/// @param pixels of the input along this axis
/// @param n samples of a period
/// @param extra samples beyond a period (circular padding), or that are lacking (negative: windows
///   that do not reach over the edge)
/// @param top highest frequency that can be there; n / 2 where anything can
record Grid(int pixels, int n, int extra, int top, List<Claim> claims) implements Axis {
  Grid {
    int highest = Math.min(top, n / 2);
    int all = n / 2;
    top = highest;
    claims =
        undominated(
            claims.stream().map(c -> c.clean() < highest ? c : c.whole(c.moves(), all)).toList(),
            highest);
  }

  /// An axis of the image itself.
  ///
  /// @param nyquist whether an even image may hold its Nyquist frequency
  static Axis image(int pixels, boolean nyquist) {
    if (pixels == 1) {
      return Still.ALWAYS; // there is nowhere to go
    }
    int highest = (pixels - 1) / 2;
    return new Grid(
        pixels,
        pixels,
        0,
        nyquist ? pixels / 2 : highest,
        List.of(Claim.of(Moves.REAL, highest), Claim.of(Moves.multiplesOf(1, 1), pixels / 2)));
  }

  /// The same number everywhere.
  static Grid constant(int pixels, int n, int extra, List<Claim> still) {
    return new Grid(
        pixels, n, extra, 0, still.stream().map(c -> c.with(c.moves(), n / 2)).toList());
  }

  static List<Claim> undominated(List<Claim> claims, int top) {
    var kept = new ArrayList<Claim>();
    for (Claim claim : claims) {
      if (claim.clean() >= 0 && kept.stream().noneMatch(k -> claim.follows(k, top))) {
        kept.removeIf(k -> k.follows(claim, top));
        kept.add(claim);
      }
    }
    return List.copyOf(kept);
  }

  /// Pixels from one sample to the next.
  Moves spacing() {
    return Moves.multiplesOf(pixels, n);
  }

  boolean isFull(Claim claim) {
    return claim.clean() >= top;
  }

  @Override
  public Optional<Moves> held() {
    return claims.stream()
        .filter(this::isFull)
        .map(Claim::moves)
        .reduce((a, b) -> Axis.finer(a, b) ? a : b);
  }

  Grid with(int samples, int beyond, int highest, List<Claim> changed) {
    return new Grid(pixels, samples, beyond, highest, changed);
  }

  /// Nothing is known any more of a result of `samples`.
  Grid lost(int samples) {
    return with(samples, 0, samples / 2, List.of());
  }

  /// A linear map that treats every frequency by itself.
  Grid lowpassed(int highest) {
    return with(n, extra, Math.min(top, highest), claims);
  }

  /// Claims of translations by whole samples of a grid of `samples`: such move anything.
  private List<Claim> whole(int samples) {
    var found = new ArrayList<Claim>();
    for (Claim claim : claims) {
      if (isFull(claim) && claim.choices().isEmpty()) {
        var moves = claim.moves().and(Moves.multiplesOf(pixels, samples));
        if (moves.num() % (pixels * moves.den()) != 0) { // else it is no translation
          found.add(Claim.of(moves, samples / 2));
        }
      } else if (isFull(claim) && samples % claim.base() == 0) {
        found.add(claim.whole(claim.moves(), samples / 2));
      }
    }
    return found;
  }

  /// A function of each value, which may widen the band without limit.
  Grid pointwise() {
    return top == 0 ? this : with(n, extra, n / 2, whole(n));
  }

  /// A polynomial of each value: degree d widens the band d times, and what is above half the
  /// samples folds back.
  Grid polynomial(int degree, Culprit culprit) {
    if (degree == 1) {
      return this;
    }
    int sum = degree * top;
    var changed = new ArrayList<>(whole(n));
    for (Claim claim : claims) {
      int reached = isFull(claim) ? n / 2 : claim.clean() - (degree - 1) * top;
      changed.add(product(claim, reached, sum, culprit));
    }
    return with(n, extra, sum, changed);
  }

  /// Of a product with frequencies up to `sum`, of which those up to `reached` are of clean
  /// factors.
  private Claim product(Claim claim, int reached, int sum, Culprit culprit) {
    int unfolded = 2 * sum < n ? n / 2 : Math.min((n - 1) / 2, n - 1 - sum);
    int clean = Math.min(reached, unfolded);
    var blame =
        clean >= Math.min(sum, n / 2)
            ? Optional.<Culprit>empty()
            : Optional.of(claim.blame().orElse(culprit));
    return claim.clean(clean, blame);
  }

  /// The product of two values, position by position.
  Grid times(Grid other, Culprit culprit) {
    if (other.top == 0 || top == 0) {
      return plus(other);
    }
    int sum = top + other.top;
    var changed = new ArrayList<>(Axis.meet(whole(n), other.whole(n)));
    for (Claim a : claims) {
      for (Claim b : other.claims) {
        int reached =
            Math.min(
                isFull(a) ? n / 2 : a.clean() - other.top,
                other.isFull(b) ? n / 2 : b.clean() - top);
        if (a.choices().equals(b.choices())) {
          var claim = (isFull(a) ? b : a).with(a.moves().and(b.moves()), 0);
          changed.add(product(claim, reached, sum, culprit));
        }
      }
    }
    return with(n, Math.min(extra, other.extra), sum, changed);
  }

  /// The sum of two values, or any linear map of both position by position.
  Grid plus(Grid other) {
    if (other.top == 0) {
      return plusConstant(other);
    }
    if (top == 0) {
      return other.plusConstant(this);
    }
    int longest = Math.min(extra, other.extra);
    return with(n, longest, Math.max(top, other.top), Axis.meet(claims, other.claims));
  }

  /// A constant does not mind how far others move.
  private Grid plusConstant(Grid constant) {
    var both = new ArrayList<Claim>();
    for (Claim a : claims) {
      for (Claim b : constant.claims) {
        both.add(a.with(a.moves().and(b.moves()), a.clean()));
      }
    }
    return with(n, extra, top, both);
  }

  /// The same signal at `samples` places, evenly spaced over the period.
  Grid sampled(int samples, Culprit culprit) {
    if (samples == n) {
      return this;
    }
    int highest = Math.min(top, samples / 2);
    var changed = new ArrayList<Claim>();
    if (samples > 2 * top) {
      changed.addAll(claims);
    } else {
      highest = samples / 2;
      for (Claim claim : claims) {
        int clean = Math.min((samples - 1) / 2, samples - 1 - top);
        changed.add(claim.upTo(Math.min(claim.clean(), clean), culprit));
      }
      changed.addAll(whole(samples));
    }
    return with(samples, 0, highest, changed);
  }

  /// What is known of every second sample or so, chosen by content: moved by whole samples it moves
  /// with them, somehow.
  ///
  /// @param first what the choice was made for
  /// @param samples of the result
  List<Claim> adapted(Grid first, int samples, String choice) {
    var adapted = new ArrayList<Claim>();
    for (Claim a : extra == 0 ? whole(n) : List.<Claim>of()) {
      for (Claim b : first.whole(first.n)) {
        if (a.choices().equals(b.choices())) {
          var choices = new ArrayList<>(a.choices());
          choices.add(choice);
          adapted.add(Claim.of(a.moves().and(b.moves()), n).chosen(choices, samples));
        }
      }
    }
    return adapted;
  }

  /// `factor - 1` zeros between neighbours: the band is repeated.
  Grid stuffed(int factor, Culprit culprit) {
    var changed = new ArrayList<Claim>();
    for (Claim claim : whole(n)) {
      changed.add(claim.with(claim.moves(), n * factor / 2));
    }
    for (Claim claim : claims) {
      changed.add(claim.upTo(Math.min(claim.clean(), n - 1 - top), culprit));
    }
    return with(n * factor, extra * factor, n * factor / 2, changed);
  }

  /// Windows of `span` samples, one every `stride`, `out` of them.
  Grid windows(int stride, int out, Culprit culprit) {
    if (n % stride != 0) {
      return lost(out);
    }
    int period = n / stride;
    var result = stride == 1 ? this : sampled(period, culprit);
    return result.with(period, out - period, result.top, result.claims);
  }

  /// The sum over the period: its constant part.
  Still sum() {
    return new Still(extra == 0 ? still(claims) : List.of());
  }

  /// The sum of squares over the period: no phase changes it.
  Still energy() {
    return new Still(extra == 0 ? still(claims.stream().filter(this::isFull).toList()) : List.of());
  }

  private static List<Claim> still(List<Claim> claims) {
    return claims.stream().map(c -> new Claim(c.moves(), 0, List.of(), 0, c.blame())).toList();
  }
}
