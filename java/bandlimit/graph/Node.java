package bandlimit.graph;

import bandlimit.error.ShapeException;
import bandlimit.graph.op.Op;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;

/// One value. A class, not a record: equality is identity, or hashing would walk the graph.
///
/// `path` says where in the model it stands (`stage2.block1.blur`); errors, profiles and plans
/// print it. States and inputs are found again by it.
public final class Node {
  private final int id;
  private final String path;
  private final Op op;
  private final List<Node> inputs;
  private final TensorType type;

  Node(int id, String path, Op op, List<Node> inputs) {
    this.id = id;
    this.path = path;
    this.op = op;
    this.inputs = List.copyOf(inputs);
    try {
      this.type = op.infer(this.inputs.stream().map(Node::type).toList());
    } catch (ShapeException e) {
      throw new ShapeException(path + ": " + e.getMessage(), e);
    }
  }

  /// Position in its graph; inputs always have smaller ones.
  public int id() {
    return id;
  }

  public String path() {
    return path;
  }

  public Op op() {
    return op;
  }

  public List<Node> inputs() {
    return inputs;
  }

  public Node input(int i) {
    return inputs.get(i);
  }

  public TensorType type() {
    return type;
  }

  public Shape shape() {
    return type.shape();
  }

  @Override
  public String toString() {
    return path + " " + op + " " + type;
  }
}
