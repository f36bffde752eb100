package bandlimit.stream;

import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.Cast;
import bandlimit.graph.op.Concat;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.Over;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.Resample;
import bandlimit.graph.op.Reshape;
import bandlimit.graph.op.Scale;
import bandlimit.graph.op.Slice;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// What [PoolingBound] says of a layer that a stream meets at other phases than windows do.
///
/// @param layer its path
/// @param length columns that it takes at a time, L
/// @param rate samples a column of the map that it reads
/// @param reads what that map is: the bound supposes that it has no frequency above the signal's
/// @param relative how far what it answers may be off, over the amplitude of the map it reads; from
///   2 on it says nothing
/// @param error the same in units of the signal, where the layer is a pool of the samples
///   themselves
public record PhaseError(
    String layer, int length, int rate, Reads reads, double relative, Optional<Double> error) {
  /// What a layer reads.
  public enum Reads {
    /// The samples, perhaps normalised.
    SAMPLES,
    /// Sums of samples: their band is the signal's.
    FILTERED,
    /// What a nonlinearity has made: its band may be wider, and the bound need not hold.
    MAP
  }

  /// @param amplitude of what the network's first layer reads; a constant offset changes no
  ///   difference, so half of its range will do
  /// @param band the highest frequency of the signal, and `hertz` its rate
  static PhaseError of(
      Analysis analysis,
      Node node,
      StreamingPlan.Phase phase,
      double amplitude,
      double band,
      double hertz) {
    var input = reads(analysis, node.input(0), new HashMap<>());
    boolean pool = !(node.op() instanceof Conv2d);
    var reads = pool || input == Reads.MAP ? input : Reads.FILTERED; // of its own kernel's sums
    double rate = hertz / phase.rate();
    double relative = PoolingBound.relativeError(phase.stride(), band, rate);
    return new PhaseError(
        phase.layer(),
        phase.stride(),
        phase.rate(),
        reads,
        relative,
        pool && reads == Reads.SAMPLES ? Optional.of(relative * amplitude) : Optional.empty());
  }

  /// @param known what was found of other nodes: branches that join are looked at once
  private static Reads reads(Analysis analysis, Node node, Map<Node, Reads> known) {
    var found = node == analysis.samples ? Reads.SAMPLES : known.get(node);
    if (found == null) {
      found = made(analysis, node, known);
      known.put(node, found);
    }
    return found;
  }

  private static Reads made(Analysis analysis, Node node, Map<Node, Reads> known) {
    var worst = Reads.SAMPLES;
    int maps = 0;
    for (Node input : node.inputs()) {
      if (analysis.track(input).isPresent()) {
        var reads = reads(analysis, input, known);
        worst = reads.compareTo(worst) > 0 ? reads : worst;
        maps++;
      }
    }
    var own =
        switch (node.op()) {
          case Add _, Concat _ -> maps == 1 ? Reads.SAMPLES : Reads.FILTERED;
          case Mul _ -> maps == 1 ? Reads.SAMPLES : Reads.MAP;
          case Normalize n -> n.over().kind() == Over.Kind.BATCH ? Reads.SAMPLES : Reads.MAP;
          case Cast _, Reshape _, Slice _, Scale _ -> Reads.SAMPLES;
          case Conv2d _, Resample _, Pad _ -> Reads.FILTERED;
          default -> Reads.MAP;
        };
    return own.compareTo(worst) > 0 ? own : worst;
  }

  /// In a sentence.
  public String text() {
    String what =
        switch (reads) {
          case SAMPLES -> "the signal";
          case FILTERED -> "a filtered signal";
          case MAP -> "a map that a nonlinearity made, whose band may be wider than the signal's";
        };
    return String.format(
        Locale.ROOT,
        "%s takes %d columns of %d %s of %s: at a wrong phase it is off by %s",
        layer,
        length,
        rate,
        rate == 1 ? "sample" : "samples",
        what,
        relative >= 2
            ? "anything (the bound is %.3g times the amplitude)".formatted(relative)
            : "%.3g times the amplitude at most".formatted(relative)
                + error.map(e -> " (%.3g)".formatted(e)).orElse(""));
  }
}
