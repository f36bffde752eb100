package bandlimit.report;

import static bandlimit.report.Marker.at;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Lines over a common axis, one for each run, as inline SVG that reads well at 320 pixels.
final class LineChart {
  private static final double HEIGHT = 232;
  private static final double LEFT = 46;
  private static final double RIGHT = 12;
  private static final double TOP = 10;
  private static final double BOTTOM = 40;
  private static final double DODGE = 4; // between runs whose intervals would lie on each other
  private static final int MARKS = 12; // a line has about so many, however many points

  private final double width;
  private final String title;
  private final String xLabel;
  private final String yLabel;
  private final List<Series> series = new ArrayList<>();
  private Optional<Ticks> yTicks = Optional.empty();

  /// @param low,high the ends of an interval about y; equal to y where there is none
  record Point(double x, double y, double low, double high, String tip) {
    Point(double x, double y, String tip) {
      this(x, y, y, y, tip);
    }

    boolean isFinite() {
      return Double.isFinite(y) && Double.isFinite(low) && Double.isFinite(high);
    }
  }

  private record Series(String name, int run, List<Point> points) {}

  LineChart(double width, String title, String xLabel, String yLabel) {
    this.width = width;
    this.title = title;
    this.xLabel = xLabel;
    this.yLabel = yLabel;
  }

  /// Points without a finite value are left out, and the line with them.
  LineChart add(String name, int run, List<Point> points) {
    var finite = points.stream().filter(Point::isFinite).toList();
    if (!finite.isEmpty()) {
      series.add(new Series(name, run, finite));
    }
    return this;
  }

  LineChart from(double low, double high) {
    yTicks = Optional.of(Ticks.covering(low, high, 5, 1e-12));
    return this;
  }

  boolean isEmpty() {
    return series.isEmpty();
  }

  void draw(Html html) {
    Ticks x = xTicks();
    Ticks y = yTicks.orElseGet(this::coveringValues);
    Figure.open(html, title, description(), width, HEIGHT);
    axes(html, x, y);
    for (Series s : series) {
      line(html, s, x, y, dodge(s));
    }
    for (Series s : series) {
      hits(html, s, x, y, dodge(s));
    }
    Figure.close(html);
  }

  private double dodge(Series s) {
    boolean intervals =
        series.stream().anyMatch(t -> t.points.stream().anyMatch(p -> p.low < p.high));
    return intervals ? DODGE * (series.indexOf(s) - (series.size() - 1) / 2.0) : 0;
  }

  private Ticks xTicks() {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (Series s : series) {
      for (Point p : s.points) {
        low = Math.min(low, p.x);
        high = Math.max(high, p.x);
      }
    }
    return Ticks.covering(Math.min(low, high - 1), high, 8, 1);
  }

  private Ticks coveringValues() {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (Series s : series) {
      for (Point p : s.points) {
        low = Math.min(low, p.low);
        high = Math.max(high, p.high);
      }
    }
    return Ticks.covering(low, high, 5, 1e-9);
  }

  /// In words, for those who cannot see the lines: first and last value of each.
  private String description() {
    var text = new StringBuilder(yLabel + " against " + xLabel + ".");
    for (Series s : series) {
      Point first = s.points.getFirst();
      Point last = s.points.getLast();
      text.append(
          " %s: %s at %s, %s at %s."
              .formatted(
                  s.name,
                  Numbers.significant(first.y),
                  Numbers.significant(first.x),
                  Numbers.significant(last.y),
                  Numbers.significant(last.x)));
    }
    return text.toString();
  }

  private double x(Ticks ticks, double value) {
    return LEFT + ticks.position(value) * (width - LEFT - RIGHT);
  }

  private double y(Ticks ticks, double value) {
    return HEIGHT - BOTTOM - ticks.position(value) * (HEIGHT - TOP - BOTTOM);
  }

  private void axes(Html html, Ticks xs, Ticks ys) {
    for (double tick : ys.values()) {
      boolean axis = tick == ys.low();
      Figure.yTick(html, ys.label(tick), axis, LEFT, width - RIGHT, y(ys, tick));
    }
    for (double tick : xs.values()) {
      html.leaf(
          "text",
          xs.label(tick),
          "class",
          "mid",
          "x",
          at(x(xs, tick)),
          "y",
          at(HEIGHT - BOTTOM + 17));
    }
    Figure.xLabel(html, xLabel, LEFT, width - RIGHT, HEIGHT - 6);
  }

  private void line(Html html, Series s, Ticks xs, Ticks ys, double dodge) {
    var path = new StringBuilder();
    for (Point p : s.points) {
      path.append(path.isEmpty() ? "M" : "L").append(at(x(xs, p.x) + dodge)).append(' ');
      path.append(at(y(ys, p.y)));
      if (p.low < p.high) {
        String x = at(x(xs, p.x) + dodge);
        html.empty(
            "line",
            "class",
            "w " + Marker.style(s.run),
            "x1",
            x,
            "x2",
            x,
            "y1",
            at(y(ys, p.low)),
            "y2",
            at(y(ys, p.high)));
      }
    }
    html.empty("path", "class", "l " + Marker.style(s.run), "d", path.toString());
    int every = Math.max(1, (s.points.size() + MARKS - 1) / MARKS);
    for (int i = 0; i < s.points.size(); i++) {
      if (i % every == 0 || i == s.points.size() - 1) {
        Marker.draw(html, s.run, x(xs, s.points.get(i).x) + dodge, y(ys, s.points.get(i).y), 3.2);
      }
    }
  }

  /// Invisible discs that show a point's value under the pointer, above every line.
  private void hits(Html html, Series s, Ticks xs, Ticks ys, double dodge) {
    for (Point p : s.points) {
      html.open(
          "circle", "class", "hit", "cx", at(x(xs, p.x) + dodge), "cy", at(y(ys, p.y)), "r", "7");
      html.leaf("title", s.name + ", " + p.tip).close();
    }
  }
}
