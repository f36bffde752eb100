package bandlimit.conformance;

import bandlimit.graph.op.FilteredPolynomial;
import bandlimit.graph.op.FilteredPolynomialBackward;
import bandlimit.graph.op.IdealResample;
import bandlimit.graph.op.Op;
import bandlimit.signal.IdealResampler;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/// Ideal resampling: every kind, on odd and even periods, with its own matrices and with any.
final class IdealSamples {
  private IdealSamples() {}

  private static final List<Sample> ROWS = new ArrayList<>();

  static {
    var kinds =
        List.of(
            IdealResampler.identity(1),
            IdealResampler.up(2, 2),
            IdealResampler.up(3, 3),
            IdealResampler.lowpass(7, 4),
            IdealResampler.down(8, 2),
            IdealResampler.down(31, 2),
            IdealResampler.resize(33, 17),
            IdealResampler.resize(14, 21),
            IdealResampler.shift(6, 0.37),
            IdealResampler.down(56, 2));
    int[] channels = {31, 40, 16, 33, 8, 5, 7, 2, 17, 1}; // few where periods are long
    for (int i = 0; i < kinds.size(); i++) {
      int c = channels[i];
      var cols = kinds.get((i * 3 + 1) % kinds.size());
      row(1 + i % 2, kinds.get(i), cols, c);
      row(1, kinds.get(i).transpose(), cols, c);
      row(1, kinds.get(i), cols.transpose(), c);
    }
    // longer than what a device may hold of both axes
    row(1, IdealResampler.down(70, 2), IdealResampler.shift(3, 0.2), 5);
    row(1, IdealResampler.shift(2, 0.3), IdealResampler.up(34, 2), 8);
  }

  static {
    filtered(2, 8, 7, 5, 2, 12, 10, false);
    filtered(1, 1, 3, 1, 1, 2, 4, false);
    filtered(3, 7, 6, 33, 3, 14, 12, false);
    filtered(2, 14, 9, 16, 2, 21, 13, true);
    filtered(1, 31, 4, 40, 1, 31, 8, false);
    filtered(1, 5, 5, 17, 4, 13, 13, true);
    filtered(1, 2, 1, 3, 2, 3, 1, false);
    filtered(1, 56, 6, 18, 2, 84, 9, false);
  }

  /// The alias-free activation and its gradients, on a fine grid of `fineH` x `fineW`.
  private static void filtered(
      int n, int h, int w, int c, int degree, int fineH, int fineW, boolean shared) {
    var up = new IdealResample(IdealResampler.resize(h, fineH), IdealResampler.resize(w, fineW));
    var down = new IdealResample(IdealResampler.resize(fineH, h), IdealResampler.resize(fineW, w));
    var forward = activation(new FilteredPolynomial(up, degree, down), n, h, w, c, degree, shared);
    ROWS.add(withMatrices(forward, up, down));
    var backward = new FilteredPolynomialBackward(up, degree, down, shared);
    for (int part = 0; part < 2; part++) {
      var row = activation(backward, n, h, w, c, degree, shared);
      row = withMatrices(row, up, down).in(n, h, w, c);
      ROWS.add(part == 0 ? row : row.part(1));
    }
  }

  /// Small coefficients: their powers are summed.
  private static Sample activation(Op op, int n, int h, int w, int c, int degree, boolean shared) {
    return Sample.of(op)
        .in(TensorType.f32(n, h, w, c), Values.between(-1, 1))
        .in(TensorType.f32(shared ? 1 : c, degree + 1), Values.between(-1, 1));
  }

  private static Sample withMatrices(Sample sample, IdealResample up, IdealResample down) {
    for (var axis : List.of(up.rows(), up.cols(), down.rows(), down.cols())) {
      // their own matrices: their symmetry may be used
      var matrix = axis.matrix().stream().mapToDouble(weight -> weight).toArray();
      sample.in(TensorType.f32(axis.to(), axis.from()), Values.of(matrix));
    }
    return sample;
  }

  static List<Sample> rows() {
    return ROWS;
  }

  /// Any matrices: what it computes does not depend on their being those of the resamplers.
  private static void row(int n, IdealResampler rows, IdealResampler cols, int c) {
    ROWS.add(
        Sample.of(new IdealResample(rows, cols))
            .in(n, rows.in(), cols.in(), c)
            .in(rows.to(), rows.from())
            .in(cols.to(), cols.from())
            .linearIn(0)
            .fixed(1, 2));
  }
}
