package bandlimit.nn;

import bandlimit.graph.Node;

/// Zeroes each value with probability `rate` in training and scales the others up; nothing in
/// evaluation.
public record Dropout(double rate) implements Layer {
  @Override
  public Node build(Scope scope, Node x) {
    return drop(scope, x, rate, false);
  }

  static Node drop(Scope scope, Node x, double rate, boolean perSample) {
    return switch (scope.mode()) {
      case EVAL -> x;
      case TRAIN ->
          rate == 0
              ? x
              : scope.apply(
                  bandlimit.graph.op.Dropout.at(scope.path(), rate, perSample), x, scope.counter());
    };
  }
}
