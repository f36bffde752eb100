package bandlimit.train;

import java.util.Map;
import java.util.TreeMap;

/// Where a run stands, beside its tensors: enough, with them, to go on as if it had never stopped.
///
/// @param epoch the epoch in progress, from 0; `batch` is the next one of it
/// @param update updates done since the start
/// @param micro training batches done since the start; the counter of the random streams
/// @param lossSum, correct, seen what the epoch in progress has collected for its summary row
/// @param best the monitored metric and its value in the best checkpoint so far; empty before one
/// @param last metrics of the last finished epoch, as in summary.csv
public record TrainState(
    int epoch,
    int batch,
    long update,
    long micro,
    double lossSum,
    long correct,
    long seen,
    Map<String, Double> best,
    Map<String, Double> last) {
  public static final TrainState START = new TrainState(0, 0, 0, 0, 0, 0, 0, Map.of(), Map.of());

  public TrainState {
    best = Map.copyOf(best);
    last = java.util.Collections.unmodifiableMap(new TreeMap<>(last));
  }
}
