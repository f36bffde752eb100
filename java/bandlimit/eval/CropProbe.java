package bandlimit.eval;

import bandlimit.data.Image;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// Two crops at random offsets, drawn in two ways: for each image, and once for each 8 images as
/// the published code does.
///
/// Both estimate the same expectation; the shared draw's errors are correlated within a group, so
/// its interval is too narrow.
final class CropProbe implements Probe {
  private static final int GROUP = 8;

  private final CropCanvas canvas;
  private final long seed;
  private final Pairs perImage = new Pairs();
  private final Pairs shared = new Pairs();

  CropProbe(CropCanvas canvas, long seed) {
    this.canvas = canvas;
    this.seed = seed;
  }

  private static final class Pairs {
    final AgreementTally agreement = new AgreementTally();
    final ViewTally views = new ViewTally();

    void add(Chunk chunk, Outcome one, Outcome other) {
      agreement.add(chunk, one, other);
      views.add(chunk, List.of(one, other));
    }
  }

  private record Offset(int top, int left) {}

  @Override
  public void see(Chunk chunk) {
    var areas = new ArrayList<Image>();
    var own = new ArrayList<List<Offset>>();
    var common = new ArrayList<List<Offset>>();
    for (int row = 0; row < chunk.size(); row++) {
      Chunk.Sample sample = chunk.sample(row);
      areas.add(canvas.area(sample.stored(), sample.image()));
      own.add(pair(ShiftStream.CROP, sample.index()));
      common.add(pair(ShiftStream.CROP_SHARED, sample.position() / GROUP));
    }
    perImage.add(chunk, view(chunk, areas, own, 0), view(chunk, areas, own, 1));
    shared.add(chunk, view(chunk, areas, common, 0), view(chunk, areas, common, 1));
  }

  private List<Offset> pair(ShiftStream stream, int key) {
    SplittableRandom random = stream.at(seed, key);
    return List.of(offset(random), offset(random));
  }

  private Offset offset(SplittableRandom random) {
    int top = canvas.isSignal() ? 0 : random.nextInt(canvas.offsets());
    return new Offset(top, random.nextInt(canvas.offsets()));
  }

  private Outcome view(Chunk chunk, List<Image> areas, List<List<Offset>> offsets, int which) {
    return chunk.classify(
        row -> {
          Offset at = offsets.get(row).get(which);
          return canvas.crop(areas.get(row), at.top, at.left);
        });
  }

  @Override
  public void report(Findings into) {
    String crops =
        "%s Two crops at offsets drawn uniformly from 0 to %d%s, independently%s; consistent if the"
            + " predicted class is the same.";
    String axes = canvas.isSignal() ? "" : " on both axes";
    String label = "crop-" + canvas.label();
    into.consistency.add(
        consistency(
            label,
            crops.formatted(canvas.inWords(), canvas.offsets() - 1, axes, " for every sample"),
            Map.of("offsets", canvas.offsets(), "passes", 1),
            perImage));
    into.consistency.add(
        consistency(
            label + "-shared",
            crops.formatted(
                    canvas.inWords(), canvas.offsets() - 1, axes, ", once for every 8 samples")
                + " The draw of the published code, for comparison with published numbers; its"
                + " interval takes the samples as independent, which they are not.",
            Map.of("offsets", canvas.offsets(), "passes", 1, "group", GROUP),
            shared));
  }

  private static ShiftReport.Consistency consistency(
      String label, String definition, Map<String, Integer> parameters, Pairs pairs) {
    return new ShiftReport.Consistency(
        new ShiftReport.Protocol(label, definition, parameters),
        pairs.agreement.rate(),
        pairs.agreement.bits(),
        pairs.views.result());
  }
}
