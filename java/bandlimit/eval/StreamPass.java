package bandlimit.eval;

import bandlimit.stream.Answer;
import bandlimit.stream.Spread;
import bandlimit.stream.StreamingSession;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;

/// A signal pushed through a session hop by hop, and what came back: a row of outputs for each
/// column, or for each window.
final class StreamPass {
  private static final int WARM = 512; // hops before anything is timed

  private final StreamingSession session;
  private final boolean windows;
  private float[] values = new float[1 << 12];
  private int outputs;
  private int rows;
  private long[] ends = new long[1 << 10];
  private long[] known = new long[1 << 10];
  private double[] latencies = new double[1 << 10];
  private int answers;
  private long came;
  private long answered;
  private double busy; // seconds

  private StreamPass(StreamingSession session) {
    this.session = session;
    this.windows = session.plan().answersWindows();
  }

  /// @param samples moment by moment
  /// @param rate samples in a second, where they are to come at that rate
  /// @param pushed is told how many samples have been pushed
  static StreamPass of(
      StreamingSession session,
      float[] samples,
      java.util.OptionalDouble rate,
      LongConsumer pushed) {
    int channels = session.plan().channels();
    int hop = session.plan().hop();
    int frames = samples.length / channels;
    session.push(samples, 0, Math.min(frames, WARM * hop), answer -> {});
    session.reset();
    var pass = new StreamPass(session);
    long began = System.nanoTime();
    for (int at = 0; at < frames; at += hop) {
      int now = Math.min(hop, frames - at);
      if (rate.isPresent()) {
        await(began + Math.round(1e9 * (at + now) / rate.getAsDouble()));
      }
      pass.push(samples, at * channels, now);
      pushed.accept(at + now);
    }
    return pass;
  }

  private static void await(long moment) {
    for (long left = moment - System.nanoTime(); left > 0; left = moment - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private void push(float[] samples, int from, int frames) {
    answered = 0;
    came = System.nanoTime();
    session.push(samples, from, frames, this::take);
    busy += (System.nanoTime() - came) / 1e9;
    if (answered > 0) {
      latencies = answers == latencies.length ? Arrays.copyOf(latencies, 2 * answers) : latencies;
      latencies[answers++] = (answered - came) / 1e6;
    }
  }

  private void take(Answer answer) {
    answered = System.nanoTime();
    var given = answer.values();
    outputs = windows ? given.shape().intSize() : given.shape().at(-1);
    int count = given.shape().intSize() / outputs;
    int skipped = windows ? 0 : (int) Math.min(count, Math.max(0, -answer.firstColumn(0)));
    for (int row = skipped; row < count; row++) {
      grow();
      for (int k = 0; k < outputs; k++) {
        values[rows * outputs + k] = (float) given.get((long) row * outputs + k);
      }
      ends[rows] = answer.end();
      known[rows++] = answer.received();
    }
  }

  private void grow() {
    if ((rows + 1) * outputs > values.length) {
      values = Arrays.copyOf(values, 2 * values.length + outputs);
    }
    if (rows == ends.length) {
      ends = Arrays.copyOf(ends, 2 * rows);
      known = Arrays.copyOf(known, 2 * rows);
    }
  }

  int outputs() {
    return outputs;
  }

  int rows() {
    return rows;
  }

  /// All rows, (rows, outputs).
  HostTensor values() {
    return HostTensor.of(Shape.of(rows, outputs), Arrays.copyOf(values, rows * outputs));
  }

  /// The first sample behind the window that row `row` speaks of.
  long end(int row) {
    return ends[row];
  }

  /// Samples that had been pushed when it was known.
  long known(int row) {
    return known[row];
  }

  int answers() {
    return answers;
  }

  /// Samples a second while it computed.
  double speed() {
    return session.received() / busy;
  }

  StreamReport.Latency latency(boolean realTime) {
    var made = Arrays.copyOf(latencies, answers);
    double from = Math.max(Arrays.stream(made).min().orElseThrow(), 1e-6);
    List<Integer> counts = new ArrayList<>();
    for (double latency : made) {
      int bin =
          (int)
              Math.floor(
                  Math.log(Math.max(1, latency / from)) / Math.log(StreamReport.Latency.RATIO));
      while (counts.size() <= bin) {
        counts.add(0);
      }
      counts.set(bin, counts.get(bin) + 1);
    }
    var spread = Spread.of(latencies, answers);
    return new StreamReport.Latency(
        realTime, spread.median(), spread.p99(), spread.largest(), from, counts);
  }
}
