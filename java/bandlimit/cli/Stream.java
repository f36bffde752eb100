package bandlimit.cli;

import bandlimit.data.SampleReader;
import bandlimit.data.SignalSpec;
import bandlimit.error.CheckpointException;
import bandlimit.error.DataException;
import bandlimit.error.OutputException;
import bandlimit.predict.StreamingPredictor;
import bandlimit.store.AtomicFiles;
import bandlimit.store.Json;
import bandlimit.stream.Answer;
import bandlimit.stream.Missing;
import bandlimit.stream.StreamingOptions;
import bandlimit.stream.StreamingPlan;
import bandlimit.stream.StreamingSession;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.train.Checkpoint;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `bandlimit stream`: a trained network of signals on a live one.
@Command(
    name = "stream",
    description = {
      "Runs a network of signals on samples as they come, computing only what is new;",
      "one JSON line a hop. docs/streaming.md says what the answers equal."
    },
    mixinStandardHelpOptions = true)
final class Stream implements Callable<Integer> {
  private static final String PIPE = "standard input";
  private static final int PIECE = 1 << 14; // numbers read at once, at most

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "CHECKPOINT", description = "A run or checkpoint folder.")
  private Path checkpoint = Path.of("");

  @Option(
      names = "--hop",
      required = true,
      paramLabel = "N",
      description = "Samples from one answer to the next.")
  private int hop;

  @Option(
      names = "--input",
      paramLabel = "FILE|-",
      description = "A .npy, .csv or .wav file, or - for standard input, the default.")
  private String input = "-";

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description =
          "f32, i16 (little-endian), csv or wav; by the file's name, of standard input csv.")
  private Optional<SampleReader.Format> format = Optional.empty();

  @Option(
      names = "--channels",
      paramLabel = "C",
      description = "Channels of f32 and i16; those of the network, or it is an error.")
  private Optional<Integer> channels = Optional.empty();

  @Option(
      names = "--take",
      split = ",",
      paramLabel = "CHANNEL",
      description =
          "Which channels the network gets, from 0; by default all, or where the input has more"
              + " than it takes, those it was trained on (data.signal.channels).")
  private List<Integer> take = List.of();

  @Option(
      names = "--output",
      paramLabel = "FILE|-",
      description = "Where lines go; - for standard output, the default.")
  private String output = "-";

  @Option(
      names = "--rate",
      paramLabel = "HZ",
      description = "Samples in a second; by default what the .wav or the training said.")
  private Optional<Double> rate = Optional.empty();

  @Option(
      names = "--missing",
      paramLabel = "WHAT",
      description =
          "Missing samples (NaN, gap N): refuse, hold the last, or reset; default refuse.")
  private Missing missing = Missing.REFUSE;

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      description = "Right context: delay (exact) or approximate (zeros); default delay.")
  private StreamingOptions.Mode mode = StreamingOptions.Mode.DELAY;

  @Option(
      names = "--misaligned",
      description = "Allow a hop that is no multiple of the network's stride.")
  private boolean misaligned;

  @Option(
      names = "--boundary",
      paramLabel = "LAYER",
      description = "Compute all layers behind this one on whole windows.")
  private Optional<String> boundary = Optional.empty();

  @Option(
      names = "--restore",
      paramLabel = "FILE",
      description = "Go on from a snapshot that --snapshot wrote.")
  private Optional<Path> restore = Optional.empty();

  @Option(
      names = "--snapshot",
      paramLabel = "FILE",
      description = "Write the stream's state at the end of the input.")
  private Optional<Path> snapshot = Optional.empty();

  @Option(
      names = "--checkpoint",
      paramLabel = "NAME",
      description = "Which one of a run folder, best or last; default ${DEFAULT-VALUE}.")
  private String which = "best";

  @Option(names = "--device", description = "auto, cpu, reference or cuda; default auto.")
  private String device = "auto";

  /// The reader of answers is gone; not an error.
  private static final class Closed extends RuntimeException {
    private static final long serialVersionUID = 1;

    Closed() {
      super("closed", null, false, false);
    }
  }

  @Override
  public Integer call() {
    check();
    var options = new StreamingOptions(mode, misaligned, boundary);
    var found = Checkpoint.open(checkpoint, which);
    try (var network = StreamingPredictor.load(found, device, 1, hop, options, missing)) {
      var session = network.session();
      restore.ifPresent(file -> session.restore(bytes(file)));
      var plan = session.plan();
      warn(plan);
      var trained = found.trainConfig().data().signal();
      try (var reader = open(plan.channels())) {
        var picked = trained.map(SignalSpec::channels).orElse(List.of());
        var taken = picked(reader, plan.channels(), picked);
        run(
            network,
            reader,
            taken,
            rate.or(reader::rate).or(() -> trained.flatMap(SignalSpec::rate)));
      }
      snapshot.ifPresent(file -> AtomicFiles.write(file, session.snapshot()));
    }
    return 0;
  }

  private void check() {
    if (hop < 1) {
      throw new ParameterException(spec.commandLine(), "--hop must be 1 or more, got " + hop);
    }
    if (!which.equals("best") && !which.equals("last")) {
      throw new ParameterException(
          spec.commandLine(), "--checkpoint is best or last, got " + which);
    }
    if (rate.isPresent() && !(rate.get() > 0)) {
      throw new ParameterException(spec.commandLine(), "--rate must be above 0");
    }
    if (take.stream().distinct().count() != take.size()) {
      throw new ParameterException(spec.commandLine(), "--take names a channel twice: " + take);
    }
    if (channels.isPresent() && channels.get() < 1) {
      throw new ParameterException(spec.commandLine(), "--channels must be 1 or more");
    }
  }

  private SampleReader open(int wanted) {
    int count = channels.orElse(wanted);
    return input.equals("-")
        ? SampleReader.of(PIPE, System.in, format.orElse(SampleReader.Format.CSV), count)
        : SampleReader.open(Path.of(input), format, count);
  }

  /// The channels of the input that the network gets.
  private int[] picked(SampleReader reader, int wanted, List<Integer> trained) {
    int given = reader.channels();
    var channels = take.isEmpty() && given != wanted ? trained : take;
    if (channels.isEmpty() ? given != wanted : channels.size() != wanted) {
      throw new DataException(
          "%s has %d channels%s, the network takes %d"
              .formatted(
                  input.equals("-") ? PIPE : input,
                  given,
                  take.isEmpty() ? "" : " and --take names " + take.size(),
                  wanted));
    }
    for (int channel : channels) {
      if (channel < 0 || channel >= given) {
        throw new DataException(
            "%s has %d channels, and no channel %d".formatted(input, given, channel));
      }
    }
    return channels.stream().mapToInt(Integer::intValue).toArray();
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new CheckpointException(file + ": cannot be read: " + AtomicFiles.reason(e), e);
    }
  }

  private void warn(StreamingPlan plan) {
    var err = spec.commandLine().getErr();
    if (!plan.phases(hop).isEmpty()) {
      err.printf(
          Locale.ROOT,
          "hop %d is no multiple of the stride %d: the answers are those of one pass, and differ"
              + " from those of windows at other phases%n",
          hop,
          plan.stride());
    }
    if (plan.context() > 0) {
      err.printf(
          Locale.ROOT,
          "the network was trained on windows with zeros before them, and sees %d samples there:"
              + " its answers differ from those of windows%n",
          plan.context());
    }
    if (!plan.approximated().isEmpty()) {
      err.printf(
          Locale.ROOT,
          "%.0f%% of the columns depend on zeros in place of later samples: %s%n",
          100 * plan.contaminated(),
          String.join(", ", plan.approximated()));
    }
    err.flush();
  }

  private void run(
      StreamingPredictor network, SampleReader reader, int[] taken, Optional<Double> hertz) {
    var session = network.session();
    var out = output.equals("-") ? spec.commandLine().getOut() : file();
    var lines = new Lines(session.plan(), network.classNames(), hertz, out);
    var piece = new float[Math.max(PIECE / reader.channels(), 1) * reader.channels()];
    try {
      for (int frames = reader.read(piece); frames >= 0; frames = reader.read(piece)) {
        lines.came = System.nanoTime();
        pick(piece, frames, reader.channels(), taken);
        session.push(piece, 0, frames, lines);
        if (reader.gap() > 0) {
          session.gap(reader.gap(), lines);
        }
      }
    } catch (Closed e) {
      return;
    } finally {
      if (!output.equals("-")) {
        out.close();
      }
    }
    lines.sum(spec.commandLine().getErr(), session);
  }

  /// Leaves only the channels `taken`; none means all.
  private static void pick(float[] piece, int frames, int channels, int[] taken) {
    var moment = new float[channels];
    for (int i = 0; i < frames && taken.length > 0; i++) {
      System.arraycopy(piece, i * channels, moment, 0, channels);
      for (int c = 0; c < taken.length; c++) {
        piece[i * taken.length + c] = moment[taken[c]]; // never behind what is still to be read
      }
    }
  }

  private PrintWriter file() {
    try {
      return new PrintWriter(Files.newBufferedWriter(Path.of(output)));
    } catch (IOException e) {
      throw new OutputException(output + ": cannot be written: " + AtomicFiles.reason(e), e);
    }
  }

  /// Writes a line for each answer.
  private static final class Lines implements StreamingSession.Sink {
    private final StreamingPlan plan;
    private final List<String> names;
    private final Optional<Double> rate;
    private final PrintWriter out;
    private long came; // nanoseconds at which the newest samples were there
    private double[] latencies = new double[1024];
    private int count;

    Lines(StreamingPlan plan, List<String> names, Optional<Double> rate, PrintWriter out) {
      this.plan = plan;
      this.names = names;
      this.rate = rate;
      this.out = out;
    }

    @Override
    public void accept(Answer answer) {
      long now = System.nanoTime();
      if (!answer.isValid(0)) {
        return;
      }
      double latency = (now - came) / 1e6;
      if (count == latencies.length) {
        latencies = Arrays.copyOf(latencies, 2 * count);
      }
      latencies[count++] = latency;
      var fields = new LinkedHashMap<String, Object>();
      fields.put("sample", answer.end());
      rate.ifPresent(hertz -> fields.put("seconds", answer.end() / hertz));
      var values = answer.values();
      int width = values.shape().at(-1);
      int rows = (int) (values.shape().size() / width);
      if (plan.answersWindows()) {
        fields.put("output", row(values, 0, values.shape().intSize()));
        if (rows == 1 && width == names.size() && width > 1) {
          fields.put("class", names.get(largest(values)));
        }
      } else {
        int skipped = (int) Math.min(rows, Math.max(0, -answer.firstColumn()));
        var columns = new ArrayList<double[]>();
        for (int i = skipped; i < rows; i++) {
          columns.add(row(values, i * width, width));
        }
        fields.put("columns", columns);
      }
      fields.put("latency_ms", Math.round(1e4 * latency) / 1e4);
      out.println(Json.line(Json.object(fields)));
      if (out.checkError()) { // flushes, too
        throw new Closed();
      }
      came = System.nanoTime(); // a piece may hold several hops: each is timed by itself
    }

    private static double[] row(HostTensor values, int from, int count) {
      var row = new double[count];
      for (int i = 0; i < count; i++) {
        // the shortest digits of a float32, where it is one
        row[i] =
            values.dtype() == DType.F32
                ? Double.parseDouble(Float.toString((float) values.get(from + i)))
                : values.get(from + i);
      }
      return row;
    }

    private static int largest(HostTensor values) {
      int best = 0;
      for (int i = 1; i < values.shape().size(); i++) {
        best = values.get(i) > values.get(best) ? i : best;
      }
      return best;
    }

    void sum(PrintWriter err, StreamingSession session) {
      if (count == 0) {
        err.printf(
            Locale.ROOT,
            "%d samples: no answer; the first needs %d%n",
            session.received(),
            plan.window() + plan.delay());
        return;
      }
      var sorted = Arrays.copyOf(latencies, count);
      Arrays.sort(sorted);
      err.printf(
          Locale.ROOT,
          "%d samples, %d answers; latency median %.3f ms, p99 %.3f, largest %.3f; %d bytes a"
              + " stream%n",
          session.received(),
          count,
          sorted[(count - 1) / 2],
          sorted[(int) Math.ceil(0.99 * count) - 1],
          sorted[count - 1],
          session.bytesPerStream());
    }
  }
}
