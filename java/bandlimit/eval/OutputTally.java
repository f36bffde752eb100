package bandlimit.eval;

import bandlimit.tensor.HostTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Differences of two sets of output rows, output by output.
final class OutputTally {
  private final int outputs;
  private final double[] squares;
  private final double[] largest;
  private final double[] low;
  private final double[] high;
  private long rows;
  private long alike;

  OutputTally(int outputs) {
    this.outputs = outputs;
    this.squares = new double[outputs];
    this.largest = new double[outputs];
    this.low = new double[outputs];
    this.high = new double[outputs];
    Arrays.fill(low, Double.POSITIVE_INFINITY);
    Arrays.fill(high, Double.NEGATIVE_INFINITY);
  }

  /// Row `at` of `full` and row `other` of `stream`, both (rows, outputs).
  void add(HostTensor full, int at, HostTensor stream, int other) {
    int best = 0;
    int chosen = 0;
    boolean finite = true; // what is no number agrees with nothing
    for (int k = 0; k < outputs; k++) {
      double wanted = full.get((long) at * outputs + k);
      double given = stream.get((long) other * outputs + k);
      double apart = Math.abs(given - wanted);
      finite &= Double.isFinite(apart);
      squares[k] += apart * apart;
      largest[k] = Math.max(largest[k], apart);
      low[k] = Math.min(low[k], wanted);
      high[k] = Math.max(high[k], wanted);
      best = wanted > full.get((long) at * outputs + best) ? k : best;
      chosen = given > stream.get((long) other * outputs + chosen) ? k : chosen;
    }
    rows++;
    alike += finite && best == chosen ? 1 : 0;
  }

  boolean isEmpty() {
    return rows == 0;
  }

  /// @param classes whether the outputs are scores of classes, of which the largest decides
  StreamReport.Agreement agreement(int windows, List<String> names, boolean classes) {
    var all = new ArrayList<StreamReport.Output>();
    for (int k = 0; k < outputs; k++) {
      double range = high[k] - low[k];
      double error = Math.sqrt(squares[k] / rows);
      double nrmse = range > 0 ? error / range : error > 0 ? Double.POSITIVE_INFINITY : 0;
      all.add(new StreamReport.Output(names.get(k), largest[k], nrmse, range));
    }
    return new StreamReport.Agreement(
        windows, rows, all, classes ? Optional.of(Rate.of(alike, rows)) : Optional.empty());
  }
}
