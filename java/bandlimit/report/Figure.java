package bandlimit.report;

import static bandlimit.report.Marker.at;

/// The frame of a picture: its title above, a view box, and words for those who cannot see it.
final class Figure {
  private Figure() {}

  /// Opens a figure and an SVG in it.
  static void open(Html html, String title, String words, double width, double height) {
    html.open("figure", "class", "chart").leaf("figcaption", title);
    String size = "0 0 %s %s".formatted(at(width), at(height));
    html.open("svg", "viewBox", size, "role", "img", "aria-label", title + ". " + words);
    html.leaf("title", title).leaf("desc", words);
  }

  static void close(Html html) {
    html.close().close();
  }

  /// A name below an axis from `left` to `right`.
  static void xLabel(Html html, String text, double left, double right, double y) {
    String middle = at((left + right) / 2);
    html.leaf("text", text, "class", "mid label", "x", middle, "y", at(y));
  }

  /// A line across at a tick, and its number on the left.
  static void yTick(Html html, String label, boolean axis, double left, double right, double y) {
    String style = axis ? "axis" : "grid";
    html.empty("line", "class", style, "x1", at(left), "x2", at(right), "y1", at(y), "y2", at(y));
    html.leaf("text", label, "class", "end", "x", at(left - 6), "y", at(y + 4));
  }
}
