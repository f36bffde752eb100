package bandlimit.conformance;

import bandlimit.graph.op.IdealResample;
import bandlimit.signal.IdealResampler;
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
    int[] channels = {1, 3, 16, 33, 8, 5, 31, 2, 40, 17};
    for (int i = 0; i < kinds.size(); i++) {
      int c = channels[i];
      var cols = kinds.get((i * 3 + 1) % kinds.size());
      row(1 + i % 2, kinds.get(i), cols, c);
      row(1, kinds.get(i).transpose(), cols, c);
      row(1, kinds.get(i), cols.transpose(), c);
    }
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
