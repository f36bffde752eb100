package bandlimit.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The ten classes of `shapes`: an outline around the origin, filled plain, with stripes or with
/// checks.
///
/// Outlines are polygons (a circle has 20 corners), since a polygon's Fourier transform is a finite
/// sum. [#outline] scales them to area 1, so that no class is larger than another.
enum ShapeKind {
  DISK,
  RING,
  SQUARE,
  TRIANGLE,
  STAR,
  CROSS,
  BAR,
  CRESCENT,
  STRIPES,
  CHECKS;

  /// A corner list; counter-clockwise adds its inside, clockwise cuts it out.
  record Polygon(double[] x, double[] y) {
    double area() {
      double twice = 0;
      for (int i = 0; i < x.length; i++) {
        int j = (i + 1) % x.length;
        twice += x[i] * y[j] - x[j] * y[i];
      }
      return twice / 2;
    }

    /// Each corner through the matrix (a b; c d), which must not mirror, then moved by (dx, dy).
    Polygon map(double a, double b, double c, double d, double dx, double dy) {
      var u = new double[x.length];
      var v = new double[x.length];
      for (int i = 0; i < x.length; i++) {
        u[i] = a * x[i] + b * y[i] + dx;
        v[i] = c * x[i] + d * y[i] + dy;
      }
      return new Polygon(u, v);
    }
  }

  private static final int ROUND = 20;

  private final List<Polygon> outline = unitArea(draw());

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  List<Polygon> outline() {
    return outline;
  }

  private List<Polygon> draw() {
    return switch (this) {
      case DISK -> List.of(regular(ROUND, 1, 0, false));
      case RING -> List.of(regular(ROUND, 1, 0, false), regular(ROUND, 0.55, 0, true));
      case SQUARE -> List.of(regular(4, 1, 0, false));
      case TRIANGLE -> List.of(regular(3, 1, 0, false));
      case STAR -> List.of(star(5, 0.42));
      case CROSS -> List.of(cross(0.3));
      case BAR -> List.of(box(1.7, 0.55));
      case CRESCENT -> List.of(regular(ROUND, 1, 0, false), regular(ROUND, 0.66, 0.34, true));
      case STRIPES, CHECKS -> List.of(regular(8, 1, 0, false));
    };
  }

  /// Corners on a circle of radius `radius` around (x, 0).
  private static Polygon regular(int corners, double radius, double x, boolean clockwise) {
    var u = new double[corners];
    var v = new double[corners];
    for (int i = 0; i < corners; i++) {
      double angle = 2 * Math.PI * (clockwise ? corners - i : i) / corners;
      u[i] = x + radius * StrictMath.cos(angle);
      v[i] = radius * StrictMath.sin(angle);
    }
    return new Polygon(u, v);
  }

  private static Polygon star(int points, double inner) {
    Polygon all = regular(2 * points, 1, 0, false);
    for (int i = 1; i < 2 * points; i += 2) {
      all.x[i] *= inner;
      all.y[i] *= inner;
    }
    return all;
  }

  private static Polygon box(double halfWidth, double halfHeight) {
    return new Polygon(
        new double[] {-halfWidth, halfWidth, halfWidth, -halfWidth},
        new double[] {-halfHeight, -halfHeight, halfHeight, halfHeight});
  }

  private static Polygon cross(double t) {
    return new Polygon(
        new double[] {t, 1, 1, t, t, -t, -t, -1, -1, -t, -t, t},
        new double[] {-t, -t, t, t, 1, 1, t, t, -t, -t, -1, -1});
  }

  /// The area's centre to the origin, the area to 1.
  private static List<Polygon> unitArea(List<Polygon> parts) {
    double area = 0;
    double momentX = 0;
    for (Polygon p : parts) {
      area += p.area();
      double middle = 0;
      for (double x : p.x) {
        middle += x / p.x.length;
      }
      momentX += p.area() * middle; // all outlines are symmetric about the x axis
    }
    double scale = 1 / Math.sqrt(area);
    var scaled = new ArrayList<Polygon>();
    for (Polygon p : parts) {
      scaled.add(p.map(scale, 0, 0, scale, -scale * momentX / area, 0));
    }
    return List.copyOf(scaled);
  }
}
