package bandlimit.data;

import bandlimit.error.ConfigException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A long signal with events or numbers along it, cut into windows; the `data.signal` of a config.
///
/// @param file in the data set's folder: `.npy` (T) or (T, C), `.csv` of numbers, or `.wav`
/// @param events CSV in the folder: sample number and, if there are labels, a label
/// @param targets file of numbers to be told in place of events: `.npy` (T) or (T, K) or `.wav`,
///   one row a sample, or `.csv` of sample number and numbers
/// @param rate samples in a second; empty takes that of a `.wav` file
/// @param channels which ones, from 0; none is all
/// @param labels of events that are told apart, in the order of classes; none makes all events one
///   class. Events of other labels are no events
/// @param window samples
/// @param hop samples from one window to the next
/// @param context samples of the past that each window has before it
/// @param trainShare of the signal's duration, from its start; the rest is for testing
/// @param target what is to be told
/// @param stride samples in a column, for [Target#COLUMNS]
/// @param radius samples around an event whose columns are of the event
/// @param delay samples that a column's decision comes after the event: a causal network has to see
///   one before it can tell
public record SignalSpec(
    String file,
    String events,
    Optional<String> targets,
    Optional<Double> rate,
    List<Integer> channels,
    List<String> labels,
    int window,
    int hop,
    int context,
    double trainShare,
    Target target,
    int stride,
    int radius,
    int delay) {
  /// Class 0 is that of no event.
  public static final String NONE = "none";

  /// What a sample's label says.
  public enum Target {
    /// One answer for each window: the class of the last event in it, or the numbers at its last
    /// sample.
    WINDOW,
    /// One answer for each `stride` samples.
    COLUMNS
  }

  public SignalSpec {
    channels = List.copyOf(channels);
    labels = List.copyOf(labels);
    if (target == Target.COLUMNS && (window % stride != 0 || hop > window)) {
      throw new ConfigException(
          "data.signal: columns of %d samples must divide the window of %d, and the hop of %d must not"
                  .formatted(stride, window, hop)
              + " exceed it");
    }
    if (targets.isPresent() && (!labels.isEmpty() || radius > 0)) {
      throw new ConfigException(
          "labels and radius are of events, but targets: %s gives numbers; leave them out"
              .formatted(targets.get()));
    }
    if (labels.contains(NONE) || labels.stream().distinct().count() != labels.size()) {
      throw new ConfigException(
          "data.signal.labels must be different, and \"none\" is the class of no event: " + labels);
    }
  }

  /// With one channel or all, one class of events, no context and two thirds for training.
  public static SignalSpec of(String file, String events, double rate, int window, int hop) {
    return new SignalSpec(
        file,
        events,
        Optional.empty(),
        Optional.of(rate),
        List.of(),
        List.of(),
        window,
        hop,
        0,
        2.0 / 3,
        Target.WINDOW,
        1,
        0,
        0);
  }

  public SignalSpec withContext(int samples) {
    return new SignalSpec(
        file,
        events,
        targets,
        rate,
        channels,
        labels,
        window,
        hop,
        samples,
        trainShare,
        target,
        stride,
        radius,
        delay);
  }

  public SignalSpec withLabels(List<String> changed) {
    return new SignalSpec(
        file,
        events,
        targets,
        rate,
        channels,
        changed,
        window,
        hop,
        context,
        trainShare,
        target,
        stride,
        radius,
        delay);
  }

  /// With the numbers of `file` in place of events.
  public SignalSpec withTargets(String file) {
    return new SignalSpec(
        this.file,
        events,
        Optional.of(file),
        rate,
        channels,
        labels,
        window,
        hop,
        context,
        trainShare,
        target,
        stride,
        radius,
        delay);
  }

  /// A decision every `samples`, which says event around each one, `late` samples after it.
  public SignalSpec withColumns(int samples, int around, int late) {
    return new SignalSpec(
        file,
        events,
        targets,
        rate,
        channels,
        labels,
        window,
        hop,
        context,
        trainShare,
        Target.COLUMNS,
        samples,
        around,
        late);
  }

  public List<String> classNames() {
    var names = new ArrayList<String>();
    names.add(NONE);
    names.addAll(labels.isEmpty() ? List.of("event") : labels);
    return List.copyOf(names);
  }

  /// When column `column` of a window that starts at sample `start` decides: the middle of its
  /// samples, less the delay.
  public double time(int start, int column) {
    return start + column * stride + (stride - 1) / 2.0 - delay;
  }
}
