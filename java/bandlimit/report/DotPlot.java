package bandlimit.report;

import static bandlimit.report.Marker.at;

import bandlimit.eval.Rate;
import java.util.ArrayList;
import java.util.List;

/// Percentages with their intervals on a common axis: a group for each question, a lane for each
/// run.
final class DotPlot {
  private static final double WIDTH = 390;
  private static final double LEFT = 8;
  private static final double RIGHT = 64; // the values stand here
  private static final double LANE = 15;
  private static final double HEAD = 24;

  private final String title;
  private final String xLabel;
  private final List<Group> groups = new ArrayList<>();

  /// One run's answer.
  record Dot(String name, int run, Rate rate) {}

  private record Group(String label, List<Dot> dots) {}

  DotPlot(String title, String xLabel) {
    this.title = title;
    this.xLabel = xLabel;
  }

  DotPlot add(String label, List<Dot> dots) {
    if (!dots.isEmpty()) {
      groups.add(new Group(label, List.copyOf(dots)));
    }
    return this;
  }

  void draw(Html html) {
    Ticks ticks = ticks();
    double plot = 0;
    for (Group group : groups) {
      plot += HEAD + group.dots.size() * LANE;
    }
    double height = plot + 42;
    Figure.open(html, title, description(), WIDTH, height);
    for (double tick : ticks.values()) {
      String x = at(x(ticks, tick));
      html.empty("line", "class", "grid", "x1", x, "x2", x, "y1", "4", "y2", at(plot + 6));
      html.leaf("text", ticks.label(tick), "class", "mid", "x", x, "y", at(plot + 21));
    }
    Figure.xLabel(html, xLabel, LEFT, WIDTH - RIGHT, height - 4);
    double y = 0;
    for (Group group : groups) {
      html.leaf("text", group.label, "class", "name", "x", at(LEFT), "y", at(y + 17));
      y += HEAD;
      for (Dot dot : group.dots) {
        lane(html, ticks, dot, y + LANE / 2);
        y += LANE;
      }
    }
    Figure.close(html);
  }

  private void lane(Html html, Ticks ticks, Dot dot, double y) {
    Rate rate = dot.rate;
    String style = Marker.style(dot.run);
    html.empty(
        "line",
        "class",
        "w " + style,
        "x1",
        at(x(ticks, rate.low())),
        "x2",
        at(x(ticks, rate.high())),
        "y1",
        at(y),
        "y2",
        at(y));
    Marker.draw(html, dot.run, x(ticks, rate.percent()), y, 4);
    html.leaf(
        "text",
        Numbers.percent(rate.percent()),
        "class",
        "end value",
        "x",
        at(WIDTH - 4),
        "y",
        at(y + 4));
    html.open(
        "rect",
        "class",
        "hit",
        "x",
        "0",
        "y",
        at(y - LANE / 2),
        "width",
        at(WIDTH),
        "height",
        at(LANE));
    html.leaf("title", inWords(dot)).close();
  }

  private static String inWords(Dot dot) {
    return "%s: %s, %d of %d, 95%% interval %s"
        .formatted(
            dot.name,
            Numbers.percent(dot.rate.percent()),
            dot.rate.hits(),
            dot.rate.count(),
            Numbers.interval(dot.rate));
  }

  private String description() {
    var text = new StringBuilder();
    for (Group group : groups) {
      text.append(group.label).append(". ");
      group.dots.forEach(dot -> text.append(inWords(dot)).append("; "));
    }
    return text.toString().strip();
  }

  private static double x(Ticks ticks, double value) {
    return LEFT + ticks.position(value) * (WIDTH - LEFT - RIGHT);
  }

  private Ticks ticks() {
    double low = 100;
    double high = 0;
    for (Group group : groups) {
      for (Dot dot : group.dots) {
        low = Math.min(low, dot.rate.low());
        high = Math.max(high, dot.rate.high());
      }
    }
    return Ticks.covering(low, high, 5, 0.1);
  }
}
