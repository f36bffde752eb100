package bandlimit.golden;

import bandlimit.nn.Variable;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/// A variable of ours as the tensors that libtorch has for it: `conv1.weight` is `conv1.w`,
/// `running` (2, C) is `running_mean` and `running_var`, `coefficients` (C, d + 1) are `a0`,
/// `a1`...
final class GoldenVariables {
  private static final String COEFFICIENTS = "coefficients";

  private GoldenVariables() {}

  /// `value` by golden name.
  static Map<String, HostTensor> split(Variable variable, double[] value) {
    var tensor = HostTensor.of(variable.type().shape(), value);
    Map<String, HostTensor> parts = new LinkedHashMap<>();
    if (variable.path().endsWith(COEFFICIENTS)) {
      for (int i = 0; i < tensor.shape().at(1); i++) {
        var column = HostTensor.allocate(TensorType.of(DType.F64, tensor.shape().at(0)));
        copyColumn(tensor, i, column, false);
        parts.put(coefficient(variable, i), column);
      }
    } else {
      variable
          .layout()
          .toFile(variable.path(), tensor)
          .forEach((name, part) -> parts.put(golden(name), part));
    }
    return parts;
  }

  /// The variable's value from golden tensors.
  static HostTensor join(Variable variable, Function<String, HostTensor> golden) {
    var value = HostTensor.allocate(variable.type());
    if (variable.path().endsWith(COEFFICIENTS)) {
      for (int i = 0; i < value.shape().at(1); i++) {
        copyColumn(value, i, golden.apply(coefficient(variable, i)), true);
      }
    } else {
      variable.layout().fromFile(variable.path(), name -> golden.apply(golden(name)), value);
    }
    return value;
  }

  private static void copyColumn(HostTensor table, int column, HostTensor vector, boolean in) {
    Shape shape = table.shape();
    if (vector.shape().size() != shape.at(0)) {
      throw new IllegalArgumentException(vector.type() + " is no column of " + table.type());
    }
    for (int row = 0; row < shape.at(0); row++) {
      int at = row * shape.at(1) + column;
      if (in) {
        table.set(at, vector.get(row));
      } else {
        vector.set(row, table.get(at));
      }
    }
  }

  private static String coefficient(Variable variable, int i) {
    return variable.path().replace(COEFFICIENTS, "a" + i);
  }

  private static String golden(String name) {
    return name.replaceAll("\\bweight$", "w").replaceAll("\\bbias$", "b");
  }
}
