package bandlimit.nn;

import bandlimit.error.ShapeException;
import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.Concat;
import bandlimit.graph.op.Expand;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Resample;
import bandlimit.graph.op.Reshape;
import bandlimit.graph.op.Slice;
import bandlimit.signal.Resampler;
import bandlimit.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Adaptive polyphase sampling: of the four maps of every second sample, [chooser][Chooser] takes
/// one for each sample of the batch, by a rule that does not care in which order they come. A
/// circular shift by whole pixels only permutes and shifts them, so the result is shifted alike
/// (Chaman and Dokmanic 2021, section 4; Rojas-Gomez et al. 2022, section 4).
///
/// A stride of 4 is two of stride 2, of 8 three. Shifts by fractions of a pixel are another matter:
/// [IdealDown].
///
/// @param blur a low-pass at stride 1 before the choice, which should be circular
public record Polyphase(Chooser chooser, int stride, Optional<BlurPool> blur)
    implements Downsampler {
  private static final int STEP = 2;

  /// How one of several maps is chosen.
  public interface Chooser {
    /// (N, P) for P maps (N, H, W, C): how much of each is taken; all of one, or shares that sum to
    /// 1.
    Node weights(Scope scope, List<Node> maps);
  }

  public Polyphase {
    if (Integer.bitCount(stride) != 1 || stride == 1) {
      throw new IllegalArgumentException(
          "adaptive polyphase sampling halves a map once or more: a stride of 2, 4, 8..., not "
              + stride);
    }
  }

  @Override
  public Sampled sample(Scope scope, Node x) {
    var choices = new ArrayList<Node>();
    var y = x;
    for (int left = stride; left > 1; left /= STEP) {
      var at = in(scope, left);
      var full = filtered(at, y);
      var maps = maps(at, full);
      var weights = chooser.weights(at, maps);
      choices.add(weights);
      y = mixed(at, maps, weights);
      scope.adapts(full, weights, y);
    }
    return new Sampled(y, choices);
  }

  @Override
  public Node sampleLike(Scope scope, Node x, List<Node> choices) {
    var y = x;
    int left = stride;
    for (Node weights : choices) {
      var at = in(scope, left);
      var full = filtered(at, y);
      y = mixed(at, maps(at, full), weights);
      scope.adapts(full, weights, y);
      left /= STEP;
    }
    return y;
  }

  private Scope in(Scope scope, int left) {
    return stride == STEP ? scope : scope.in(String.valueOf(stride / left - 1));
  }

  private Node filtered(Scope scope, Node x) {
    return blur.map(layer -> layer.build(scope.in("blur"), x)).orElse(x);
  }

  /// Every second sample from (r, c), rows first. An axis of one sample stays.
  private static List<Node> maps(Scope scope, Node x) {
    int h = x.shape().h();
    int w = x.shape().w();
    if ((h > 1 && h % STEP != 0) || (w > 1 && w % STEP != 0)) {
      throw new ShapeException(
          "%s: adaptive polyphase sampling halves even maps only, got %dx%d; use inputs whose size the network's whole stride divides, or antialias.kind: ideal"
              .formatted(scope.path(), h, w));
    }
    var maps = new ArrayList<Node>();
    for (int r = 0; r < Math.min(STEP, h); r++) {
      for (int c = 0; c < Math.min(STEP, w); c++) {
        String name = "from%d%d".formatted(r, c);
        var y = from(scope, name + ".rows", x, 1, r);
        y = from(scope, name + ".cols", y, 2, c);
        var op = new Resample(axis(h), axis(w));
        maps.add(op.rows().isIdentity() && op.cols().isIdentity() ? y : scope.apply(name, op, y));
      }
    }
    return maps;
  }

  private static Node from(Scope scope, String name, Node x, int axis, int first) {
    return first == 0 ? x : scope.apply(name, new Slice(axis, first, x.shape().at(axis)), x);
  }

  private static Resampler axis(int n) {
    return n == 1 ? Resampler.IDENTITY : Resampler.decimate(List.of(1.0), STEP);
  }

  private static Node mixed(Scope scope, List<Node> maps, Node weights) {
    if (maps.size() == 1) {
      return maps.getFirst();
    }
    var shape = maps.getFirst().shape();
    var one = Shape.of(shape.n(), 1, 1, 1);
    var y = maps.getFirst(); // replaced below
    for (int p = 0; p < maps.size(); p++) {
      var column = scope.apply("weight" + p, new Slice(1, p, p + 1), weights);
      var share = scope.apply("share" + p, new Reshape(one), column);
      var map = maps.get(p);
      var stretched = scope.apply("spread" + p, new Expand(shape, 1), scope.like(map, share));
      var part = scope.apply("part" + p, new Mul(), map, stretched);
      y = p == 0 ? part : sum(scope, p, maps.size(), y, part);
    }
    return y;
  }

  private static Node sum(Scope scope, int p, int of, Node a, Node b) {
    return p == of - 1 ? scope.apply(new Add(), a, b) : scope.apply("sum" + p, new Add(), a, b);
  }

  /// (N, P) of P columns (N, 1, 1, 1) or (N, 1).
  static Node columns(Scope scope, List<Node> columns) {
    int n = columns.getFirst().shape().at(0);
    var flat = new ArrayList<Node>();
    for (Node column : columns) {
      flat.add(scope.apply("column" + flat.size(), new Reshape(Shape.of(n, 1)), column));
    }
    return scope.apply("columns", new Concat(1), flat.toArray(Node[]::new));
  }
}
