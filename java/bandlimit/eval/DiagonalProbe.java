package bandlimit.eval;

import bandlimit.data.Image;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Crops along the diagonal, one at every offset; keeps the curves of the first few samples of each
/// class, whatever the network says about them, so that two networks show the same.
final class DiagonalProbe implements Probe {
  private static final int CURVES = 24;

  private final CropCanvas canvas;
  private final List<String> classNames;
  private final ViewTally views = new ViewTally();
  private final List<ShiftReport.Curve> curves = new ArrayList<>();
  private final int[] kept; // curves of each class
  private final long[] right;
  private final double[] pTrue;
  private int seen;

  DiagonalProbe(CropCanvas canvas, List<String> classNames) {
    this.canvas = canvas;
    this.classNames = List.copyOf(classNames);
    this.kept = new int[classNames.size()];
    this.right = new long[canvas.offsets() + 1];
    this.pTrue = new double[canvas.offsets() + 1];
  }

  @Override
  public void see(Chunk chunk) {
    var areas = new ArrayList<Image>();
    for (int row = 0; row < chunk.size(); row++) {
      areas.add(canvas.area(chunk.sample(row).stored(), chunk.sample(row).image()));
    }
    var outcomes = new ArrayList<Outcome>();
    for (int offset = 0; offset < right.length; offset++) {
      int at = offset;
      Outcome outcome = chunk.classify(row -> canvas.crop(areas.get(row), at, at));
      for (int row = 0; row < chunk.size(); row++) {
        right[offset] += outcome.correct(row) ? 1 : 0;
        pTrue[offset] += outcome.pTrue(row);
      }
      outcomes.add(outcome);
    }
    views.add(chunk, outcomes);
    for (int row = 0; row < chunk.size(); row++) {
      if (isShown(chunk.sample(row).label())) {
        curves.add(curve(chunk.sample(row), outcomes, row));
      }
    }
    seen += chunk.size();
  }

  private boolean isShown(int label) {
    int each = Math.max(1, CURVES / classNames.size());
    boolean shown = curves.size() < CURVES && kept[label] < each;
    kept[label] += shown ? 1 : 0;
    return shown;
  }

  private ShiftReport.Curve curve(Chunk.Sample sample, List<Outcome> outcomes, int row) {
    return new ShiftReport.Curve(
        sample.index(),
        classNames.get(sample.label()),
        Thumbnail.of(sample.image()),
        outcomes.stream().map(o -> rounded(o.pTrue(row))).toList(),
        outcomes.stream().map(o -> o.predicted(row)).toList());
  }

  private static double rounded(double p) {
    return Double.isFinite(p) ? Math.round(p * 1e5) / 1e5 : p;
  }

  @Override
  public void report(Findings into) {
    String label = "diagonal-" + canvas.label();
    String line = canvas.isSignal() ? "(0, o)" : "(o, o)";
    var offsets = new ArrayList<Integer>();
    var top1 = new ArrayList<Double>();
    var mean = new ArrayList<Double>();
    for (int offset = 0; offset < right.length; offset++) {
      offsets.add(offset);
      top1.add(100.0 * right[offset] / seen);
      mean.add(pTrue[offset] / seen);
    }
    into.sweeps.add(
        new ShiftReport.Sweep(
            new ShiftReport.Protocol(
                label,
                ("%s Crops at the offsets %s, o = 0 to %d. Stability is the deviation of the true"
                        + " class's probability over the offsets: the root of its variance,"
                        + " averaged over the samples; lower is better.")
                    .formatted(canvas.inWords(), line, canvas.offsets()),
                Map.of("offsets", canvas.offsets() + 1)),
            views.result(),
            offsets,
            top1,
            mean,
            curves));
  }
}
