package bandlimit.graph.op;

import bandlimit.tensor.Shape;

/// The sets of elements that a normalisation takes its mean and variance over, each one number in
/// the last axis of (2, sets).
///
/// - BATCH: a set for each channel, over (N, H, W): batch norm
/// - CHANNELS: a set for each pixel, over C: layer norm over channels
/// - GROUPS: a set for each sample and group, over (H, W, C/groups): group norm
public record Over(Kind kind, int groups) {
  /// Which axes are averaged away.
  public enum Kind {
    BATCH,
    CHANNELS,
    GROUPS
  }

  public static final Over BATCH = new Over(Kind.BATCH, 1);
  public static final Over CHANNELS = new Over(Kind.CHANNELS, 1);

  public static Over groups(int groups) {
    return new Over(Kind.GROUPS, groups);
  }

  /// Number of sets in x (N, H, W, C).
  public int sets(Shape x) {
    return switch (kind) {
      case BATCH -> x.c();
      case CHANNELS -> x.n() * x.h() * x.w();
      case GROUPS -> x.n() * groups;
    };
  }

  /// Elements of one set.
  public int count(Shape x) {
    return Math.toIntExact(x.size() / sets(x));
  }

  Shape statistics(Shape x) {
    Rule.require(x.c() % groups == 0, "%d channels do not divide into %d groups", x.c(), groups);
    return Shape.of(2, sets(x));
  }
}
