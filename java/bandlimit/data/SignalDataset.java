package bandlimit.data;

import bandlimit.data.SignalSpec.Target;
import bandlimit.error.ConfigException;
import bandlimit.error.DataException;
import bandlimit.tensor.TensorType;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/// Windows of one long signal, labelled by the events in it or with numbers along it: the first
/// part of its time trains, the rest tests, and no window reaches over the border.
///
/// Mean and deviation of each channel are those of the training part. Windows for which there are
/// no numbers are left out.
public final class SignalDataset implements Dataset {
  private static final String WANTED =
      "needs the files that data.signal names: a signal (.npy of (T) or (T, C), .csv or .wav) and a"
          + " CSV of its events (sample number, label), or targets";

  private static final long NOISE = 4; // a stream of its own

  /// An event of class `label`, 1 or more, at a sample.
  public record Event(int sample, int label) {}

  private final SignalSpec spec;
  private final Split split;
  private final Recording recording;
  private final int[] channels;
  private final double rate;
  private final Events events;
  private final Optional<Targets> targets;
  private final Optional<Normalization> targetScale;
  private final List<String> classNames;
  private final Normalization normalization;
  private final int first; // start of window 0, after its context
  private final int end; // of this part of the signal
  private final int[] starts; // of the windows that are used
  private final int leftOut;

  SignalDataset(DataSpec data, Split split) {
    DataFiles.refuseImageSize(data);
    this.spec =
        data.signal()
            .orElseThrow(
                () -> new ConfigException("data.signal is missing: the data set signal " + WANTED));
    this.split = split;
    Path root = DataFiles.root(data, WANTED);
    recording = Recording.read(DataFiles.find(data, root, List.of(), List.of(spec.file()), WANTED));
    channels = channels(recording, spec);
    rate =
        spec.rate()
            .or(recording::rate)
            .orElseThrow(
                () ->
                    new ConfigException(
                        "data.signal.rate is missing: only .wav files say their rate themselves"));
    if (spec.targets().isPresent()) {
      var file = DataFiles.find(data, root, List.of(), List.of(spec.targets().get()), WANTED);
      targets = Optional.of(Targets.read(file, recording));
      events = Events.NONE;
    } else {
      var file = DataFiles.find(data, root, List.of(), List.of(spec.events()), WANTED);
      targets = Optional.empty();
      events = Events.read(file, recording, spec.labels());
    }
    classNames = targets.map(Targets::names).orElse(spec.classNames());
    int border = (int) (spec.trainShare() * recording.length());
    int from = split == Split.TRAIN ? 0 : border;
    int to = split == Split.TRAIN ? border : recording.length();
    first = from + spec.context();
    int room = to - first - spec.window();
    if (room < 0) {
      throw new DataException(
          "%s: the %s part has %d samples, less than one window of %d and its context of %d"
              .formatted(
                  recording.file(),
                  split.name().toLowerCase(Locale.ROOT),
                  to - from,
                  spec.window(),
                  spec.context()));
    }
    end = to;
    if (split == Split.TRAIN && targets.isEmpty()) {
      events.requireAll(root.resolve(spec.events()), classNames, border);
    }
    starts = starts(DataFiles.limited(data, Integer.MAX_VALUE));
    leftOut = leftOut();
    if (starts.length == 0) {
      throw new DataException(
          "%s: no window of the %s part has a target in it"
              .formatted(targets.orElseThrow().file(), split.name().toLowerCase(Locale.ROOT)));
    }
    normalization =
        Normalization.measure(border, channels.length, (t, c) -> recording.at(t, channels[c]));
    targetScale = targets.map(t -> t.measure(border));
  }

  private int[] starts(int most) {
    return IntStream.iterate(first, s -> s + spec.window() <= end, s -> s + spec.hop())
        .filter(this::isTold)
        .limit(most)
        .toArray();
  }

  /// Whether there is something to tell of the window that starts here, in all its columns.
  private boolean isTold(int start) {
    return targets.isEmpty()
        || IntStream.range(0, columns()).allMatch(column -> row(start, column) >= 0);
  }

  private int leftOut() {
    return (int)
        IntStream.iterate(first, s -> s + spec.window() <= end, s -> s + spec.hop())
            .filter(s -> !isTold(s))
            .count();
  }

  /// The numbers of a column are those at its time, of a window those at its last sample; older
  /// than a window they count no more.
  private int row(int start, int column) {
    int at =
        spec.target() == Target.WINDOW
            ? start + spec.window() - 1
            : (int) Math.floor(spec.time(start, column));
    return targets.orElseThrow().row(at, spec.window() - 1);
  }

  /// `other`'s windows of `recording`, `later` samples later.
  private SignalDataset(SignalDataset other, Recording recording, int later) {
    this.spec = other.spec;
    this.split = other.split;
    this.recording = recording;
    this.channels = other.channels;
    this.rate = other.rate;
    this.events = other.events;
    this.classNames = other.classNames;
    this.normalization = other.normalization;
    this.first = other.first + later;
    this.end = other.end;
    this.targets = other.targets;
    this.targetScale = other.targetScale;
    this.starts = starts(other.starts.length);
    this.leftOut = other.leftOut;
  }

