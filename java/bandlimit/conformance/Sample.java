package bandlimit.conformance;

import bandlimit.graph.Gradients;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.FusedOp;
import bandlimit.graph.op.Op;
import bandlimit.graph.op.Part;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.Scale;
import bandlimit.plan.Target;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/// One row of the table: an op, its inputs, and what is known of it.
///
/// Rows are written fluently: `Sample.of(op).in(type, values).linearIn(0)`.
public final class Sample {
  private final Op op;
  private final List<TensorType> in = new ArrayList<>();
  private final List<Values> values = new ArrayList<>();
  private final Set<Integer> linear = new HashSet<>();
  private final Set<Integer> fixed = new HashSet<>();
  private String note = "";
  private boolean smooth = true;
  private double scale = 1;
  private int part = 0;
  private Optional<Build> build = Optional.empty();
  private Optional<Formula> formula = Optional.empty();

  private Sample(Op op) {
    this.op = op;
  }

  /// Writes the op's node; for ops that need company (live statistics), or are the company.
  @FunctionalInterface
  interface Build {
    Node node(Graph graph, List<Node> inputs);
  }

  /// What the op means, written a second time and independently.
  @FunctionalInterface
  interface Formula {
    double[] of(List<double[]> inputs);
  }

  static Sample of(Op op) {
    return new Sample(op);
  }

  /// The same row with inputs of other element types.
  Sample withTypes(List<TensorType> types) {
    var changed = new Sample(op);
    changed.in.addAll(types);
    changed.values.addAll(values);
    changed.linear.addAll(linear);
    changed.fixed.addAll(fixed);
    changed.note = note;
    changed.smooth = smooth;
    changed.scale = scale;
    changed.part = part;
    changed.build = build;
    changed.formula = formula;
    return changed;
  }

  Sample in(TensorType type, Values inputValues) {
    in.add(type);
    values.add(inputValues);
    return this;
  }

  /// A standard normal float32 input.
  Sample in(Integer... dims) {
    return in(TensorType.f32(dims), Values.normal());
  }

  /// Linear in each of these inputs when the others stand still: checked by the adjoint.
  Sample linearIn(Integer... inputs) {
    linear.addAll(List.of(inputs));
    return this;
  }

  /// No gradient flows to these inputs, on purpose.
  Sample fixed(Integer... inputs) {
    fixed.addAll(List.of(inputs));
    return this;
  }

  /// Not differentiable at these values: no finite differences.
  Sample kinked() {
    smooth = false;
    return this;
  }

  Sample note(String text) {
    note = text;
    return this;
  }

  /// The size of the numbers that cancel in the result, where that is above 1 and above the
  /// result's own.
  Sample cancelling(double size) {
    scale = size;
    return this;
  }

  /// The row of further result `index` (from 1) of a fused op that writes several.
  Sample part(int index) {
    part = index;
    return note("part " + index);
  }

  Sample through(Build written) {
    build = Optional.of(written);
    return this;
  }

  Sample formula(Formula meaning) {
    formula = Optional.of(meaning);
    return this;
  }

  Op op() {
    return op;
  }

  List<TensorType> in() {
    return in;
  }

  boolean isLinearIn(int input) {
    return linear.contains(input);
  }

  boolean isFixed(int input) {
    return fixed.contains(input) || !in.get(input).dtype().isFloating();
  }

  boolean isSmooth() {
    return smooth;
  }

  /// Whether the op has a gradient rule: it overrides `vjp`. Fused ops never meet autograd.
  boolean hasGradient() {
    if (op.equals(new Pointwise(Fn.IS_FINITE))) {
      return false;
    }
    try {
      return op.getClass()
              .getMethod("vjp", Node.class, Node.class, Gradients.class)
              .getDeclaringClass()
          != Op.class;
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException("Op.vjp has changed its parameters", e);
    }
  }

  double scale() {
    return scale;
  }

  Optional<Formula> formula() {
    return formula;
  }

  static String input(int i) {
    return "x" + i;
  }

  /// The op on inputs `x0`, `x1`, ... With `copied`, on copies of them that die here, so that the
  /// step may run in place (inputs themselves are never overwritten).
  Node node(Graph graph, Target target, boolean copied) {
    var inputs = new ArrayList<Node>();
    for (int i = 0; i < in.size(); i++) {
      var leaf = graph.input(input(i), in.get(i));
      inputs.add(
          copied && in.get(i).dtype().isFloating()
              ? graph.apply("copy" + i, new Scale(1), leaf)
              : leaf);
    }
    if (op instanceof FusedOp fused && !(target.has(fused) && target.takes(fused, in))) {
      return part == 0
          ? fused.define(graph, "y", inputs)
          : fused.defineParts(graph, "y", inputs).get(part - 1);
    }
    if (op instanceof FusedOp fused && part > 0) {
      var first = graph.apply("y/first", op, inputs);
      return graph.apply("y", new Part(part, fused.parts(in).get(part - 1)), first);
    }
    return build.isPresent() ? build.get().node(graph, inputs) : graph.apply("y", op, inputs);
  }

  /// The same numbers every time, for each row its own.
  List<HostTensor> inputs() {
    var random = new Random(toString().hashCode());
    var tensors = new ArrayList<HostTensor>();
    for (int i = 0; i < in.size(); i++) {
      var tensor = HostTensor.allocate(in.get(i));
      values.get(i).fill(tensor, random);
      tensors.add(tensor);
    }
    return tensors;
  }

  /// Op, inputs and note: the row's name.
  @Override
  public String toString() {
    return op + " " + in + (note.isEmpty() ? "" : " (" + note + ")");
  }
}
