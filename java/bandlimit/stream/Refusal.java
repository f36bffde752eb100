package bandlimit.stream;

import bandlimit.error.ShapeException;
import bandlimit.graph.Node;

/// What cannot stream, told with the layer's path, the reason and a way out.
final class Refusal {
  private static final String CURE =
      "; name an earlier layer as the boundary to compute this one on whole windows";

  static final String BEHIND =
      "gets zeros behind the window's end from a padding layer, which are not there in approximate"
          + " mode: pad in the convolution itself, or wait for later samples (delay)";

  private Refusal() {}

  static Track refuse(Node node, String reason) {
    throw new ShapeException("%s %s: it cannot stream%s".formatted(node.path(), reason, CURE));
  }

  static void require(Node node, boolean holds, String reason) {
    if (!holds) {
      refuse(node, reason);
    }
  }

  static ShapeException mixed(Node node) {
    return new ShapeException(
        "%s mixes a map with a value of the whole window: it cannot stream%s"
            .formatted(node.path(), CURE));
  }

  static ShapeException adaptive(Node node) {
    return new ShapeException(
        "%s keeps the samples that the whole window chooses (adaptive sampling, APS or LPS): it cannot stream%s"
            .formatted(node.path(), CURE));
  }
}