  /// The same windows, each beginning `samples` later: another phase of whatever has a stride.
  public SignalDataset later(int samples) {
    return new SignalDataset(this, recording, samples);
  }

  /// With white Gaussian noise added, so many decibels below the power of each channel about its
  /// mean in this part of the signal; drawn from `seed`, the same for each sample however it is
  /// cut.
  public SignalDataset withNoise(double decibels, long seed) {
    int from = first - spec.context();
    var values = recording.values().clone();
    for (int c = 0; c < recording.channels(); c++) {
      double origin = recording.at(from, c);
      double sum = 0;
      double squares = 0;
      for (int t = from; t < end; t++) {
        double value = recording.at(t, c) - origin;
        sum += value;
        squares += value * value;
      }
      double n = end - from;
      double deviation = Math.sqrt(Math.max(0, squares / n - sum / n * (sum / n)));
      double noise = deviation * Math.pow(10, -decibels / 20);
      var random = Draws.at(NOISE, seed, 0, c);
      for (int t = 0; t < recording.length(); t++) {
        values[t * recording.channels() + c] += (float) (noise * random.nextGaussian());
      }
    }
    var noisy = new Recording(recording.file(), recording.channels(), recording.rate(), values);
    return new SignalDataset(this, noisy, 0);
  }

  private static int[] channels(Recording recording, SignalSpec spec) {
    int[] all = new int[recording.channels()];
    for (int c = 0; c < all.length; c++) {
      all[c] = c;
    }
    int[] chosen = spec.channels().stream().mapToInt(c -> c).toArray();
    for (int c : chosen) {
      if (c < 0 || c >= all.length) {
        throw new DataException(
            "%s: has %d channels, 0 to %d, but data.signal.channels names %d"
                .formatted(recording.file(), all.length, all.length - 1, c));
      }
    }
    return chosen.length == 0 ? all : chosen;
  }

  @Override
  public String name() {
    return "signal";
  }

  @Override
  public Split split() {
    return split;
  }

  @Override
  public int size() {
    return starts.length;
  }

  @Override
  public TensorType sampleType() {
    return TensorType.f32(1, spec.context() + spec.window(), channels.length);
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public Normalization normalization() {
    return normalization;
  }

  @Override
  public int columns() {
    return spec.target() == Target.COLUMNS ? spec.window() / spec.stride() : 1;
  }

  @Override
  public int label(int index) {
    return label(index, 0);
  }

  @Override
  public int label(int index, int column) {
    int start = start(index);
    if (spec.target() == Target.WINDOW) {
      return events.label(start, start + spec.window() - 1);
    }
    double time = spec.time(start, column);
    return events.label(time - spec.radius(), time + spec.radius());
  }

  @Override
  public Optional<Normalization> targets() {
    return targetScale;
  }

  @Override
  public float target(int index, int column, int k) {
    return targets.orElseThrow().at(row(start(index), column), k);
  }

  @Override
  public List<String> warnings() {
    return leftOut == 0
        ? List.of()
        : List.of(
            "%d windows have no target in %s".formatted(leftOut, targets.orElseThrow().file()));
  }

  /// The window with its context before it.
  @Override
  public Image image(int index) {
    int width = spec.context() + spec.window();
    int from = start(index) - spec.context();
    return Image.of(1, width, channels.length, samples(from, from + width));
  }

  /// The sample at which window `index` starts, after its context.
  public int start(int index) {
    if (index < 0 || index >= starts.length) {
      throw new IndexOutOfBoundsException("window " + index + " of " + starts.length);
    }
    return starts[index];
  }

  /// The first sample of this part of the signal: that of the first window's context.
  public int from() {
    return first - spec.context();
  }

  /// The sample behind the last of this part.
  public int end() {
    return end;
  }

  /// Samples `from` to `to` (exclusive) of the whole signal, the channels of each moment together.
  public float[] samples(int from, int to) {
    var values = new float[(to - from) * channels.length];
    for (int t = from; t < to; t++) {
      for (int c = 0; c < channels.length; c++) {
        values[(t - from) * channels.length + c] = recording.at(t, channels[c]);
      }
    }
    return values;
  }

  public SignalSpec spec() {
    return spec;
  }

  /// Samples in a second.
  public double rate() {
    return rate;
  }

  /// Of the whole signal, in the order of time.
  public List<Event> events() {
    return events.all();
  }

  /// Channel `channel` of the windows, from sample `from` to `to` (exclusive) of the whole signal.
  public double[] channel(int channel, int from, int to) {
    var values = new double[to - from];
    for (int t = from; t < to; t++) {
      values[t - from] = recording.at(t, channels[channel]);
    }
    return values;
  }
}
