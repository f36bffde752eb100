package bandlimit.certify;

import bandlimit.backend.Executable;
import bandlimit.graph.Node;
import bandlimit.plan.Plan;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// A compiled layer as a function of fields: one for each of its inputs, for each of its outputs.
final class Probe {
  private final Executable executable;
  private final Plan plan;
  private final int batch;
  private final DType numbers;
  private final List<String> inputs;

  /// @param wide whether the machine computes in double
  Probe(Executable executable, Plan plan, int batch, boolean wide, List<String> inputs) {
    this.executable = executable;
    this.plan = plan;
    this.batch = batch;
    this.numbers = wide ? DType.F64 : DType.F32;
    this.inputs = List.copyOf(inputs);
  }

  /// As below, of the outputs y0, y1, ...
  List<Field[]> run(List<Field[]> variants, List<Shape> outputs) {
    var names = IntStream.range(0, outputs.size()).mapToObj(Probe::output).toList();
    return run(variants, names, outputs);
  }

  /// The results, output by output, of many variants of the inputs; the batch is filled with as
  /// many as fit.
  ///
  /// @param outputs how a sample's result is to be read
  List<Field[]> run(List<Field[]> variants, List<String> names, List<Shape> outputs) {
    var results = new ArrayList<Field[]>();
    for (int from = 0; from < variants.size(); from += batch) {
      var chunk = variants.subList(from, Math.min(variants.size(), from + batch));
      for (int i = 0; i < chunk.getFirst().length; i++) {
        if (plan.inputs().containsKey(inputs.get(i))) {
          write(i, chunk);
        }
      }
      executable.run(plan);
      var read = new ArrayList<double[]>();
      for (int o = 0; o < outputs.size(); o++) {
        var slot = plan.output(names.get(o));
        var into = HostTensor.allocate(slot.type().withDType(numbers));
        executable.read(slot, into);
        read.add(doubles(into));
      }
      for (int k = 0; k < chunk.size(); k++) {
        var fields = new Field[outputs.size()];
        for (int o = 0; o < fields.length; o++) {
          fields[o] = field(read.get(o), k, outputs.get(o));
        }
        results.add(fields);
      }
    }
    return results;
  }

  private void write(int i, List<Field[]> chunk) {
    var slot = plan.input(inputs.get(i));
    int size = slot.type().shape().intSize() / batch;
    var value = HostTensor.allocate(slot.type().withDType(numbers));
    for (int k = 0; k < batch; k++) { // what is beyond the chunk repeats its last
      double[] from = chunk.get(Math.min(k, chunk.size() - 1))[i].values();
      for (int j = 0; j < size; j++) {
        if (numbers == DType.F64) {
          value.data().setAtIndex(HostTensor.F64, (long) k * size + j, from[j]);
        } else {
          value.data().setAtIndex(HostTensor.F32, (long) k * size + j, (float) from[j]);
        }
      }
    }
    executable.write(slot, value);
  }

  private static double[] doubles(HostTensor tensor) {
    if (tensor.dtype() == DType.F64) {
      return tensor.data().toArray(HostTensor.F64);
    }
    float[] floats = tensor.data().toArray(HostTensor.F32);
    var doubles = new double[floats.length];
    for (int i = 0; i < floats.length; i++) {
      doubles[i] = floats[i];
    }
    return doubles;
  }

  private static Field field(double[] all, int k, Shape shape) {
    int size = shape.intSize();
    var values = Arrays.copyOfRange(all, k * size, (k + 1) * size);
    return new Field(shape.at(0), shape.at(1), shape.at(2), values);
  }

  static String input(int i) {
    return "x" + i;
  }

  static String output(int i) {
    return "y" + i;
  }

  /// (H, W, C) of one sample of a node's value; (1, 1, C) where it has no positions. Null-free: a
  /// value that does not have the batch in front has no such form.
  static boolean hasForm(Node node, Value value, int batch) {
    if (!value.hasGrid()) {
      return node.shape().rank() > 0 && node.shape().at(0) % batch == 0;
    }
    return switch (value.kind()) {
      case MAP -> value.isPlainMap() && node.shape().rank() == 4 && node.shape().n() == batch;
      case PIXELS -> value.rowsAt() == 0 && node.shape().rank() == 2;
      case FIXED, STILL -> false;
    };
  }

  static Shape form(Node node, Value value, int batch) {
    var shape = node.shape();
    if (!value.hasGrid()) {
      return Shape.of(1, 1, Math.toIntExact(shape.size() / batch));
    }
    if (value.kind() == Value.Kind.MAP) {
      return Shape.of(shape.h(), shape.w(), shape.c());
    }
    int h = samples(value.rows());
    int w = samples(value.cols());
    return Shape.of(h, w, Math.toIntExact(shape.size() / batch / h / w));
  }

  private static int samples(Axis axis) {
    return axis instanceof Grid grid ? grid.n() + grid.extra() : 1;
  }
}
