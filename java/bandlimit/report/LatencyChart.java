package bandlimit.report;

import static bandlimit.report.Marker.at;

import bandlimit.eval.StreamReport.Latency;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// Which share of answers took how long, over a logarithmic axis, one outline for each run.
final class LatencyChart {
  private static final double WIDTH = 430;
  private static final double HEIGHT = 236;
  private static final double LEFT = 46;
  private static final double RIGHT = 12;
  private static final double TOP = 10;
  private static final double BOTTOM = 40;
  private static final String TITLE = "Time from a hop's last sample to its answer";

  private final List<Outline> outlines = new ArrayList<>();

  private record Outline(String name, int run, Latency latency) {
    double percent(int bin) {
      return 100.0
          * latency.counts().get(bin)
          / latency.counts().stream().mapToInt(count -> count).sum();
    }
  }

  void add(String name, int run, Latency latency) {
    outlines.add(new Outline(name, run, latency));
  }

  void draw(Html html) {
    double shortest = Double.POSITIVE_INFINITY;
    double longest = 0;
    double most = 0;
    for (Outline o : outlines) {
      shortest = Math.min(shortest, o.latency.from());
      longest = Math.max(longest, o.latency.largest());
      for (int bin = 0; bin < o.latency.counts().size(); bin++) {
        most = Math.max(most, o.percent(bin));
      }
    }
    int low = (int) Math.floor(Math.log10(shortest));
    int high = Math.max(low + 1, (int) Math.ceil(Math.log10(longest)));
    Ticks y = Ticks.covering(0, most, 5, 1e-3);
    Figure.open(html, TITLE, words(), WIDTH, HEIGHT);
    for (double tick : y.values()) {
      Figure.yTick(html, y.label(tick), tick == 0, LEFT, WIDTH - RIGHT, y(y, tick));
    }
    for (int power = low; power <= high; power++) {
      String x = at(x(low, high, power));
      html.empty(
          "line", "class", "grid", "x1", x, "x2", x, "y1", at(TOP), "y2", at(HEIGHT - BOTTOM));
      html.leaf("text", tick(power), "class", "mid", "x", x, "y", at(HEIGHT - BOTTOM + 17));
    }
    Figure.xLabel(
        html, "ms; percent of answers, marks at the medians", LEFT, WIDTH - RIGHT, HEIGHT - 6);
    outlines.forEach(o -> outline(html, o, low, high, y));
    Figure.close(html);
  }

  private static String tick(int power) {
    return power < -3 || power > 4
        ? Numbers.power(power)
        : Numbers.fixed(Math.pow(10, power), Math.max(0, -power));
  }

  private static double x(int low, int high, double power) {
    return LEFT + (power - low) / (high - low) * (WIDTH - LEFT - RIGHT);
  }

  private static double y(Ticks ticks, double percent) {
    return HEIGHT - BOTTOM - ticks.position(percent) * (HEIGHT - TOP - BOTTOM);
  }

  private static void outline(Html html, Outline o, int low, int high, Ticks y) {
    double edge = Math.log10(o.latency.from());
    double wide = Math.log10(Latency.RATIO);
    var path = new StringBuilder("M%s %s".formatted(at(x(low, high, edge)), at(y(y, 0))));
    for (int bin = 0; bin < o.latency.counts().size(); bin++) {
      path.append("V").append(at(y(y, o.percent(bin))));
      edge = Math.min(edge + wide, high);
      path.append("H").append(at(x(low, high, edge)));
    }
    path.append("V").append(at(y(y, 0)));
    html.empty("path", "class", "l " + Marker.style(o.run), "d", path.toString());
    double median = Math.log10(o.latency.median());
    Marker.draw(html, o.run, x(low, high, median), y(y, 0), 4);
  }

  private String words() {
    return outlines.stream()
        .map(
            o ->
                "%s: median %s ms, 99%% within %s ms, the longest %s ms"
                    .formatted(
                        o.name,
                        Numbers.significant(o.latency.median()),
                        Numbers.significant(o.latency.p99()),
                        Numbers.significant(o.latency.largest())))
        .collect(Collectors.joining("; ", "", "."));
  }
}
