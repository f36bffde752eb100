package bandlimit.conformance;

import bandlimit.graph.op.ArgmaxOneHot;
import bandlimit.graph.op.LogSoftmax;
import bandlimit.graph.op.OneHot;
import bandlimit.graph.op.Softmax;
import bandlimit.graph.op.SoftmaxCrossEntropy;
import bandlimit.graph.op.SoftmaxCrossEntropyGrad;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/// The end of a classifier: softmax, its logarithm, the loss, and labels.
final class SoftmaxSamples {
  private SoftmaxSamples() {}

  private static final List<Sample> ROWS = new ArrayList<>();

  static {
    int[][] sizes = {{1, 1}, {2, 10}, {7, 3}, {31, 33}, {3, 1000}};
    for (int[] size : sizes) {
      var logits = TensorType.f32(size[0], size[1]);
      for (double range : new double[] {2, 60}) {
        head(logits, Values.between(-range, range), "logits to " + range);
      }
      ROWS.add(
          Sample.of(new ArgmaxOneHot())
              .in(logits, Values.distinct())
              .fixed(0)
              .formula(in -> argmax(in.getFirst(), size[1])));
      ROWS.add(
          Sample.of(new ArgmaxOneHot())
              .in(logits, Values.whole(2))
              .fixed(0)
              .note("ties")
              .formula(in -> argmax(in.getFirst(), size[1])));
      for (double smoothing : new double[] {0, 0.1}) {
        ROWS.add(
            Sample.of(new OneHot(size[1], smoothing, DType.F32))
                .in(TensorType.of(DType.I32, size[0]), Values.whole(size[1]))
                .formula(in -> oneHot(in.getFirst(), size[1], smoothing)));
      }
    }
    ROWS.add(Sample.of(new Softmax()).in(2, 3, 5, 7));
    ROWS.add(Sample.of(new LogSoftmax()).in(2, 3, 5, 7));
  }

  static List<Sample> rows() {
    return ROWS;
  }

  private static void head(TensorType logits, Values values, String note) {
    int n = logits.shape().at(0);
    int k = logits.shape().at(1);
    // sums of logits this large cancel in the logarithm
    double size = note.contains("60") ? 60 : 1;
    ROWS.add(
        Sample.of(new Softmax())
            .in(logits, values)
            .note(note)
            .cancelling(size)
            .formula(in -> softmax(in.getFirst(), k)));
    ROWS.add(
        Sample.of(new LogSoftmax())
            .in(logits, values)
            .note(note)
            .cancelling(size)
            .formula(in -> logSoftmax(in.getFirst(), k)));
    ROWS.add(
        Sample.of(new SoftmaxCrossEntropy())
            .in(logits, values)
            .in(logits, Values.distribution())
            .fixed(1)
            .note(note)
            .cancelling(size)
            .formula(
                in -> {
                  var log = logSoftmax(in.get(0), k);
                  var loss = new double[n];
                  for (int i = 0; i < log.length; i++) {
                    loss[i / k] -= in.get(1)[i] * log[i];
                  }
                  return loss;
                }));
    // a target that sums to less than 1: a weighted sample
    ROWS.add(
        Sample.of(new SoftmaxCrossEntropy())
            .in(logits, values)
            .in(logits, Values.between(0, 0.3))
            .fixed(1)
            .cancelling(size)
            .note("weighted, " + note));
    ROWS.add(
        Sample.of(new SoftmaxCrossEntropyGrad())
            .in(logits, values)
            .in(logits, Values.distribution())
            .in(n)
            .note(note)
            .cancelling(size));
  }

  private static double[] logSoftmax(double[] x, int k) {
    var y = new double[x.length];
    for (int row = 0; row < x.length; row += k) {
      double max = Double.NEGATIVE_INFINITY;
      for (int i = row; i < row + k; i++) {
        max = Math.max(max, x[i]);
      }
      double sum = 0;
      for (int i = row; i < row + k; i++) {
        sum += Math.exp(x[i] - max);
      }
      for (int i = row; i < row + k; i++) {
        y[i] = x[i] - max - Math.log(sum);
      }
    }
    return y;
  }

  private static double[] softmax(double[] x, int k) {
    return PointwiseSamples.map(logSoftmax(x, k), Math::exp);
  }

  private static double[] argmax(double[] x, int k) {
    var y = new double[x.length];
    for (int row = 0; row < x.length; row += k) {
      int best = row;
      for (int i = row + 1; i < row + k; i++) {
        best = x[i] > x[best] ? i : best;
      }
      y[best] = 1;
    }
    return y;
  }

  private static double[] oneHot(double[] labels, int k, double smoothing) {
    var y = new double[labels.length * k];
    for (int i = 0; i < y.length; i++) {
      y[i] = smoothing / k + (labels[i / k] == i % k ? 1 - smoothing : 0);
    }
    return y;
  }
}
