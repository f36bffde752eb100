package bandlimit.conformance;

import bandlimit.graph.op.Cast;
import bandlimit.graph.op.Concat;
import bandlimit.graph.op.Constant;
import bandlimit.graph.op.Expand;
import bandlimit.graph.op.Input;
import bandlimit.graph.op.Permute;
import bandlimit.graph.op.Reduce;
import bandlimit.graph.op.Reshape;
import bandlimit.graph.op.Slice;
import bandlimit.graph.op.State;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Leaves, and what moves, stretches, sums or renames elements.
final class ShapeSamples {
  private ShapeSamples() {}

  private static final List<Sample> ROWS = new ArrayList<>();

  static {
    stretch(Shape.of(2, 1, 1, 9), Shape.of(2, 7, 3, 9), 1.0 / 21); // global average pooling
    stretch(Shape.of(31), Shape.of(2, 3, 5, 31), 1); // the gradient of a bias
    stretch(Shape.of(3, 1, 1, 33), Shape.of(3, 5, 7, 33), 1.0 / 35);
    stretch(Shape.of(2, 7, 3, 1), Shape.of(2, 7, 3, 48), 1.0 / 48); // the mean of each pixel
    stretch(Shape.of(2, 7, 3, 1), Shape.of(2, 7, 3, 33), 1);
    stretch(Shape.of(), Shape.of(33), 1.0 / 33); // a mean loss
    stretch(Shape.of(), Shape.of(2, 7, 3, 5), 1);
    stretch(Shape.of(7, 1), Shape.of(7, 33), -1);
    stretch(Shape.of(1, 3, 1, 2), Shape.of(5, 3, 7, 2), 0.5);
    stretch(Shape.of(2, 3, 4, 5), Shape.of(2, 3, 4, 5), 2);
    stretch(Shape.of(1, 1, 1, 16), Shape.of(3, 56, 33, 16), 1);

    permute(Shape.of(2, 3, 7, 5), 0, 3, 1, 2);
    permute(Shape.of(2, 3, 7, 5), 0, 2, 3, 1);
    permute(Shape.of(31, 33), 1, 0);
    permute(Shape.of(3, 1, 8), 2, 0, 1);
    permute(Shape.of(9), 0);

    for (int axis = 0; axis < 4; axis++) {
      slice(Shape.of(3, 7, 5, 9), axis, 1, 3);
      slice(Shape.of(3, 7, 5, 9), axis, 0, 1);
      slice(Shape.of(3, 7, 5, 9), axis, 0, Shape.of(3, 7, 5, 9).at(axis));
      concat(axis, Shape.of(2, 3, 5, 7), 1, 4, 2);
    }
    concat(0, Shape.of(1), 1, 1);
    concat(1, Shape.of(3, 2), 33);

    for (Shape to :
        List.of(Shape.of(6, 35), Shape.of(2, 3, 5, 7), Shape.of(210), Shape.of(1, 210))) {
      ROWS.add(Sample.of(new Reshape(to)).in(2, 15, 7).linearIn(0).formula(in -> in.getFirst()));
    }
    ROWS.add(Sample.of(new Cast(DType.F32)).in(3, 31).linearIn(0).formula(in -> in.getFirst()));
    ROWS.add(
        Sample.of(new Cast(DType.F32))
            .in(TensorType.of(DType.I32, 9), Values.whole(1000))
            .formula(in -> in.getFirst()));
    ROWS.add(
        Sample.of(new Cast(DType.F32))
            .in(TensorType.of(DType.U8, 2, 3, 5, 3), Values.whole(256))
            .formula(in -> in.getFirst()));

    leaves();
  }

  private static void leaves() {
    var type = TensorType.f32(3, 7);
    ROWS.add(
        Sample.of(new Input(type)).in(type, Values.normal()).through((_, in) -> in.getFirst()));
    ROWS.add(
        Sample.of(new State(type))
            .through((graph, _) -> graph.state("s", type))
            .note("zero until written")
            .formula(_ -> new double[21]));
    var each = List.of(0.5, -1.0, 1.0 / 3);
    ROWS.add(
        Sample.of(new Constant(TensorType.f32(3), each))
            .formula(_ -> new double[] {0.5, -1, 1.0 / 3}));
    ROWS.add(
        Sample.of(Constant.fill(TensorType.f32(2, 2), 0.1))
            .formula(_ -> new double[] {0.1, 0.1, 0.1, 0.1}));
  }

  static List<Sample> rows() {
    return ROWS;
  }

  private static Sample in(Sample sample, Shape shape) {
    return sample.in(new TensorType(DType.F32, shape), Values.normal());
  }

  /// The sum and its transpose.
  private static void stretch(Shape small, Shape large, double factor) {
    ROWS.add(in(Sample.of(new Reduce(small, factor)), large).linearIn(0));
    ROWS.add(in(Sample.of(new Expand(large, factor)), small).linearIn(0));
  }

  private static void permute(Shape x, Integer... order) {
    ROWS.add(
        in(Sample.of(new Permute(List.of(order))), x)
            .linearIn(0)
            .formula(in -> permuted(in.getFirst(), x, order)));
  }

  private static double[] permuted(double[] x, Shape shape, Integer[] order) {
    int rank = shape.rank();
    var y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      var index = new int[rank];
      int rest = i;
      for (int axis = rank - 1; axis >= 0; axis--) {
        index[axis] = rest % shape.at(axis);
        rest /= shape.at(axis);
      }
      int at = 0;
      for (int axis : order) {
        at = at * shape.at(axis) + index[axis];
      }
      y[at] = x[i];
    }
    return y;
  }

  private static void slice(Shape x, int axis, int from, int to) {
    int inner = 1;
    for (int i = axis + 1; i < x.rank(); i++) {
      inner *= x.at(i);
    }
    int block = inner * x.at(axis);
    int first = from * inner;
    int length = (to - from) * inner;
    ROWS.add(
        in(Sample.of(new Slice(axis, from, to)), x)
            .linearIn(0)
            .formula(
                in -> {
                  var y = new double[x.intSize() / block * length];
                  for (int i = 0; i < x.intSize() / block; i++) {
                    System.arraycopy(in.getFirst(), i * block + first, y, i * length, length);
                  }
                  return y;
                }));
  }

  private static void concat(int axis, Shape like, Integer... extents) {
    var sample = Sample.of(new Concat(axis));
    for (int extent : extents) {
      in(sample, like.with(axis, extent));
    }
    if (axis == 0) {
      sample.formula(in -> in.stream().flatMapToDouble(Arrays::stream).toArray());
    }
    ROWS.add(sample);
  }
}
