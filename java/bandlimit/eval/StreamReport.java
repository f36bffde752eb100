package bandlimit.eval;

import bandlimit.error.DataException;
import bandlimit.store.Json;
import bandlimit.stream.PhaseError;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The test part of a signal as a stream beside full inference on its windows; what `stream.json`
/// of a run folder holds.
///
/// @param mode of the right context, `delay` or `approximate`
/// @param window samples, context included; `stride`: samples a column; `hop`, `delay`: samples
/// @param rate samples in a second
/// @param noise that was added to the signal first
/// @param samples that were streamed; `answers`: pushes that answered
/// @param windows with the same samples, one after the other
/// @param phases windows that begin where the hop puts them, at phases that the stream does not
///   have; of a misaligned hop only
/// @param errors the published bounds for the layers that meet other phases
/// @param events of a network that decides on every column
/// @param trace of a network that answers windows: its first output over time
public record StreamReport(
    int format,
    String dataset,
    String device,
    String mode,
    int window,
    int hop,
    int stride,
    int delay,
    double rate,
    Optional<EventReport.Noise> noise,
    long samples,
    int answers,
    Agreement windows,
    Optional<Agreement> phases,
    List<PhaseError> errors,
    Optional<Events> events,
    Latency latency,
    double samplesPerSecond,
    long bytesPerStream,
    Excerpt excerpt,
    Optional<Trace> trace) {
  public static final int FORMAT = 1;

  /// How far streamed outputs are from those of windows.
  ///
  /// @param windows that were computed in full, and `answers`, rows of outputs, in them
  /// @param decisions of the same class in both; empty where outputs are no classes
  public record Agreement(
      int windows, long answers, List<Output> outputs, Optional<Rate> decisions) {
    /// The largest difference of any output.
    public double largest() {
      return outputs.stream().mapToDouble(Output::largest).max().orElse(0);
    }

    /// The largest of the outputs' NRMSE.
    public double nrmse() {
      return outputs.stream().mapToDouble(Output::nrmse).max().orElse(0);
    }
  }

  /// One output of the network.
  ///
  /// @param largest absolute difference
  /// @param nrmse root of the mean squared difference over the range of what windows answer, 0 to 1
  /// @param range of that
  public record Output(String name, double largest, double nrmse, double range) {}

  /// Events that were found in the stream.
  ///
  /// @param windows what full inference finds
  /// @param both found by both, half a sample apart at most, of `found` in the stream
  /// @param apartMs largest difference of their times
  /// @param delayMs from an event to when the stream has said so, the mean, without computing time
  public record Events(
      double toleranceMs,
      EventMatch stream,
      EventMatch windows,
      int found,
      int both,
      double apartMs,
      double delayMs) {}

  /// From the last sample of a hop to its answer, in ms.
  ///
  /// @param realTime whether samples came at their rate, and not as soon as they were wanted
  /// @param from lower edge of the first of `counts`, each [#RATIO] times as wide as the last
  public record Latency(
      boolean realTime,
      double median,
      double p99,
      double largest,
      double from,
      List<Integer> counts) {
    public static final double RATIO = Math.pow(10, 0.1);
  }

  /// A few seconds of the first channel, with events where a network looks for them; times in
  /// seconds of the whole recording.
  ///
  /// @param signal evenly over `seconds` from `from` on
  public record Excerpt(
      double from,
      double seconds,
      List<Double> signal,
      List<Double> truth,
      List<Double> stream,
      List<Double> full) {}

  /// An output at the ends of windows, in seconds of the whole recording.
  public record Trace(String output, List<Double> times, List<Double> stream, List<Double> full) {}

  public void write(Path file) {
    Json.write(file, this);
  }

  /// @throws DataException if it is of another format, or damaged
  public static StreamReport read(Path file) {
    int format = Json.read(file, DataException::new).path("format").asInt(0);
    if (format != FORMAT) {
      throw new DataException(
          "%s has format %d, this version reads %d; run eval --stream --save again"
              .formatted(file, format, FORMAT));
    }
    return Json.read(file, StreamReport.class, DataException::new);
  }
}
