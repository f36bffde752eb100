package bandlimit.conformance;

import bandlimit.graph.op.Dropout;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/// Dropout and drop-path: the same mask on every machine, and its own transpose.
final class DropoutSamples {
  private DropoutSamples() {}

  private static final List<Sample> ROWS = new ArrayList<>();

  static {
    for (double rate : new double[] {0, 0.25, 0.9}) {
      for (boolean perSample : new boolean[] {false, true}) {
        dropout(rate, perSample, TensorType.f32(9, 7, 3, 5));
        dropout(rate, perSample, TensorType.f32(33, 31));
      }
    }
    dropout(0.5, true, TensorType.f32(64, 2, 1, 3));
  }

  static List<Sample> rows() {
    return ROWS;
  }

  private static void dropout(double rate, boolean perSample, TensorType x) {
    var op = Dropout.at("stage1.block0.drop", rate, perSample);
    int inner = perSample ? x.shape().intSize() / x.shape().at(0) : 1;
    ROWS.add(
        Sample.of(op)
            .in(x, Values.normal())
            .in(TensorType.of(DType.I32, 2), Values.of(-77, 1234567))
            .linearIn(0)
            .formula(
                in -> {
                  long stream = op.stream((int) in.get(1)[0], (int) in.get(1)[1]);
                  var y = new double[x.shape().intSize()];
                  for (int i = 0; i < y.length; i++) {
                    y[i] = op.keeps(stream, i / inner) ? in.get(0)[i] / (1 - rate) : 0;
                  }
                  return y;
                }));
  }
}
