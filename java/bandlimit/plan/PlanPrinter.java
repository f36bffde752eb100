package bandlimit.plan;

import bandlimit.graph.op.Concat;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.Conv2dInputGrad;
import bandlimit.graph.op.Conv2dWeightGrad;
import bandlimit.graph.op.ConvBiasRelu;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.ConvMoments;
import bandlimit.graph.op.ConvNormalizeRelu;
import bandlimit.graph.op.Dropout;
import bandlimit.graph.op.Fold;
import bandlimit.graph.op.FoldedResample;
import bandlimit.graph.op.IdealResample;
import bandlimit.graph.op.MaxPool;
import bandlimit.graph.op.MaxPoolGrad;
import bandlimit.graph.op.MaxPoolResample;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.NormalizeGrad;
import bandlimit.graph.op.NormalizeRelu;
import bandlimit.graph.op.NormalizeReluBackward;
import bandlimit.graph.op.NormalizeReluResample;
import bandlimit.graph.op.Op;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.PaddedResample;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.PointwiseGrad;
import bandlimit.graph.op.Polynomial;
import bandlimit.graph.op.PolynomialBackward;
import bandlimit.graph.op.PrepareImages;
import bandlimit.graph.op.Resample;
import bandlimit.graph.op.Scale;
import bandlimit.graph.op.ScaledPolynomial;
import bandlimit.signal.Boundary;
import bandlimit.signal.IdealResampler;
import bandlimit.signal.Resampler;
import java.util.Locale;
import java.util.function.Function;

/// Plans as text, one line a step, the same on every machine: for `explain --plan`, and to compare
/// with plans recorded earlier.
public final class PlanPrinter {
  private PlanPrinter() {}

  /// Each line: number, op, path; what is read -> what is written, as space + offset : type.
  public static String print(Plan plan) {
    return print(plan, step -> "");
  }

  /// `kernels` says what runs a step, where a machine was chosen; it ends the line.
  public static String print(Plan plan, Function<Step, String> kernels) {
    var text = new StringBuilder();
    text.append(
        "plan %s: %d steps, arena %d bytes%n"
            .formatted(plan.name(), plan.steps().size(), plan.arenaBytes()));
    plan.inputs().forEach((name, slot) -> text.append("  input  %s %s%n".formatted(name, slot)));
    for (int i = 0; i < plan.steps().size(); i++) {
      text.append("  %4d %s%n".formatted(i, line(plan.steps().get(i), kernels)));
    }
    plan.outputs().forEach((name, slot) -> text.append("  output %s %s%n".formatted(name, slot)));
    return text.toString().replace(System.lineSeparator(), "\n");
  }

  private static String line(Step step, Function<Step, String> kernels) {
    var line = new StringBuilder("%-28s %s ".formatted(op(step.op()), step.name()));
    step.in().forEach(slot -> line.append(' ').append(slot));
    line.append(" ->");
    step.out().forEach(slot -> line.append(' ').append(slot));
    step.scratch().ifPresent(slot -> line.append(" scratch ").append(slot));
    var by = kernels.apply(step);
    line.append(by.isEmpty() ? "" : "  by " + by);
    return line.toString();
  }

