package bandlimit.train;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;

/// What the epoch in progress has collected: sums for its summary row, and times.
final class Running {
  private final boolean classes;
  double lossSum;
  long correct;
  long seen;
  final Map<String, Double> evaluated = new LinkedHashMap<>();

  private long start;
  private long mark;
  private double seconds;
  private long timed;
  private double stepSeconds;
  private double dataSeconds;
  private double loss;
  private int samples;
  // since the last log line
  private double intervalSeconds;
  private double intervalData;
  private double intervalLoss;
  private long intervalSamples;
  private int intervalSteps;

  /// @param classes whether answers are right or wrong, so that there is an accuracy
  Running(boolean classes) {
    this.classes = classes;
  }

  void restore(TrainState state) {
    lossSum = state.lossSum();
    correct = state.correct();
    seen = state.seen();
  }

  void reset() {
    lossSum = 0;
    correct = 0;
    seen = 0;
    seconds = 0;
    timed = 0;
    evaluated.clear();
  }

  void begin() {
    start = System.nanoTime();
    mark = start;
    beginInterval();
  }

  void beginInterval() {
    intervalSeconds = 0;
    intervalData = 0;
    intervalLoss = 0;
    intervalSamples = 0;
    intervalSteps = 0;
  }

  void dataReady() {
    dataSeconds = (System.nanoTime() - mark) * 1e-9;
  }

  void add(TrainStep step) {
    loss = step.loss();
    samples = step.samples();
    lossSum += loss * step.rows();
    correct += step.correct();
    seen += step.rows();
    long now = System.nanoTime();
    stepSeconds = (now - mark) * 1e-9;
    mark = now;
    seconds = (now - start) * 1e-9;
    timed += samples;
    intervalSeconds += stepSeconds;
    intervalData += dataSeconds;
    intervalLoss += loss;
    intervalSamples += samples;
    intervalSteps++;
  }

  /// For the bar: a few words.
  String figures() {
    var accuracy = classes ? ", top1 %.1f%%".formatted(100.0 * correct / seen) : "";
    return String.format(
        Locale.ROOT, "loss %.4f%s, %.0f/s", lossSum / seen, accuracy, timed / seconds);
  }

  /// A log line in timm's shape: of each quantity this step's value and, in brackets, the mean (of
  /// the epoch for the loss, since the last line for times).
  String line(int epoch, int batch, long batches, double rate) {
    double meanStep = intervalSeconds / intervalSteps;
    return String.format(
        Locale.ROOT,
        "Train: %d [%4d/%d (%3.0f%%)]  Loss: %.4f (%.4f)  Time: %.3fs, %.1f/s (%.3fs, %.1f/s)"
            + "  LR: %.3e  Data: %.3f (%.3f)",
        epoch,
        batch,
        batches,
        100.0 * batch / batches,
        loss,
        lossSum / seen,
        stepSeconds,
        samples / stepSeconds,
        meanStep,
        intervalSamples / intervalSeconds,
        rate,
        dataSeconds,
        intervalData / intervalSteps);
  }

  /// Means since the last record.
  SequencedMap<String, Object> fields() {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("train/loss", intervalLoss / intervalSteps);
    fields.put("throughput/samples_per_s", intervalSamples / intervalSeconds);
    fields.put("time/step_s", intervalSeconds / intervalSteps);
    fields.put("time/data_s", intervalData / intervalSteps);
    return fields;
  }

  /// The epoch's metrics; times cover what this process did of it.
  SequencedMap<String, Double> summary() {
    var metrics = new LinkedHashMap<String, Double>();
    metrics.put("train/loss", lossSum / seen);
    if (classes) {
      metrics.put("train/top1", 100.0 * correct / seen);
    }
    metrics.putAll(evaluated);
    metrics.put("time_s", seconds);
    // a run stopped behind the last update and continued has nothing left to time
    metrics.put("images_per_s", timed == 0 ? 0 : timed / seconds);
    return metrics;
  }
}
