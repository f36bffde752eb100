package bandlimit.certify;

import bandlimit.backend.Executable;
import bandlimit.graph.Node;
import bandlimit.nn.Scope;
import bandlimit.plan.Plan;
import bandlimit.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// The row of one layer: its own guarantee, and measurements on an image and on noise.
final class LayerReport {
  private static final int VARIANTS = 2; // an image and noise
  private static final int LARGE =
      1 << 17; // numbers of a map that noise does not go through finely

  private final Part part;
  private final LayerProbe layer;
  private final int batch;
  private final boolean wide;
  private final double rounding;
  private final List<String> contradictions;

  LayerReport(
      Part part,
      Map<Node, Value> values,
      List<Scope.Adaptive> adaptives,
      int batch,
      boolean wide,
      double rounding,
      List<String> contradictions) {
    this.part = part;
    this.layer = new LayerProbe(part, values, adaptives, batch);
    this.batch = batch;
    this.wide = wide;
    this.rounding = rounding;
    this.contradictions = contradictions;
  }

  /// Empty for layers that see no positions.
  Optional<Certificate.Row> of(
      Executable executable, int index, Map<Node, Field[]> captured, long seed) {
    if (!layer.hasMaps()) {
      return Optional.empty();
    }
    var plans = executable.program().plans();
    String obstacle = layer.obstacle();
    var plan = Optional.ofNullable(plans.get("layer" + index));
    boolean ready = part.inputs().stream().allMatch(captured::containsKey);
    if (obstacle.isEmpty() && !ready) {
      obstacle = "its input is no map";
    }
    if (!obstacle.isEmpty() || plan.isEmpty()) {
      return Optional.of(row(1, none(), none(), none(), none(), "not measured: " + obstacle));
    }
    var twin = Optional.ofNullable(plans.get("twin" + index));
    var folded =
        layer.mayAlias() && twin.isPresent() ? folded(executable, twin.get(), captured) : none();
    String border = layer.border();
    if (!border.isEmpty()) {
      return Optional.of(row(1, none(), none(), none(), folded, "not moved: " + border));
    }
    var probe = probe(executable, plan.get());
    var structure = layer.structure(true);
    double own = Math.max(structure.rows(), structure.cols());
    boolean known = Math.min(structure.rows(), structure.cols()) >= 0;
    int step = (int) Math.max(layer.stride(), known ? Math.ceil(own) : 1);
    var multiples =
        step == 1 ? none() : error(probe, captured, Kind.multiples(step, h(), w(), seed));
    var whole = error(probe, captured, Kind.multiples(1, h(), w(), seed));
    var fraction = error(probe, captured, fractions(seed));
    if (known) {
      check(structure.holds(step), multiples, "multiples of " + step + " samples");
      check(structure.holds(1), whole, "whole samples");
      check(structure.isReal(), fraction, "fractions of a sample");
    }
    return Optional.of(row(step, multiples, whole, fraction, folded, layer.reason()));
  }

  private void check(boolean guaranteed, Optional<Double> error, String what) {
    if (guaranteed && error.isPresent() && !(error.get() <= rounding)) {
      contradictions.add(
          "%s commutes with %s by structure, but differs by %.1e"
              .formatted(part.path(), what, error.get()));
    }
  }

  private static Optional<Double> none() {
    return Optional.empty();
  }

  private Certificate.Row row(
      int step,
      Optional<Double> multiples,
      Optional<Double> whole,
      Optional<Double> fraction,
      Optional<Double> folded,
      String note) {
    return new Certificate.Row(
        part.path(),
        part.words(),
        layer.structure(false).guarantee().replace(" at " + part.path(), ""),
        step,
        multiples,
        whole,
        fraction,
        folded,
        note);
  }

  private int h() {
    return layer.h();
  }

  private int w() {
    return layer.w();
  }

  private List<String> names() {
    return IntStream.range(0, part.inputs().size()).mapToObj(Probe::input).toList();
  }

  private Probe probe(Executable executable, Plan plan) {
    return new Probe(executable, plan, batch, wide, names());
  }

  private List<double[]> fractions(long seed) {
    return List.of(
        Kind.HALF.shifts(h(), w(), seed).getFirst(),
        Kind.QUARTER.shifts(h(), w(), seed).getFirst(),
        Kind.THIRD.shifts(h(), w(), seed).getFirst(),
        Kind.REAL.shifts(h(), w(), seed).getFirst());
  }

  private Field[] inputs(Map<Node, Field[]> captured, int variant) {
    var fields = new Field[part.inputs().size()];
    for (int i = 0; i < fields.length; i++) {
      var both = captured.get(part.inputs().get(i));
      if (both == null) {
        throw new IllegalStateException("no value of " + part.inputs().get(i).path());
      }
      fields[i] = both[variant];
    }
    return layer.period(fields);
  }

  private Optional<Double> error(Probe probe, Map<Node, Field[]> captured, List<double[]> shifts) {
    double worst = 0;
    for (int variant = 0; variant < VARIANTS; variant++) {
      worst = Math.max(worst, layer.error(probe, inputs(captured, variant), shifts));
    }
    return Optional.of(worst);
  }

  private Optional<Double> folded(Executable executable, Plan twin, Map<Node, Field[]> captured) {
    var probe = probe(executable, twin);
    List<Shape> forms =
        IntStream.range(0, part.outputs().size())
            .mapToObj(o -> layer.twinForm(o, twin.output(Probe.output(o)).type().shape()))
            .toList();
    Optional<Double> worst = Optional.of(0.0);
    for (int variant = 0; variant < (layer.size() > LARGE ? 1 : VARIANTS); variant++) {
      var share = layer.folded(probe, inputs(captured, variant), forms);
      worst = worst.flatMap(w -> share.map(s -> Math.max(w, s)));
    }
    return worst;
  }
}
