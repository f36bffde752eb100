package bandlimit.report;

import static bandlimit.report.Marker.at;

import java.util.ArrayList;
import java.util.List;

/// Shares from 1 down to rounding on a common logarithmic axis: a group for each question, a lane
/// for each run.
final class ShareChart {
  private static final double WIDTH = 390;
  private static final double LEFT = 8;
  private static final double RIGHT = 62; // the values stand here
  private static final double LANE = 15;
  private static final double HEAD = 24;
  private static final int LEAST = -16; // what double can tell from 1

  private final String title;
  private final String label;
  private final List<Group> groups = new ArrayList<>();

  record Dot(String name, int run, double share) {}

  private record Group(String label, List<Dot> dots) {}

  ShareChart(String title, String label) {
    this.title = title;
    this.label = label;
  }

  void add(String group, List<Dot> dots) {
    if (!dots.isEmpty()) {
      groups.add(new Group(group, List.copyOf(dots)));
    }
  }

  boolean isEmpty() {
    return groups.isEmpty();
  }

  void draw(Html html) {
    double plot = 0;
    for (Group group : groups) {
      plot += HEAD + group.dots.size() * LANE;
    }
    Figure.open(html, title, words(), WIDTH, plot + 42);
    for (int power = LEAST; power <= 0; power += 4) {
      String x = at(x(power));
      html.empty("line", "class", "grid", "x1", x, "x2", x, "y1", "4", "y2", at(plot + 6));
      String tick = power == 0 ? "1" : Numbers.power(power);
      html.leaf("text", tick, "class", "mid", "x", x, "y", at(plot + 21));
    }
    Figure.xLabel(html, label, LEFT, WIDTH - RIGHT, plot + 38);
    double y = 0;
    for (Group group : groups) {
      html.leaf("text", group.label, "class", "name", "x", at(LEFT), "y", at(y + 17));
      y += HEAD;
      for (Dot dot : group.dots) {
        Marker.draw(html, dot.run, x(power(dot.share)), y + LANE / 2, 4);
        String value = dot.share == 0 ? "0" : Numbers.scientific(dot.share);
        String end = at(WIDTH - 4);
        html.leaf("text", value, "class", "end value", "x", end, "y", at(y + LANE / 2 + 4));
        y += LANE;
      }
    }
    Figure.close(html);
  }

  private String words() {
    var text = new StringBuilder();
    for (Group group : groups) {
      text.append(group.label).append(". ");
      group.dots.forEach(
          dot -> text.append("%s: %s; ".formatted(dot.name, Numbers.scientific(dot.share))));
    }
    return text.toString().strip();
  }

  private static double x(double power) {
    return LEFT + (power - LEAST) / -LEAST * (WIDTH - LEFT - RIGHT);
  }

  /// Within the axis.
  static double power(double share) {
    return Math.min(0.3, Math.max(LEAST, Math.log10(share)));
  }
}
