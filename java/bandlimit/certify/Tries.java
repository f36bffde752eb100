package bandlimit.certify;

import java.util.List;

/// Translations of one kind, in pixels.
///
/// @param step all are multiples of it; 0 for none
record Tries(String kind, double step, List<double[]> shifts) {
  Certificate.Change measure(Structure structure, LogitChanges images, LogitChanges noise) {
    var found = images.under(shifts);
    var share = noise.under(shifts).change() / noise.range();
    return new Certificate.Change(
        kind,
        step,
        shifts.size(),
        step == 0 ? structure.isReal() : structure.holds(step),
        found.change(),
        share(found.change(), images.range()),
        Double.isNaN(share) ? 0 : share,
        found.flips(),
        found.stable());
  }

  private static double share(double change, double range) {
    return change == 0 ? 0 : change / range;
  }
}
