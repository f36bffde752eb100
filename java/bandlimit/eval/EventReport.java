package bandlimit.eval;

import bandlimit.data.Batch;
import bandlimit.data.Loader;
import bandlimit.data.SignalDataset;
import bandlimit.error.DataException;
import bandlimit.signal.PanTompkins;
import bandlimit.store.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.commons.math3.stat.descriptive.SummaryStatistics;

/// How well a network that decides column by column finds the events of a test signal; what
/// `events.json` of a run folder holds.
///
/// @param noise that was added to the signal first
/// @param seconds of signal that were decided on
/// @param accuracy percent of columns of the right class
/// @param loss cross-entropy of a column
/// @param toleranceMs within which a found event is a true one
/// @param phases how it changes with the sample that windows begin at
/// @param panTompkins what the classical detector of heartbeats finds in the same stretch of the
///   first channel
public record EventReport(
    int format,
    String dataset,
    Optional<Noise> noise,
    double seconds,
    double accuracy,
    double loss,
    double toleranceMs,
    EventMatch network,
    Optional<Phases> phases,
    Optional<EventMatch> panTompkins) {
  static final double REFRACTORY = 0.2; // seconds: no two heartbeats are closer

  public static final int FORMAT = 1;

  /// White Gaussian noise.
  ///
  /// @param decibels below the power of each channel
  public record Noise(double decibels, long seed) {}

  /// The same signal, windows beginning at each sample of a column.
  ///
  /// @param phases samples in a column
  /// @param events that were found in all phases, and the only ones that count here
  /// @param jitterMs deviation of an event's time over the phases: root of the variance averaged
  ///   over events
  /// @param widestMs largest difference between two phases of one event
  /// @param sensitivity percent, the lowest of any phase; `predictivity` likewise
  public record Phases(
      int phases,
      int events,
      double jitterMs,
      double widestMs,
      double sensitivity,
      double predictivity) {
    static Phases of(List<double[]> found, int[] truth, double tolerance, double rate) {
      var times = found.stream().map(f -> EventMatch.times(f, truth, tolerance * rate)).toList();
      int events = 0;
      double variances = 0;
      double widest = 0;
      for (int i = 0; i < truth.length; i++) {
        var all = new SummaryStatistics();
        for (double[] phase : times) {
          all.addValue(phase[i]);
        }
        if (!Double.isNaN(all.getSum())) {
          events++;
          variances += all.getPopulationVariance();
          widest = Math.max(widest, all.getMax() - all.getMin());
        }
      }
      var matches = found.stream().map(f -> EventMatch.of(f, truth, tolerance, rate)).toList();
      return new Phases(
          found.size(),
          events,
          events == 0 ? 0 : 1000 * Math.sqrt(variances / events) / rate,
          1000 * widest / rate,
          matches.stream().mapToDouble(m -> m.sensitivity().percent()).min().orElse(0),
          matches.stream().mapToDouble(m -> m.predictivity().percent()).min().orElse(0));
    }
  }

  /// What else to measure.
  ///
  /// @param tolerance in seconds
  /// @param noise to add to the signal first
  /// @param phases whether to let windows begin at each sample of a column
  /// @param panTompkins whether to run that detector too
  public record Choice(
      double tolerance, Optional<Noise> noise, boolean phases, boolean panTompkins) {
    public static final Choice PLAIN =
        new Choice(EventMatch.TOLERANCE, Optional.empty(), false, false);
  }

  /// One pass: what was found and over which stretch.
  private record Pass(double from, double to, double[] found, Scores scores) {}

  /// Goes through the windows of the data; where they overlap, the first decision on a moment
  /// counts. `seen` is told of each batch.
  public static EventReport of(
      Classifier classifier,
      SignalDataset clean,
      Choice choice,
      int workers,
      Consumer<Batch> seen) {
    classifier.checkColumns(clean);
    var data = choice.noise.map(n -> clean.withNoise(n.decibels(), n.seed())).orElse(clean);
    double rate = data.rate();
    double tolerance = choice.tolerance;
    var pass = pass(classifier, data, workers, seen);
    int[] truth = truth(data, pass.from, pass.to);
    return new EventReport(
        FORMAT,
        data.name(),
        choice.noise,
        (pass.to - pass.from) / rate,
        pass.scores.top1(),
        pass.scores.loss(),
        1000 * tolerance,
        EventMatch.of(pass.found, truth, tolerance, rate),
        choice.phases
            ? Optional.of(phases(classifier, data, pass, tolerance, workers, seen))
            : Optional.empty(),
        choice.panTompkins
            ? Optional.of(EventMatch.of(classical(data, pass), truth, tolerance, rate))
            : Optional.empty());
  }

  private static Pass pass(
      Classifier classifier, SignalDataset data, int workers, Consumer<Batch> seen) {
    var picker = new EventPicker(REFRACTORY * data.rate());
    var scores = new Scores();
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
        seen.accept(batch);
      }
    }
    return new Pass(data.spec().time(data.start(0), 0), decided, picker.found(), scores);
  }

  static int[] truth(SignalDataset data, double from, double to) {
    return data.events().stream()
        .mapToInt(SignalDataset.Event::sample)
        .filter(t -> from <= t && t <= to)
        .toArray();
  }

  private static Phases phases(
      Classifier classifier,
      SignalDataset data,
      Pass first,
      double tolerance,
      int workers,
      Consumer<Batch> seen) {
    var passes = new ArrayList<>(List.of(first));
    for (int later = 1; later < data.spec().stride(); later++) {
      passes.add(pass(classifier, data.later(later), workers, seen));
    }
    double from = passes.stream().mapToDouble(Pass::from).max().orElseThrow();
    double to = passes.stream().mapToDouble(Pass::to).min().orElseThrow();
    var found =
        passes.stream()
            .map(p -> Arrays.stream(p.found).filter(t -> from <= t && t <= to).toArray())
            .toList();
    return Phases.of(found, truth(data, from, to), tolerance, data.rate());
  }

  private static double[] classical(SignalDataset data, Pass pass) {
    if (data.rate() < PanTompkins.LEAST_RATE) {
      throw new DataException(
          "the detector of Pan and Tompkins needs %s samples a second or more, but this signal has %s"
              .formatted(PanTompkins.LEAST_RATE, data.rate()));
    }
    int begin = Math.max(0, (int) Math.ceil(pass.from));
    int[] beats =
        new PanTompkins(data.rate()).detect(data.channel(0, begin, (int) Math.floor(pass.to) + 1));
    return Arrays.stream(beats).mapToDouble(beat -> begin + beat).toArray();
  }

  public void write(Path file) {
    Json.write(file, this);
  }

  /// @throws DataException if it is of another format, or damaged
  public static EventReport read(Path file) {
    int format = Json.read(file, DataException::new).path("format").asInt(0);
    if (format != FORMAT) {
      throw new DataException(
          "%s: has format %d, this version reads %d; run eval --save again"
              .formatted(file, format, FORMAT));
    }
    return Json.read(file, EventReport.class, DataException::new);
  }
}
