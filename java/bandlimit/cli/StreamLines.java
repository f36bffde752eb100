package bandlimit.cli;

import bandlimit.store.Json;
import bandlimit.stream.Answer;
import bandlimit.stream.Spread;
import bandlimit.stream.StreamingPlan;
import bandlimit.stream.StreamingSession;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Writes a line for each answer.
final class StreamLines implements StreamingSession.Sink {
  /// The reader of the lines is gone, or their disk is full.
  static final class Gone extends RuntimeException {
    private static final long serialVersionUID = 1;

    Gone() {
      super("gone", null, false, false);
    }
  }

  private final StreamingPlan plan;
  private final List<String> names;
  private final Optional<Double> rate;
  private final PrintWriter out;
  private long came; // nanoseconds
  private double[] latencies = new double[1024];
  private int count;

  StreamLines(StreamingPlan plan, List<String> names, Optional<Double> rate, PrintWriter out) {
    this.plan = plan;
    this.names = names;
    this.rate = rate;
    this.out = out;
  }

  /// Says that new samples are there.
  void arrived() {
    came = System.nanoTime();
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
      if (rows == 1 && namesClasses(width)) {
        fields.put("class", names.get(largest(values, 0, width)));
      }
    } else {
      int skipped = (int) Math.min(rows, Math.max(0, -answer.firstColumn(0)));
      var columns = new ArrayList<double[]>();
      var classes = new ArrayList<String>();
      for (int i = skipped; i < rows; i++) {
        columns.add(row(values, i * width, width));
        if (namesClasses(width)) {
          classes.add(names.get(largest(values, i * width, width)));
        }
      }
      fields.put("columns", columns);
      if (namesClasses(width)) {
        fields.put("classes", classes);
      }
    }
    fields.put("latency_ms", Math.round(1e4 * latency) / 1e4);
    out.println(Json.line(Json.object(fields)));
    if (out.checkError()) { // flushes, too
      throw new Gone();
    }
    came = System.nanoTime(); // a piece may hold several hops: each is timed by itself
  }

  private static double[] row(HostTensor values, int from, int count) {
    var row = new double[count];
    for (int i = 0; i < count; i++) {
      // the shortest digits of a float32, where it is one
      row[i] =
          0.0 // of both zeros one
              + (values.dtype() == DType.F32
                  ? Double.parseDouble(Float.toString((float) values.get(from + i)))
                  : values.get(from + i));
    }
    return row;
  }

  private boolean namesClasses(int width) {
    return width == names.size() && width > 1;
  }

  private static int largest(HostTensor values, int from, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
      best = values.get(from + i) > values.get(from + best) ? i : best;
    }
    return best;
  }

  void sum(PrintWriter err, StreamingSession session) {
    if (count == 0) {
      err.printf(
          Locale.ROOT,
          "%d samples: no answer%s%n",
          session.received(),
          plan.answersWindows()
              ? "; the first comes after "
                  + Math.ceilDiv(plan.window() + plan.delay(), plan.hop()) * plan.hop()
              : " yet, what comes first is context");
      return;
    }
    var spread = Spread.of(latencies, count);
    err.printf(
        Locale.ROOT,
        "%d samples, %d answers; latency median %.3f ms, p99 %.3f, largest %.3f; %d bytes a"
            + " stream%n",
        session.received(),
        count,
        spread.median(),
        spread.p99(),
        spread.largest(),
        session.bytesPerStream());
  }
}
