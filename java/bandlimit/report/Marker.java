package bandlimit.report;

/// What tells runs apart without colour: each run has a shape, and a colour class `s0` to `s7`.
final class Marker {
  private static final int STYLES = 8;

  private Marker() {}

  static String style(int run) {
    return "s" + run % STYLES;
  }

  /// Draws the shape of run `run` at (x, y), about 2 `r` wide.
  static void draw(Html html, int run, double x, double y, double r) {
    String style = "m " + style(run);
    switch (run % STYLES) {
      case 0 -> html.empty("circle", "class", style, "cx", at(x), "cy", at(y), "r", at(r));
      case 1 -> polygon(html, style, x, y, r * 0.9, -1, -1, 1, -1, 1, 1, -1, 1);
      case 2 -> polygon(html, style, x, y, r * 1.15, 0, -1, 1, 0.8, -1, 0.8);
      case 3 -> polygon(html, style, x, y, r * 1.3, 0, -1, 1, 0, 0, 1, -1, 0);
      case 4 -> polygon(html, style, x, y, r * 1.15, 0, 1, 1, -0.8, -1, -0.8);
      case 5 -> polygon(html, style, x, y, r * 1.1, -1, -0.4, 1, -0.4, 1, 0.4, -1, 0.4);
      case 6 -> polygon(html, style, x, y, r * 1.1, -0.4, -1, 0.4, -1, 0.4, 1, -0.4, 1);
      default -> polygon(html, style, x, y, r * 1.2, -1, -0.8, 1, 0, -1, 0.8);
    }
  }

  private static void polygon(
      Html html, String style, double x, double y, double r, double... corners) {
    var points = new StringBuilder();
    for (int i = 0; i < corners.length; i += 2) {
      points.append(at(x + r * corners[i])).append(',').append(at(y + r * corners[i + 1]));
      points.append(' ');
    }
    html.empty("polygon", "class", style, "points", points.toString().strip());
  }

  /// The runs' names with their marks.
  static void legend(Html html, java.util.List<String> names) {
    html.open("ul", "class", "legend");
    for (int run = 0; run < names.size(); run++) {
      html.open("li");
      swatch(html, run);
      html.text(names.get(run)).close();
    }
    html.close();
  }

  static void swatch(Html html, int run) {
    html.open("svg", "class", "swatch", "viewBox", "0 0 24 12", "aria-hidden", "true");
    html.empty("line", "class", "l " + style(run), "x1", "1", "y1", "6", "x2", "23", "y2", "6");
    draw(html, run, 12, 6, 3.6);
    html.close();
  }

  /// A coordinate with two digits.
  static String at(double coordinate) {
    String text = String.format(java.util.Locale.ROOT, "%.2f", coordinate);
    return text.endsWith(".00") ? text.substring(0, text.length() - 3) : text;
  }
}
