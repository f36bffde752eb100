package bandlimit.data;

import bandlimit.data.SignalSpec.Target;
import bandlimit.error.ConfigException;
import bandlimit.error.DataException;
import bandlimit.tensor.TensorType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Windows of one long signal, labelled by the events in it: the first part of its time trains, the
/// rest tests, and no window reaches over the border.
///
/// Mean and deviation of each channel are those of the training part.
public final class SignalDataset implements Dataset {
  private static final String WANTED =
      "needs the files that data.signal names: a signal (.npy of (T) or (T, C), .csv or .wav) and a"
          + " CSV of its events (sample number, label)";

  private static final long NOISE = 4; // a stream of its own

  /// An event of class `label`, 1 or more, at a sample.
  public record Event(int sample, int label) {}

  private final SignalSpec spec;
  private final Split split;
  private final Recording recording;
  private final int[] channels;
  private final double rate;
  private final List<Event> events;
  private final List<String> classNames;
  private final Normalization normalization;
  private final int first; // start of window 0, after its context
  private final int end; // of this part of the signal
  private final int count;

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
    classNames = spec.classNames();
    events =
        events(DataFiles.find(data, root, List.of(), List.of(spec.events()), WANTED), recording);
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
    count = DataFiles.limited(data, room / spec.hop() + 1);
    end = to;
    normalization = measure(border);
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
    this.count = Math.min(other.count, (end - first - spec.window()) / spec.hop() + 1);
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

  private List<Event> events(Path file, Recording signal) {
    var found = new ArrayList<Event>();
    List<String> lines = Recording.lines(file);
    for (int line = 0; line < lines.size(); line++) {
      String[] cells = lines.get(line).split(",", -1);
      var sample = Recording.number(cells[0]);
      if (sample.isEmpty() && line == 0) {
        continue; // a header
      }
      double at = sample.orElse(Double.NaN);
      if (!(at >= 0 && at < signal.length()) || at != Math.rint(at)) {
        throw new DataException(
            "%s, line %d: \"%s\" is no sample of %s, which has %d"
                .formatted(file, line + 1, cells[0], signal.file().getFileName(), signal.length()));
      }
      if (!found.isEmpty() && at < found.getLast().sample()) {
        throw new DataException(
            "%s, line %d: sample %s comes after %d; events must be in the order of time"
                .formatted(file, line + 1, cells[0], found.getLast().sample()));
      }
      int label = spec.labels().isEmpty() ? 1 : 1 + spec.labels().indexOf(label(file, line, cells));
      if (label > 0) {
        found.add(new Event((int) at, label));
      }
    }
    return List.copyOf(found);
  }

  private static String label(Path file, int line, String[] cells) {
    if (cells.length < 2) {
      throw new DataException(
          "%s, line %d: has no label beside the sample, but data.signal.labels asks for one"
              .formatted(file, line + 1));
    }
    return cells[1].strip();
  }

  private Normalization measure(int samples) {
    var mean = new ArrayList<Double>();
    var std = new ArrayList<Double>();
    for (int c : channels) {
      double origin = recording.at(0, c); // an offset such as 1024 would cost digits in the squares
      double sum = 0;
      double squares = 0;
      for (int t = 0; t < samples; t++) {
        double value = recording.at(t, c) - origin;
        sum += value;
        squares += value * value;
      }
      double average = sum / samples;
      double deviation = Math.sqrt(Math.max(0, squares / samples - average * average));
      mean.add(average + origin);
      std.add(deviation > 0 ? deviation : 1);
    }
    return new Normalization(mean, std);
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
    return count;
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
      int last = last(start + spec.window() - 1);
      return last >= 0 && events.get(last).sample() >= start ? events.get(last).label() : 0;
    }
    double time = spec.time(start, column);
    int last = last((int) Math.floor(time + spec.radius()));
    return last >= 0 && events.get(last).sample() >= time - spec.radius()
        ? events.get(last).label()
        : 0;
  }

  /// The last event at `sample` or before it; -1 where there is none.
  private int last(int sample) {
    int low = 0;
    int high = events.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (events.get(middle).sample() <= sample) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }

  /// The window with its context before it.
  @Override
  public Image image(int index) {
    int width = spec.context() + spec.window();
    int from = start(index) - spec.context();
    var values = new float[width * channels.length];
    for (int t = 0; t < width; t++) {
      for (int c = 0; c < channels.length; c++) {
        values[t * channels.length + c] = recording.at(from + t, channels[c]);
      }
    }
    return Image.of(1, width, channels.length, values);
  }

  /// The sample at which window `index` starts, after its context.
  public int start(int index) {
    if (index < 0 || index >= count) {
      throw new IndexOutOfBoundsException("window " + index + " of " + count);
    }
    return first + index * spec.hop();
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
    return events;
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
