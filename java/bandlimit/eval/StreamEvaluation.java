package bandlimit.eval;

import bandlimit.data.SignalDataset;
import bandlimit.error.DataException;
import bandlimit.stream.PhaseError;
import bandlimit.stream.SignalRange;
import bandlimit.stream.StreamingPlan;
import bandlimit.stream.StreamingSession;
import bandlimit.tensor.HostTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/// Streams the test part of a signal through a session, and compares with full inference.
///
/// Of a network that decides on every column, windows one behind the other are compared column by
/// column, with the same samples in each. Of one that answers windows, each answer (or some, evenly
/// spread) with full inference on the window that it speaks of. Where the hop is misaligned,
/// windows that begin where it puts them are compared as well.
public final class StreamEvaluation {
  private static final int MOST = 2000; // windows that are computed in full
  private static final int MOST_PHASED = 400;
  private static final int TRACE = 240;

  private final Classifier classifier;
  private final StreamingPlan plan;
  private final SignalDataset data;
  private final List<String> names;
  private final boolean classes;
  private final StreamPass pass;
  private final HostTensor stream;
  private final FullWindows full;
  private final int from;
  private final int window;

  /// What to measure it with.
  ///
  /// @param tolerance within which a found event is a true one, in seconds
  /// @param noise to add first
  /// @param band the highest frequency of the signal in Hz, for the bounds of a misaligned hop
  /// @param realTime whether samples come at their rate
  public record Choice(
      double tolerance, Optional<EventReport.Noise> noise, OptionalDouble band, boolean realTime) {}

  private StreamEvaluation(
      Classifier classifier,
      StreamingPlan plan,
      SignalDataset data,
      Network network,
      StreamPass pass) {
    this.classifier = classifier;
    this.plan = plan;
    this.data = data;
    this.pass = pass;
    int outputs = pass.outputs();
    boolean named = network.classNames().size() == outputs;
    this.names =
        named
            ? network.classNames()
            : IntStream.range(0, outputs).mapToObj(k -> "output " + k).toList();
    this.classes = outputs > 1 && !network.outputs().isRegression();
    this.stream = pass.values();
    this.full = new FullWindows(classifier, data);
    this.from = data.from();
    this.window = data.spec().window();
  }

  /// @param session as it was opened, of the same network as `classifier`
  /// @param network says what the outputs mean
  /// @param pushed is told how many samples have been pushed
  public static StreamReport of(
      Classifier classifier,
      StreamingSession session,
      SignalDataset clean,
      Network network,
      String device,
      String mode,
      Choice choice,
      LongConsumer pushed) {
    classifier.checkColumns(clean);
    var data = choice.noise.map(n -> clean.withNoise(n.decibels(), n.seed())).orElse(clean);
    var plan = session.plan();
    var samples = data.samples(data.from(), data.end());
    var pace = choice.realTime ? OptionalDouble.of(data.rate()) : OptionalDouble.empty();
    var pass = StreamPass.of(session, samples, pace, pushed);
    if (pass.rows() == 0) {
      throw new DataException("%d samples are too few for an answer".formatted(session.received()));
    }
    var all = new StreamEvaluation(classifier, plan, data, network, pass);
    Result result = plan.answersWindows() ? all.windows() : all.columns(choice.tolerance);
    var range = new SignalRange(plan.channels());
    range.add(samples, samples.length / plan.channels());
    double amplitude = range.amplitude(data.normalization().std());
    List<PhaseError> errors =
        plan.phaseErrors(
            plan.hop(), amplitude, choice.band.orElse(Double.POSITIVE_INFINITY), data.rate());
    return new StreamReport(
        StreamReport.FORMAT,
        data.name(),
        device,
        mode,
        plan.window(),
        plan.hop(),
        plan.stride(),
        plan.delay(),
        data.rate(),
        choice.noise,
        session.received(),
        pass.answers(),
        result.agreement,
        plan.phases(plan.hop()).isEmpty() ? Optional.empty() : Optional.of(all.phases()),
        errors,
        result.events,
        pass.latency(choice.realTime),
        pass.speed(),
        session.bytesPerStream(),
        all.excerpt(result),
        result.trace);
  }

  private record Result(
      StreamReport.Agreement agreement,
      Optional<StreamReport.Events> events,
      Optional<StreamReport.Trace> trace,
      double[] streamed,
      double[] whole,
      int[] truth) {}

  // ---- a decision a column ----

