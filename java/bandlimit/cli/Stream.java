package bandlimit.cli;

import bandlimit.data.SampleReader;
import bandlimit.data.SignalSpec;
import bandlimit.error.CheckpointException;
import bandlimit.error.OutputException;
import bandlimit.predict.StreamingPredictor;
import bandlimit.store.AtomicFiles;
import bandlimit.stream.Missing;
import bandlimit.stream.SignalRange;
import bandlimit.stream.StreamingPlan;
import bandlimit.stream.StreamingSession;
import bandlimit.train.Checkpoint;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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

  @Mixin private final StreamInput input = new StreamInput();

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

  @Mixin private final StreamingFlags flags = new StreamingFlags();

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

  @Override
  public Integer call() {
    check();
    var found = Checkpoint.open(checkpoint, which);
    try (var network = StreamingPredictor.load(found, device, 1, hop, flags.options(), missing)) {
      var session = network.session();
      restore.ifPresent(file -> restore(session, file));
      var plan = session.plan();
      warn(plan);
      var trained = found.trainConfig().data().signal();
      try (var reader = input.open(plan.channels())) {
        var picked = trained.map(SignalSpec::channels).orElse(List.of());
        var taken = input.picked(reader, plan.channels(), picked);
        var hertz = rate.or(reader::rate).or(() -> trained.flatMap(SignalSpec::rate));
        var seen = new SignalRange(plan.channels());
        if (run(network, reader, taken, hertz, seen)) {
          bound(plan, seen.amplitude(found.network().normalization().std()), hertz);
          snapshot.ifPresent(file -> AtomicFiles.write(file, session.snapshot()));
        } else if (snapshot.isPresent()) { // some samples were read and never pushed
          spec.commandLine().getErr().println("the reader went away: no snapshot");
        }
      }
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
    input.check();
    flags.check();
    snapshot.ifPresent(Stream::requireFolder); // and not when the input has ended
  }

  private static void requireFolder(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder) || !Files.isWritable(folder)) {
      throw new OutputException(
          "%s: cannot be written: %s is no folder that can be written to".formatted(file, folder));
    }
  }

  private static void restore(StreamingSession session, Path file) {
    try {
      session.restore(bytes(file));
    } catch (CheckpointException e) {
      throw new CheckpointException(file + ": " + e.getMessage(), e);
    }
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new CheckpointException("cannot be read: " + AtomicFiles.reason(e), e);
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

  /// What the published bound says of a misaligned hop, once the signal's range is known.
  private void bound(StreamingPlan plan, double amplitude, Optional<Double> hertz) {
    double band =
        hertz.isPresent()
            ? flags.band().orElse(Double.POSITIVE_INFINITY)
            : Double.POSITIVE_INFINITY;
    var errors = plan.phaseErrors(hop, amplitude, band, hertz.orElse(1.0));
    flags.print(spec.commandLine().getErr(), errors);
  }

  /// Whether the end of the input was reached.
  private boolean run(
      StreamingPredictor network,
      SampleReader reader,
      int[] taken,
      Optional<Double> hertz,
      SignalRange seen) {
    var session = network.session();
    boolean piped = output.equals("-");
    var out = piped ? spec.commandLine().getOut() : file();
    var classes = network.tellsNumbers() ? List.<String>of() : network.classNames();
    var lines = new StreamLines(session.plan(), classes, hertz, out);
    var piece = new float[Math.max(PIECE / reader.channels(), 1) * reader.channels()];
    try {
      for (int frames = reader.read(piece); frames >= 0; frames = reader.read(piece)) {
        lines.arrived();
        pick(piece, frames, reader.channels(), taken);
        seen.add(piece, frames);
        session.push(piece, 0, frames, lines);
        if (reader.gap() > 0) {
          session.gap(reader.gap(), lines);
        }
      }
    } catch (StreamLines.Gone e) {
      if (!piped) {
        throw new OutputException(output + ": cannot be written further; is the disk full?", e);
      }
      return false;
    } finally {
      if (!piped) {
        out.close();
      }
    }
    lines.sum(spec.commandLine().getErr(), session);
    return true;
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
}
