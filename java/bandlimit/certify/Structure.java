package bandlimit.certify;

import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.nn.Scope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What follows from a network's operations, for any weights and any image.
///
/// @param guarantee of images without their Nyquist frequency (which an even size has), in words
/// @param anyImage of any image
/// @param rows smallest translation along the rows in pixels, 0 for every real one, -1 for none
/// @param cols the same along the columns
/// @param ends where a guarantee ends or shrinks, in the order of computation
public record Structure(
    String guarantee, String anyImage, double rows, double cols, List<End> ends) {
  /// A layer behind which less is guaranteed than before it.
  ///
  /// @param axis rows, columns, or both
  public record End(String layer, String reason, String axis, String before, String after) {}

  public Structure {
    ends = List.copyOf(ends);
  }

  /// Of a network from `images` (N, H, W, C) to `output`.
  static Structure of(Graph graph, Node images, Node output, List<Scope.Adaptive> adaptives) {
    return of(
        Part.value(Inference.of(graph, images, false, adaptives), output),
        Part.value(Inference.of(graph, images, true, adaptives), output),
        images.shape().h() == 1);
  }

  /// @param signal whether there is one row, which has nowhere to go
  static Structure of(Value filtered, Value any, boolean signal) {
    return new Structure(
        words(filtered, signal),
        words(any, signal),
        step(filtered.rows()),
        step(filtered.cols()),
        ends(filtered));
  }

  /// Whether translations by multiples of `pixels` are guaranteed, along both axes.
  boolean holds(double pixels) {
    return holds(rows, pixels) && holds(cols, pixels);
  }

  private static boolean holds(double step, double pixels) {
    return step == 0 || (step > 0 && pixels > 0 && Math.abs(pixels / step % 1) < 1e-9);
  }

  boolean isReal() {
    return rows == 0 && cols == 0;
  }

  private static double step(Axis axis) {
    return axis.held().map(Moves::step).orElse(-1.0);
  }

  private static String words(Value value, boolean signal) {
    var rows = value.rows().held();
    var cols = value.cols().held();
    if (cols.isEmpty() && (rows.isEmpty() || signal)) {
      return "none: " + last(value);
    }
    if (rows.equals(cols) || signal) {
      return circular(cols);
    }
    return "rows: %s; columns: %s".formatted(circular(rows), circular(cols));
  }

  private static String circular(Optional<Moves> moves) {
    if (moves.isEmpty()) {
      return "none";
    }
    var m = moves.get();
    if (m.isReal()) {
      return "every real circular translation";
    }
    if (m.num() == 1 && m.den() == 1) {
      return "every integer circular translation";
    }
    return m.den() == 1
        ? "integer circular translations, multiples of " + m.num()
        : "circular translations by multiples of %d/%d".formatted(m.num(), m.den());
  }

  /// Why not every real translation is guaranteed, in a few words; empty where it is.
  static String reason(Value value) {
    for (boolean ofRows : new boolean[] {true, false}) {
      var axis = value.axis(ofRows);
      if (axis.held().filter(Moves::isReal).isEmpty()) {
        return value.losses().stream()
            .filter(l -> l.ofRows() == ofRows)
            .map(Value.Loss::culprit)
            .findFirst()
            .or(axis::blame)
            .map(Culprit::reason)
            .orElse("");
      }
    }
    return "";
  }

  private static String last(Value value) {
    return value.losses().stream()
        .filter(l -> l.after().equals("none"))
        .findFirst()
        .map(l -> l.culprit().toString())
        .orElse("no operation keeps one");
  }

  private static List<End> ends(Value value) {
    Map<Integer, List<Value.Loss>> byNode = new LinkedHashMap<>();
    value.losses().forEach(l -> byNode.computeIfAbsent(l.node(), _ -> new ArrayList<>()).add(l));
    var ends = new ArrayList<End>();
    for (var losses : byNode.values()) {
      var first = losses.getFirst();
      var second = losses.getLast();
      boolean both =
          losses.size() == 2
              && first.before().equals(second.before())
              && first.after().equals(second.after());
      for (var loss : both ? List.of(first) : losses) {
        ends.add(
            new End(
                Part.layer(loss.culprit().path()),
                loss.culprit().reason(),
                both ? "both" : loss.ofRows() ? "rows" : "columns",
                loss.before(),
                loss.after()));
      }
    }
    return ends;
  }
}
