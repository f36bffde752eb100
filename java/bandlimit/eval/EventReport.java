package bandlimit.eval;

import bandlimit.data.Batch;
import bandlimit.data.Loader;
import bandlimit.data.SignalDataset;
import bandlimit.signal.PanTompkins;
import bandlimit.store.Json;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/// How well a network that decides column by column finds the events of a test signal; what
/// `events.json` of a run folder holds.
///
/// @param seconds of signal that were decided on
/// @param accuracy percent of columns of the right class
/// @param loss cross-entropy of a column
/// @param toleranceMs within which a found event is a true one
/// @param panTompkins what the classical detector of heartbeats finds in the same stretch of the
///   first channel
public record EventReport(
    String dataset,
    double seconds,
    double accuracy,
    double loss,
    double toleranceMs,
    EventMatch network,
    Optional<EventMatch> panTompkins) {
  private static final double REFRACTORY = 0.2; // seconds: no two heartbeats are closer

  /// Goes once through the windows of `data`; where they overlap, the first decision on a moment
  /// counts. `seen` is told of each batch.
  public static EventReport of(
      Classifier classifier,
      SignalDataset data,
      double tolerance,
      boolean baseline,
      int workers,
      Consumer<Batch> seen) {
    classifier.checkColumns(data);
    var picker = new EventPicker(REFRACTORY * data.rate());
    var scores = new Scores();
    double from = data.spec().time(data.start(0), 0);
    double to = from;
    double decided = Double.NEGATIVE_INFINITY;
    int columns = data.columns();
    try (var loader = Loader.evaluation(data, classifier.batch(), workers)) {
      for (loader.startEpoch(0, 0); loader.next(); ) {
        var batch = loader.batch();
        var logits = classifier.logits(batch.images());
        scores.add(logits, batch);
        for (int row = 0; row < batch.count(); row++) {
          int start = data.start((int) batch.indices().get(row));
          for (int column = 0; column < columns; column++) {
            double time = data.spec().time(start, column);
            if (time > decided) {
              decided = time;
              picker.add(time, 1 - Scores.probability(logits, row * columns + column, 0));
            }
          }
        }
        to = decided;
        seen.accept(batch);
      }
    }
    double first = from;
    double last = to;
    int[] truth =
        data.events().stream()
            .mapToInt(SignalDataset.Event::sample)
            .filter(t -> first <= t && t <= last)
            .toArray();
    double rate = data.rate();
    return new EventReport(
        data.name(),
        (to - from) / rate,
        scores.top1(),
        scores.loss(),
        1000 * tolerance,
        EventMatch.of(picker.found(), truth, tolerance, rate),
        baseline
            ? Optional.of(EventMatch.of(classical(data, from, to), truth, tolerance, rate))
            : Optional.empty());
  }

  private static double[] classical(SignalDataset data, double from, double to) {
    int begin = Math.max(0, (int) Math.ceil(from));
    int[] beats =
        new PanTompkins(data.rate()).detect(data.channel(0, begin, (int) Math.floor(to) + 1));
    var times = new double[beats.length];
    for (int i = 0; i < beats.length; i++) {
      times[i] = begin + beats[i];
    }
    return times;
  }

  public void write(Path file) {
    Json.write(file, this);
  }
}