  private Result columns(double tolerance) {
    int stride = data.spec().stride();
    int count = (data.end() - data.start(0)) / window;
    int[] starts = IntStream.range(0, count).map(i -> data.start(0) + i * window).toArray();
    double refractory = EventReport.REFRACTORY * data.rate();
    var tally = new OutputTally(pass.outputs());
    var whole = new EventPicker(refractory);
    var streamed = new EventPicker(refractory);
    double[] last = {Double.NEGATIVE_INFINITY};
    full.at(
        starts,
        (number, logits, first) -> {
          for (int c = 0; c < data.columns(); c++) {
            int row = (starts[number] - starts[0]) / stride + c; // 0: behind the context
            if (row < pass.rows()) { // later ones wait for right context
              double time = data.spec().time(starts[number], c);
              tally.add(logits, first + c, stream, row);
              whole.add(time, 1 - Scores.probability(logits, first + c, 0));
              double now = from + pass.known(row);
              streamed.add(time, 1 - Scores.probability(stream, row, 0), now);
              last[0] = time;
            }
          }
        });
    double begin = data.spec().time(starts[0], 0);
    int[] truth = EventReport.truth(data, begin, last[0]);
    var events = events(streamed, whole, truth, tolerance);
    return new Result(
        tally.agreement(count, names, classes),
        Optional.of(events),
        Optional.empty(),
        streamed.found(),
        whole.found(),
        truth);
  }

  private StreamReport.Events events(
      EventPicker streamed, EventPicker whole, int[] truth, double tolerance) {
    double[] found = streamed.found();
    double[] there = whole.found();
    int both = 0;
    double apart = 0;
    for (int i = 0, j = 0; i < found.length; i++) {
      while (j < there.length && there[j] < found[i] - 0.5) {
        j++;
      }
      if (j < there.length && Math.abs(there[j] - found[i]) <= 0.5) {
        apart = Math.max(apart, Math.abs(there[j++] - found[i]));
        both++;
      }
    }
    double rate = data.rate();
    return new StreamReport.Events(
        1000 * tolerance,
        EventMatch.of(found, truth, tolerance, rate),
        EventMatch.of(there, truth, tolerance, rate),
        found.length,
        both,
        1000 * apart / rate,
        found.length == 0 ? 0 : 1000 * streamed.meanDelay() / rate);
  }

  // ---- an answer a window ----

  private Result windows() {
    int step = Math.ceilDiv(pass.rows(), MOST);
    int[] rows = IntStream.range(0, Math.ceilDiv(pass.rows(), step)).map(i -> i * step).toArray();
    int[] starts = Arrays.stream(rows).map(row -> from + (int) pass.end(row) - window).toArray();
    var tally = new OutputTally(pass.outputs());
    var times = new ArrayList<Double>();
    var ours = new ArrayList<Double>();
    var theirs = new ArrayList<Double>();
    int shown = pass.outputs() - 1; // of two classes that of the event
    full.at(
        starts,
        (number, logits, first) -> {
          tally.add(logits, first, stream, rows[number]);
          if (times.size() < TRACE) {
            times.add((starts[number] + window) / data.rate());
            ours.add(stream.get((long) rows[number] * pass.outputs() + shown));
            theirs.add(logits.get((long) first * pass.outputs() + shown));
          }
        });
    return new Result(
        tally.agreement(starts.length, names, classes),
        Optional.empty(),
        Optional.of(new StreamReport.Trace(names.get(shown), times, ours, theirs)),
        new double[0],
        new double[0],
        EventReport.truth(data, data.start(0), data.end()));
  }

  // ---- windows at other phases ----

  /// Windows that begin at hops of the stream which are no multiples of the stride.
  private StreamReport.Agreement phases() {
    var tally = new OutputTally(pass.outputs());
    int[] starts;
    if (plan.answersWindows()) {
      int[] rows = spread(IntStream.range(0, pass.rows()).filter(this::late));
      starts = Arrays.stream(rows).map(row -> from + asked(row) - window).toArray();
      full.at(starts, (number, logits, first) -> tally.add(logits, first, stream, rows[number]));
    } else {
      int stride = data.spec().stride();
      int begin = data.start(0);
      starts =
          spread(
              IntStream.iterate(begin, t -> t + window <= data.end(), t -> t + plan.hop())
                  .filter(t -> (t - begin) % plan.stride() != 0));
      full.at(
          starts,
          (number, logits, first) -> {
            for (int c = 0; c < data.columns(); c++) {
              int row = (starts[number] - begin) / stride + c; // the phase before
              if (row < pass.rows()) {
                tally.add(logits, first + c, stream, row);
              }
            }
          });
    }
    return tally.isEmpty()
        ? new StreamReport.Agreement(0, 0, List.of(), Optional.empty())
        : tally.agreement(starts.length, names, classes);
  }

  /// The end of the window that a stream without phases would speak of.
  private int asked(int row) {
    return (int) pass.known(row) - plan.delay();
  }

  private boolean late(int row) {
    return asked(row) != pass.end(row);
  }

  /// Some of them, evenly; an odd step keeps all phases.
  private static int[] spread(IntStream all) {
    int[] each = all.toArray();
    int step = Math.ceilDiv(each.length, MOST_PHASED) | 1;
    return IntStream.range(0, Math.ceilDiv(each.length, step)).map(i -> each[i * step]).toArray();
  }

  private StreamReport.Excerpt excerpt(Result result) {
    return StreamExcerpt.of(data, result.streamed, result.whole, result.truth);
  }
}
