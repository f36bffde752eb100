package bandlimit.certify;

import java.util.List;
import java.util.Set;

/// What is known of a node's value.
///
/// @param kind where in its tensor the positions of a map are
/// @param rowsAt axis of the tensor along which the rows lie; -1 where there are none
/// @param varying of a fixed value, the axes along which its numbers may differ
/// @param losses of guarantees on the way to it, by the node where they happened
record Value(
    Kind kind,
    Axis rows,
    Axis cols,
    int rowsAt,
    int colsAt,
    Set<Integer> varying,
    List<Loss> losses) {
  enum Kind {
    /// Does not depend on the image.
    FIXED,
    /// Has positions along two axes of its own, or along one.
    MAP,
    /// Has all positions of all samples along one axis, `rowsAt`.
    PIXELS,
    /// Has no positions.
    STILL
  }

  /// Something that held before a node and no longer behind it.
  ///
  /// @param node its id
  record Loss(int node, boolean ofRows, Culprit culprit, String before, String after) {}

  Value {
    varying = Set.copyOf(varying);
    losses = List.copyOf(losses);
  }

  static Value fixed(Set<Integer> varying) {
    return new Value(Kind.FIXED, Axis.Still.ALWAYS, Axis.Still.ALWAYS, -1, -1, varying, List.of());
  }

  /// (N, H, W, C).
  static Value map(Axis rows, Axis cols) {
    return new Value(Kind.MAP, rows, cols, 1, 2, Set.of(), List.of());
  }

  static Value still(Axis.Still rows, Axis.Still cols) {
    return new Value(Kind.STILL, rows, cols, -1, -1, Set.of(), List.of());
  }

  boolean isFixed() {
    return kind == Kind.FIXED;
  }

  /// Whether any axis still has positions.
  boolean hasGrid() {
    return rows instanceof Grid || cols instanceof Grid;
  }

  boolean isPlainMap() {
    return kind == Kind.MAP && rowsAt == 1 && colsAt == 2;
  }

  Axis axis(boolean ofRows) {
    return ofRows ? rows : cols;
  }

  int at(boolean ofRows) {
    return ofRows ? rowsAt : colsAt;
  }

  Value with(Axis changedRows, Axis changedCols) {
    return new Value(kind, changedRows, changedCols, rowsAt, colsAt, varying, losses);
  }

  Value at(Kind changed, int changedRows, int changedCols) {
    return new Value(changed, rows, cols, changedRows, changedCols, varying, losses);
  }

  Value with(List<Loss> changed) {
    return new Value(kind, rows, cols, rowsAt, colsAt, varying, changed);
  }
}
