package bandlimit.report;

import static bandlimit.report.Marker.at;

import bandlimit.eval.StreamReport.Excerpt;
import java.util.List;

/// A few seconds of a signal; above it a lane each for its true events, those found in the stream,
/// and those found by full inference.
final class SignalPlot {
  private static final double WIDTH = 430;
  private static final double HEIGHT = 236;
  private static final double LEFT = 52;
  private static final double RIGHT = 8;
  private static final double LANE = 16;
  private static final double BOTTOM = 40;
  private static final double GAP = 8; // between lanes and signal
  private static final int BINS = 740; // half a unit each: the least and the largest value of each

  private final String label;
  private final int run;
  private final Excerpt shown;
  private final Ticks x;
  private final double top;

  SignalPlot(String label, int run, Excerpt shown) {
    this.label = label;
    this.run = run;
    this.shown = shown;
    this.x = Ticks.covering(shown.from(), shown.from() + shown.seconds(), 6, 1e-3);
    this.top = hasEvents() ? 3 * LANE + GAP : GAP;
  }

  private boolean hasEvents() {
    return !shown.truth().isEmpty() || !shown.stream().isEmpty() || !shown.full().isEmpty();
  }

  void draw(Html html) {
    Figure.open(html, label + ": the first channel", words(), WIDTH, HEIGHT);
    for (double tick : x.values()) {
      if (tick >= shown.from() && tick <= shown.from() + shown.seconds()) {
        String at = at(x(tick));
        html.empty(
            "line", "class", "grid", "x1", at, "x2", at, "y1", "2", "y2", at(HEIGHT - BOTTOM));
        html.leaf("text", x.label(tick), "class", "mid", "x", at, "y", at(HEIGHT - BOTTOM + 17));
      }
    }
    Figure.xLabel(html, "seconds of the recording", LEFT, WIDTH - RIGHT, HEIGHT - 6);
    double low = shown.signal().stream().mapToDouble(v -> v).min().orElse(0);
    double high = shown.signal().stream().mapToDouble(v -> v).max().orElse(1);
    signal(html, low, high > low ? high : low + 1);
    if (hasEvents()) {
      lane(html, 0, "true", shown.truth());
      lane(html, 1, "stream", shown.stream());
      lane(html, 2, "full", shown.full());
    }
    Figure.close(html);
  }

  private double x(double seconds) {
    return LEFT + (seconds - shown.from()) / shown.seconds() * (WIDTH - LEFT - RIGHT);
  }

  private void signal(Html html, double low, double high) {
    var path = new StringBuilder();
    List<Double> values = shown.signal();
    int size = values.size();
    int bins = Math.min(BINS, size);
    double height = HEIGHT - BOTTOM - top;
    for (int bin = 0; bin < bins; bin++) {
      int from = (int) ((long) bin * size / bins);
      int end = (int) ((long) (bin + 1) * size / bins);
      int least = from;
      int most = from;
      for (int i = from; i < end; i++) {
        least = values.get(i) < values.get(least) ? i : least;
        most = values.get(i) > values.get(most) ? i : most;
      }
      for (int i : new int[] {Math.min(least, most), Math.max(least, most)}) {
        double y = HEIGHT - BOTTOM - (values.get(i) - low) / (high - low) * height;
        String at = at(x(shown.from() + shown.seconds() * i / size)) + " " + at(y);
        path.append(path.isEmpty() ? "M" : "L").append(at);
        if (least == most) {
          break;
        }
      }
    }
    html.empty("path", "class", "signal", "d", path.toString());
  }

  /// Lane 0 is of nobody's making, the others are the run's.
  private void lane(Html html, int lane, String name, List<Double> times) {
    double y = LANE * (lane + 0.5) + 2;
    html.leaf("text", name, "class", "end", "x", at(LEFT - 8), "y", at(y + 4));
    for (double time : times) {
      if (lane > 0) {
        Marker.draw(html, run, x(time), y, 3.2);
      } else {
        String x = at(x(time));
        html.empty(
            "line", "class", "truth", "x1", x, "x2", x, "y1", at(y - 6), "y2", at(HEIGHT - BOTTOM));
      }
    }
  }

  private String words() {
    return "%s, from %s s to %s s. Events: %d true, %d found in the stream, %d by full inference."
        .formatted(
            label,
            Numbers.fixed(shown.from(), 1),
            Numbers.fixed(shown.from() + shown.seconds(), 1),
            shown.truth().size(),
            shown.stream().size(),
            shown.full().size());
  }
}