  /// An op in a few words, without its extents: `conv2d stride 2 pad 1`.
  public static String op(Op op) {
    String name = op.getClass().getSimpleName();
    return switch (op) {
      case Conv2d(ConvGeometry g) -> name + geometry(g);
      case ConvMoments(ConvGeometry g) -> name + geometry(g);
      case ConvBiasRelu(ConvGeometry g, boolean bias, boolean residual, boolean relu) ->
          name
              + geometry(g)
              + (bias ? " bias" : "")
              + (residual ? " residual" : "")
              + (relu ? " relu" : "");
      case ConvNormalizeRelu(ConvGeometry g, _, boolean residual, boolean relu) ->
          name + geometry(g) + (residual ? " residual" : "") + (relu ? " relu" : "");
      case Conv2dInputGrad(ConvGeometry g, _) -> name + geometry(g);
      case Conv2dWeightGrad(ConvGeometry g, _) -> name + geometry(g);
      case Pad(Boundary mode, int top, int bottom, int left, int right) ->
          "%s %s %d %d %d %d".formatted(name, word(mode), top, bottom, left, right);
      case Fold(Boundary mode, int top, int bottom, int left, int right) ->
          "%s %s %d %d %d %d".formatted(name, word(mode), top, bottom, left, right);
      case Resample resample -> name + filter(resample);
      case IdealResample(IdealResampler rows, IdealResampler cols) ->
          "%s %dx%d to %dx%d".formatted(name, rows.in(), cols.in(), rows.out(), cols.out());
      case PaddedResample blur -> name + " " + blur(blur);
      case FoldedResample(Resample resample, Fold fold) ->
          name + filter(resample) + ", " + op(fold);
      case MaxPoolResample(MaxPool pool, PaddedResample blur) ->
          name + window(pool) + ", " + blur(blur);
      case NormalizeReluResample(Normalize n, PaddedResample blur) ->
          name + norm(n) + ", " + blur(blur);
      case MaxPool pool -> name + window(pool);
      case MaxPoolGrad(MaxPool pool) -> name + window(pool);
      case Pointwise(var fn) -> name + " " + word(fn);
      case PointwiseGrad(var fn) -> name + " " + word(fn);
      case Polynomial(int degree) -> name + " degree " + degree;
      case Normalize n -> name + norm(n);
      case NormalizeGrad(var over, double epsilon, boolean live) ->
          name + norm(new Normalize(over, epsilon, live));
      case NormalizeRelu(Normalize n, boolean residual) ->
          name + norm(n) + (residual ? " + residual" : "");
      case PrepareImages p ->
          "%s %s %s".formatted(name, pair(p.height(), p.width()), word(p.outside()));
      case NormalizeReluBackward(Normalize n) -> name + norm(n);
      case ScaledPolynomial(_, int degree, _) -> name + " degree " + degree;
      case PolynomialBackward(_, int degree, _) -> name + " degree " + degree;
      case Concat(int axis) -> name + " axis " + axis;
      case Scale(double factor) -> name + " " + factor;
      case Dropout(double rate, _, boolean perSample) ->
          name + " " + rate + (perSample ? " per sample" : "");
      default -> name;
    };
  }

  private static String geometry(ConvGeometry g) {
    var text = new StringBuilder();
    text.append(" stride ").append(pair(g.strideH(), g.strideW()));
    if (g.top() == g.bottom() && g.left() == g.right()) {
      text.append(" pad ").append(pair(g.top(), g.left()));
    } else {
      text.append(" pad %d %d %d %d".formatted(g.top(), g.bottom(), g.left(), g.right()));
    }
    if (g.boundary() != Boundary.ZERO) {
      text.append(' ').append(word(g.boundary()));
    }
    if (g.dilationH() > 1 || g.dilationW() > 1) {
      text.append(" dilation ").append(pair(g.dilationH(), g.dilationW()));
    }
    if (g.groups() > 1) {
      text.append(" groups ").append(g.groups());
    }
    return text.toString();
  }

  private static String window(MaxPool pool) {
    return " %dx%d stride %s pad %s"
        .formatted(
            pool.kernelH(),
            pool.kernelW(),
            pair(pool.strideH(), pool.strideW()),
            pair(pool.padH(), pool.padW()));
  }

  private static String filter(Resample op) {
    return op.rows().equals(op.cols())
        ? axis(op.rows())
        : " rows" + axis(op.rows()) + " columns" + axis(op.cols());
  }

  private static String blur(PaddedResample op) {
    return (op.hasBorder() ? op(op.pad()) + "," : "blur") + filter(op.resample());
  }

  private static String axis(Resampler r) {
    if (r.isIdentity()) {
      return " as they are";
    }
    String pads = r.before() == 0 && r.after() == 0 ? "" : " pad " + pair(r.before(), r.after());
    String up = r.up() == 1 ? "" : " up " + r.up();
    return " %d taps%s down %d%s".formatted(r.taps().size(), up, r.down(), pads);
  }

  private static String norm(Normalize n) {
    return " over %s%s".formatted(word(n.over().kind()), n.live() ? "" : ", fixed statistics");
  }

  private static String pair(int a, int b) {
    return a == b ? String.valueOf(a) : a + "x" + b;
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
