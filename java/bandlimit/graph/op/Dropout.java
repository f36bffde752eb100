package bandlimit.graph.op;

import bandlimit.graph.Gradients;
import bandlimit.graph.Node;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// x / (1 - rate) where kept, 0 where dropped, from (x, counter i32 (2) = seed, step).
///
/// Counter-based: whether element i is kept is a pure function of (seed, step, key, i), where the
/// key comes from the node's path; so it is the same on every machine and needs no state. With
/// `perSample` all elements of a sample share one draw (drop-path, stochastic depth). Given the
/// mask it is linear and its own transpose.
public record Dropout(double rate, long key, boolean perSample) implements Op {
  public Dropout {
    Rule.require(0 <= rate && rate < 1, "a drop rate lies in [0, 1), got %s", rate);
  }

  public static Dropout at(String path, double rate, boolean perSample) {
    long key = 0xcbf29ce484222325L; // FNV-1a, 64 bits
    for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
      key = (key ^ (b & 0xff)) * 0x100000001b3L;
    }
    return new Dropout(rate, key, perSample);
  }

  @Override
  public TensorType infer(List<TensorType> in) {
    Rule.arity(in, 2, this);
    Rule.require(
        in.get(1).equals(new TensorType(DType.I32, Shape.of(2))),
        "the random counter must be i32(2), got %s",
        in.get(1));
    return in.get(0);
  }

  @Override
  public void vjp(Node y, Node dy, Gradients to) {
    to.add(y.input(0), to.apply("dx", this, dy, y.input(1)));
  }

  /// What [#keeps] needs of seed and step; once a run.
  public long stream(int seed, int step) {
    return mix(key ^ mix(((long) seed << 32) | (step & 0xffffffffL)));
  }

  /// Whether draw `index` of the stream keeps its element.
  public boolean keeps(long stream, long index) {
    return (mix(stream + index * 0x9e3779b97f4a7c15L) >>> 40) * 0x1p-24 >= rate;
  }

  // SplitMix64's finaliser: passes statistical tests on consecutive integers
  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
