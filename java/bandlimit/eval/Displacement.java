package bandlimit.eval;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

/// A shift in pixels, down and right; and the grids that searches go through, none of which holds
/// the shift by nothing.
record Displacement(double dy, double dx) {
  static Displacement random(SplittableRandom random, boolean signal, double limit) {
    double dy = signal ? 0 : random.nextDouble(-limit, limit);
    return new Displacement(dy, random.nextDouble(-limit, limit));
  }

  /// A shift by whole pixels of up to `range` each way that moves a period of height x width.
  static Displacement whole(SplittableRandom random, int range, int height, int width) {
    while (true) {
      int dy = height == 1 ? 0 : random.nextInt(-range, range + 1);
      int dx = random.nextInt(-range, range + 1);
      if (Math.floorMod(dy, height) != 0 || Math.floorMod(dx, width) != 0) {
        return new Displacement(dy, dx);
      }
    }
  }

  /// Every shift by whole pixels of up to `range` each way; those that a period of height x width
  /// cannot tell apart once.
  static List<Displacement> whole(int range, int height, int width) {
    var moves = new ArrayList<Displacement>();
    for (int dy : distances(range, height)) {
      for (int dx : distances(range, width)) {
        moves.add(new Displacement(dy, dx));
      }
    }
    moves.remove(new Displacement(0, 0));
    return moves;
  }

  private static List<Integer> distances(int range, int period) {
    var distances = new ArrayList<Integer>();
    for (int d = Math.max(-range, -((period - 1) / 2)); d <= Math.min(range, period / 2); d++) {
      distances.add(d);
    }
    return distances;
  }

  /// (a / parts, b / parts), a and b from 0 to parts - 1.
  static List<Displacement> fractions(int parts, boolean signal) {
    var moves = new ArrayList<Displacement>();
    for (int a = 0; a < (signal ? 1 : parts); a++) {
      for (int b = a == 0 ? 1 : 0; b < parts; b++) {
        moves.add(new Displacement((double) a / parts, (double) b / parts));
      }
    }
    return moves;
  }

  /// (s - 1/2, t - 1/2), s and t from 1 - range to range.
  static List<Displacement> halfway(int range, boolean signal) {
    var moves = new ArrayList<Displacement>();
    for (int s = 1 - range; s <= (signal ? 1 - range : range); s++) {
      for (int t = 1 - range; t <= range; t++) {
        moves.add(new Displacement(signal ? 0 : s - 0.5, t - 0.5));
      }
    }
    return moves;
  }

  /// A grid of `side` x `side` over -limit to limit, both ends in it; `side` is odd.
  static List<Displacement> square(double limit, int side, boolean signal) {
    var moves = new ArrayList<Displacement>();
    int half = side / 2;
    for (int a = signal ? 0 : -half; a <= (signal ? 0 : half); a++) {
      for (int b = -half; b <= half; b++) {
        if (a != 0 || b != 0) {
          moves.add(new Displacement(limit * a / half, limit * b / half));
        }
      }
    }
    return moves;
  }

  /// In an order that the seed decides: a search that stops at the first failure finds it sooner
  /// where neighbours are not tried one after the other.
  static List<Displacement> shuffled(List<Displacement> moves, SplittableRandom random) {
    var order = new ArrayList<>(moves);
    Collections.shuffle(order, new java.util.Random(random.nextLong()));
    return order;
  }
}
