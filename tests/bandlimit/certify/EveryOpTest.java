package bandlimit.certify;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.AdamWStep;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.ArgmaxOneHot;
import bandlimit.graph.op.Cast;
import bandlimit.graph.op.ChannelGradSums;
import bandlimit.graph.op.ClipFactor;
import bandlimit.graph.op.Concat;
import bandlimit.graph.op.Constant;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.Conv2dInputGrad;
import bandlimit.graph.op.Conv2dWeightGrad;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.Dropout;
import bandlimit.graph.op.Expand;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.Fold;
import bandlimit.graph.op.FusedOp;
import bandlimit.graph.op.IdealResample;
import bandlimit.graph.op.Input;
import bandlimit.graph.op.Lerp;
import bandlimit.graph.op.LogSoftmax;
import bandlimit.graph.op.MatMul;
import bandlimit.graph.op.MaxPool;
import bandlimit.graph.op.MaxPoolGrad;
import bandlimit.graph.op.Moments;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.NormalizeGrad;
import bandlimit.graph.op.OneHot;
import bandlimit.graph.op.Op;
import bandlimit.graph.op.Over;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.Permute;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.PointwiseGrad;
import bandlimit.graph.op.Polynomial;
import bandlimit.graph.op.PolynomialCoefficientGrad;
import bandlimit.graph.op.PolynomialGrad;
import bandlimit.graph.op.PrepareImages;
import bandlimit.graph.op.Reduce;
import bandlimit.graph.op.Resample;
import bandlimit.graph.op.Reshape;
import bandlimit.graph.op.Scale;
import bandlimit.graph.op.Select;
import bandlimit.graph.op.SgdMomentum;
import bandlimit.graph.op.SgdStep;
import bandlimit.graph.op.Slice;
import bandlimit.graph.op.Softmax;
import bandlimit.graph.op.SoftmaxCrossEntropy;
import bandlimit.graph.op.SoftmaxCrossEntropyGrad;
import bandlimit.graph.op.SquaredNorm;
import bandlimit.graph.op.State;
import bandlimit.nn.AliasFreeNorm;
import bandlimit.nn.BatchNorm;
import bandlimit.nn.LayerNorm;
import bandlimit.nn.Mode;
import bandlimit.nn.Scope;
import bandlimit.nn.Variables;
import bandlimit.plan.Planner;
import bandlimit.plan.Procedure;
import bandlimit.signal.Boundary;
import bandlimit.signal.IdealResampler;
import bandlimit.signal.Resampler;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What is claimed of each operation is measured on random maps, and never less holds than is
/// claimed.
class EveryOpTest {
  private static final int H = 12;
  private static final int W = 8;
  private static final int C = 4;
  private static final int BATCH = 2;

  private static final String REAL = "every real circular translation";
  private static final String INTEGER = "every integer circular translation";
  private static final String SECOND = "integer circular translations, multiples of 2";
  private static final String NONE = "none";

  /// Operations that no network has between images and logits, and why.
  private static final Map<Class<? extends Op>, String> WITHOUT = without();

  private static Map<Class<? extends Op>, String> without() {
    var reasons = new java.util.LinkedHashMap<Class<? extends Op>, String>();
    for (Class<? extends Op> leaf : List.of(Input.class, State.class, Constant.class)) {
      reasons.put(leaf, "a leaf: in every row");
    }
    for (Class<? extends Op> op :
        List.of(
            Conv2dInputGrad.class,
            Conv2dWeightGrad.class,
            Fold.class,
            PointwiseGrad.class,
            PolynomialGrad.class,
            PolynomialCoefficientGrad.class,
            MaxPoolGrad.class,
            ChannelGradSums.class,
            NormalizeGrad.class,
            SoftmaxCrossEntropyGrad.class)) {
      reasons.put(op, "a gradient");
    }
    for (Class<? extends Op> op : List.of(SgdMomentum.class, SgdStep.class, AdamWStep.class)) {
      reasons.put(op, "an update");
    }
    for (Class<? extends Op> op :
        List.of(OneHot.class, SquaredNorm.class, ClipFactor.class, SoftmaxCrossEntropy.class)) {
      reasons.put(op, "of losses and clipping");
    }
    reasons.put(PrepareImages.class, "its input is bytes: it is before the images");
    reasons.put(bandlimit.graph.op.Part.class, "of fused steps, which planning makes");
    reasons.put(FusedOp.class, "made by planning, which a certificate comes before");
    return reasons;
  }

  /// Writes an operation on a map (2, 12, 8, 4).
  @FunctionalInterface
  interface Write {
    Node on(Scope scope, Node x);
  }

  /// @param low whether x is band-limited first, to 2 periods down and 1 across
  record Row(Class<? extends Op> op, String note, boolean low, String guarantee, Write write) {
    @Override
    public String toString() {
      return op.getSimpleName() + " " + note;
    }
  }

  private static Row row(Class<? extends Op> op, String note, String guarantee, Write write) {
    return new Row(op, note, false, guarantee, write);
  }

  private static Row low(Class<? extends Op> op, String note, String guarantee, Write write) {
    return new Row(op, note, true, guarantee, write);
  }

  private static Node weight(Scope s, Integer... dims) {
    return s.graph().state("w" + List.of(dims), TensorType.f32(dims));
  }

  private static Node conv(Scope s, Node x, ConvGeometry g) {
    return s.apply("conv", new Conv2d(g), x, weight(s, 5, 3, 3, x.shape().c()));
  }

  private static Node padded(Scope s, Boundary mode, Node x, int before, int after) {
    return s.apply("pad", new Pad(mode, before, after, before, after), x);
  }

  private static Node resample(Scope s, Node x, Resampler r) {
    return s.apply("resample", new Resample(r, r), x);
  }

  private static Node ideal(Scope s, Node x, IdealResampler rows, IdealResampler cols) {
    return new IdealResample(rows, cols).on(s.graph(), s.path() + "/ideal", x);
  }

  private static Shape like(Node x, int axis, int extent) {
    return x.shape().with(axis, extent);
  }

  static List<Row> rows() {
    var rows = new ArrayList<Row>();
    var circular = ConvGeometry.of(1, 1).withBoundary(Boundary.CIRCULAR);
    var strided = ConvGeometry.of(2, 1).withBoundary(Boundary.CIRCULAR);
    rows.add(row(Conv2d.class, "circular", REAL, (s, x) -> conv(s, x, circular)));
    rows.add(row(Conv2d.class, "zero", NONE, (s, x) -> conv(s, x, ConvGeometry.of(1, 1))));
    rows.add(row(Conv2d.class, "stride", SECOND, (s, x) -> conv(s, x, strided)));
    rows.add(low(Conv2d.class, "stride, low", REAL, (s, x) -> conv(s, x, strided)));
    rows.add(
        row(
            Conv2d.class,
            "padded before",
            REAL,
            (s, x) -> conv(s, padded(s, Boundary.CIRCULAR, x, 1, 1), ConvGeometry.of(1, 0))));
    rows.add(row(Pad.class, "circular", REAL, (s, x) -> padded(s, Boundary.CIRCULAR, x, 1, 2)));
    for (var mode : List.of(Boundary.ZERO, Boundary.REFLECT, Boundary.REPLICATE)) {
      rows.add(
          row(
              Pad.class,
              mode + ", blurred",
              NONE,
              (s, x) ->
                  resample(
                      s,
                      padded(s, mode, x, 1, 1),
                      Resampler.decimate(List.of(0.25, 0.5, 0.25), 1))));
    }
    for (int stride : List.of(1, 2)) {
      rows.add(
          row(
              Resample.class,
              "blur, stride " + stride,
              stride == 1 ? REAL : SECOND,
              (s, x) ->
                  resample(
                      s,
                      padded(s, Boundary.CIRCULAR, x, 1, 1),
                      Resampler.decimate(List.of(0.25, 0.5, 0.25), stride))));
    }
    rows.add(
        row(
            Resample.class,
            "zeros beyond",
            NONE,
            (s, x) -> resample(s, x, new Resampler(List.of(0.5, 0.5), 1, 1, 1, 0))));
    rows.add(
        row(
            Resample.class,
            "zeros between",
            INTEGER,
            (s, x) -> resample(s, x, new Resampler(List.of(1.0), 2, 1, 0, 0))));
    rows.add(
        low(
            Resample.class,
            "zeros between, low",
            INTEGER,
            (s, x) -> resample(s, x, new Resampler(List.of(1.0), 2, 1, 0, 0))));
    rows.add(
        low(
            IdealResample.class,
            "removes images",
            REAL,
            (s, x) -> {
              var y = resample(s, x, new Resampler(List.of(1.0), 2, 1, 0, 0));
              return ideal(
                  s, y, IdealResampler.lowpass(2 * H, H - 1), IdealResampler.lowpass(2 * W, W - 1));
            }));
    rows.add(
        row(
            IdealResample.class,
            "low-pass",
            REAL,
            (s, x) -> ideal(s, x, IdealResampler.lowpass(H, 5), IdealResampler.lowpass(W, 4))));
    rows.add(
        row(
            IdealResample.class,
            "up 2, resize",
            REAL,
            (s, x) -> ideal(s, x, IdealResampler.up(H, 2), IdealResampler.resize(W, 12))));
    rows.add(
        row(
            IdealResample.class,
            "down",
            REAL,
            (s, x) -> ideal(s, x, IdealResampler.down(H, 2), IdealResampler.resize(W, 5))));
    rows.add(
        row(
            IdealResample.class,
            "shift",
            REAL,
            (s, x) -> ideal(s, x, IdealResampler.shift(H, 0.3), IdealResampler.shift(W, -1.7))));
    rows.add(
        row(
            IdealResample.class,
            "no filter",
            SECOND,
            (s, x) ->
                ideal(
                    s,
                    x,
                    new IdealResampler(H, H / 2, 2, 1, H, 0.5, 0, false),
                    new IdealResampler(W, W / 2, 2, 1, W, 0.5, 0, false))));
    rows.add(
        row(
            IdealResample.class,
            "no period",
            NONE,
            (s, x) ->
                ideal(
                    s,
                    x,
                    new IdealResampler(H, H / 2 + 1, 2, 1, 5, 0, 0, false),
                    new IdealResampler(W, W / 2 + 1, 2, 1, 3, 0, 0, false))));
    rows.add(
        row(
            IdealResample.class,
            "transposed",
            "rows: every real circular translation; columns: integer circular translations,"
                + " multiples of 2",
            (s, x) ->
                ideal(
                    s,
                    x,
                    IdealResampler.resize(7, H).transpose(),
                    IdealResampler.up(W / 2, 2).transpose())));
    for (Fn fn : Fn.values()) {
      if (fn == Fn.LOG || fn == Fn.IS_FINITE) {
        continue; // not a number where x is negative; the same everywhere
      }
      rows.add(row(Pointwise.class, fn.name(), INTEGER, (s, x) -> s.apply(new Pointwise(fn), x)));
    }
    rows.add(
        low(Pointwise.class, "square, low", REAL, (s, x) -> s.apply(new Pointwise(Fn.SQUARE), x)));
    for (int degree : List.of(1, 2, 3)) {
      rows.add(
          row(
              Polynomial.class,
              "degree " + degree,
              degree == 1 ? REAL : INTEGER,
              (s, x) -> s.apply(new Polynomial(degree), x, weight(s, C, degree + 1))));
    }
    rows.add(
        low(
            Polynomial.class,
            "low",
            "rows: every integer circular translation; columns: every real circular translation",
            (s, x) -> s.apply(new Polynomial(3), x, weight(s, C, 4))));
    rows.add(
        low(
            Polynomial.class,
            "low, then narrower",
            REAL,
            (s, x) -> {
              var y = s.apply("p", new Polynomial(3), x, weight(s, C, 4));
              return ideal(s, y, IdealResampler.lowpass(H, 5), IdealResampler.lowpass(W, 7));
            }));
    rows.add(
        row(
            Add.class,
            "maps",
            REAL,
            (s, x) -> s.apply(new Add(), x, s.apply("s", new Scale(2), x))));
    rows.add(row(Add.class, "bias", REAL, (s, x) -> s.apply(new Add(), x, weight(s, C))));
    rows.add(
        row(Add.class, "positions", NONE, (s, x) -> s.apply(new Add(), x, weight(s, H, W, C))));
    rows.add(
        row(
            Add.class,
            "positions of rows",
            "rows: none; columns: every real circular translation",
            (s, x) -> s.apply(new Add(), x, weight(s, H, 1, C))));
    rows.add(row(Mul.class, "factors", REAL, (s, x) -> s.apply(new Mul(), x, weight(s, C))));
    rows.add(row(Mul.class, "itself", INTEGER, (s, x) -> s.apply(new Mul(), x, x)));
    rows.add(low(Mul.class, "itself, low", REAL, (s, x) -> s.apply(new Mul(), x, x)));
    rows.add(
        row(
            Mul.class,
            "gate",
            REAL,
            (s, x) -> {
              var mean = s.apply("mean", new Reduce(Shape.of(BATCH, 1, 1, C), 0.01), x);
              return s.apply(new Mul(), x, s.apply("gate", new Pointwise(Fn.SIGMOID), mean));
            }));
    rows.add(
        row(
            Mul.class,
            "of a stem",
            REAL,
            (s, x) -> {
              var low = ideal(s, x, IdealResampler.lowpass(H, 5), IdealResampler.lowpass(W, 3));
              var y = s.apply("product", new Mul(), x, low);
              return ideal(s, y, IdealResampler.down(H, 2), IdealResampler.down(W, 2));
            }));
    rows.add(row(Scale.class, "", REAL, (s, x) -> s.apply(new Scale(-3), x)));
    rows.add(row(MaxPool.class, "2 by 2", SECOND, (s, x) -> s.apply(MaxPool.of(2, 2, 0), x)));
    rows.add(
        row(
            MaxPool.class,
            "stride 1",
            INTEGER,
            (s, x) -> s.apply(MaxPool.of(3, 1, 0), padded(s, Boundary.CIRCULAR, x, 1, 1))));
    rows.add(row(MaxPool.class, "padded", NONE, (s, x) -> s.apply(MaxPool.of(3, 2, 1), x)));
    rows.add(row(Normalize.class, "batch", REAL, (s, x) -> new BatchNorm().build(s, x)));
    rows.add(row(Normalize.class, "sample", REAL, (s, x) -> new AliasFreeNorm().build(s, x)));
    rows.add(row(Normalize.class, "pixel", INTEGER, (s, x) -> new LayerNorm().build(s, x)));
    rows.add(
        row(
            Moments.class,
            "sample",
            REAL,
            (s, x) ->
                s.apply(
                    new Permute(List.of(1, 0)),
                    s.apply("moments", new Moments(Over.groups(2)), x))));
    rows.add(
        row(Reduce.class, "channels", REAL, (s, x) -> s.apply(new Reduce(like(x, 3, 1), 0.3), x)));
    rows.add(
        row(
            Reduce.class,
            "all",
            REAL,
            (s, x) -> s.apply(new Reduce(Shape.of(BATCH, 1, 1, C), 0.01), x)));
    rows.add(row(Reduce.class, "rows", REAL, (s, x) -> s.apply(new Reduce(like(x, 1, 1), 0.1), x)));
    rows.add(
        row(
            Reduce.class,
            "more than a period",
            NONE,
            (s, x) ->
                s.apply(
                    new Reduce(Shape.of(BATCH, 1, 1, C), 0.01),
                    padded(s, Boundary.CIRCULAR, x, 1, 1))));
    rows.add(
        row(
            Expand.class,
            "",
            REAL,
            (s, x) -> {
              var mean = s.apply("mean", new Reduce(Shape.of(BATCH, 1, 1, C), 0.01), x);
              return s.apply(new Add(), x, s.apply("back", new Expand(x.shape(), 1), mean));
            }));
    rows.add(
        row(
            Reshape.class,
            "pixels",
            REAL,
            (s, x) -> {
              var flat = s.apply("flat", new Reshape(Shape.of(BATCH * H * W, C)), x);
              return s.apply(new Reshape(x.shape()), flat);
            }));
    rows.add(
        row(
            Reshape.class,
            "flat",
            NONE,
            (s, x) -> s.apply(new Reshape(Shape.of(BATCH, H * W * C)), x)));
    rows.add(
        row(
            Permute.class,
            "twice",
            REAL,
            (s, x) -> {
              var y = s.apply("there", new Permute(List.of(0, 3, 1, 2)), x);
              return s.apply(new Permute(List.of(0, 2, 3, 1)), s.apply("s", new Scale(2), y));
            }));
    rows.add(row(Slice.class, "channels", REAL, (s, x) -> s.apply(new Slice(3, 1, 3), x)));
    rows.add(
        row(
            Slice.class,
            "the rest",
            SECOND,
            (s, x) -> {
              var y = s.apply("r", new Slice(1, 1, H), x);
              y = s.apply("c", new Slice(2, 1, W), y);
              return resample(s, y, Resampler.decimate(List.of(1.0), 2));
            }));
    rows.add(row(Concat.class, "channels", REAL, (s, x) -> s.apply(new Concat(3), x, x)));
    rows.add(
        row(
            Concat.class,
            "zeros",
            INTEGER,
            (s, x) ->
                s.apply(
                    new Concat(3),
                    s.apply("relu", new Pointwise(Fn.RELU), x),
                    s.apply("zeros", Constant.fill(x.type(), 0)))));
    rows.add(row(Concat.class, "rows", NONE, (s, x) -> s.apply(new Concat(1), x, x)));
    rows.add(
        row(
            Select.class,
            "",
            REAL,
            (s, x) ->
                s.apply(
                    new Select(),
                    s.apply("one", Constant.fill(TensorType.f32(1), 1)),
                    x,
                    s.apply("s", new Scale(2), x))));
    rows.add(row(Cast.class, "", REAL, (s, x) -> s.apply(new Cast(DType.F32), x)));
    rows.add(
        row(
            MatMul.class,
            "pixels",
            REAL,
            (s, x) -> {
              var flat = s.apply("flat", new Reshape(Shape.of(BATCH * H * W, C)), x);
              var y = s.apply("product", new MatMul(false, true), flat, weight(s, 6, C));
              return s.apply(new Reshape(Shape.of(BATCH, H, W, 6)), y);
            }));
    rows.add(
        row(
            MatMul.class,
            "positions",
            NONE,
            (s, x) -> {
              var flat = s.apply("flat", new Reshape(Shape.of(BATCH, H * W * C)), x);
              return s.apply(new MatMul(false, true), flat, weight(s, 6, H * W * C));
            }));
    rows.add(row(Softmax.class, "", INTEGER, (s, x) -> s.apply(new Softmax(), x)));
    rows.add(row(LogSoftmax.class, "", INTEGER, (s, x) -> s.apply(new LogSoftmax(), x)));
    rows.add(row(ArgmaxOneHot.class, "", INTEGER, (s, x) -> s.apply(new ArgmaxOneHot(), x)));
    rows.add(
        row(
            Dropout.class,
            "samples",
            REAL,
            (s, x) -> s.apply(Dropout.at("d", 0.5, true), x, s.counter())));
    rows.add(
        row(
            Dropout.class,
            "elements",
            NONE,
            (s, x) -> s.apply(Dropout.at("d", 0.5, false), x, s.counter())));
    rows.add(
        row(
            Lerp.class,
            "",
            REAL,
            (s, x) ->
                s.apply(
                    new Lerp(),
                    x,
                    s.apply("s", new Scale(2), x),
                    s.apply("t", Constant.fill(TensorType.f32(1), 0.3)))));
    return rows;
  }

  @ParameterizedTest
  @MethodSource("rows")
  void holdsWhatItClaims(Row row) {
    var graph = new Graph();
    var scope = Scope.root(graph, Mode.EVAL, new Variables()).in("op");
    var x = graph.input("images", TensorType.f32(BATCH, H, W, C));
    var input =
        row.low
            ? ideal(scope.in("low"), x, IdealResampler.lowpass(H, 5), IdealResampler.lowpass(W, 3))
            : x;
    var y = row.write.on(scope, input);
    var values = Inference.of(graph, x, false, List.of());
    var structure = Structure.of(Part.value(values, y), Part.value(values, y), false);
    assertThat(structure.guarantee()).as(structure.toString()).startsWith(row.guarantee);

    var part = Part.of(graph, y, values, _ -> "all").getFirst();
    var layer = new LayerProbe(part, values, List.of(), BATCH);
    assertThat(layer.obstacle() + layer.border()).isEmpty();
    try (var backend = new ReferenceBackend()) {
      var to = new Graph();
      var copies = part.writtenTo(to, List.of(x.type()), Part::copy);
      var procedure = new Procedure("op", to, Map.of("y0", Part.copy(copies, y)), List.of());
      var program = Planner.plan(List.of(procedure), backend);
      try (var executable = backend.compile(program)) {
        program
            .states()
            .forEach((path, slot) -> executable.write(slot, random(slot.type(), path.hashCode())));
        var probe = new Probe(executable, program.plan("op"), BATCH, true, List.of("x0"));
        var field = Images.noise(H, W, C, 1, 5).getFirst();
        check(structure, 2, layer.error(probe, new Field[] {field}, Kind.multiples(2, H, W, 1)));
        check(structure, 1, layer.error(probe, new Field[] {field}, Kind.multiples(1, H, W, 1)));
        check(
            structure, 0.25, layer.error(probe, new Field[] {field}, Kind.QUARTER.shifts(H, W, 1)));
        check(
            structure, Math.PI, layer.error(probe, new Field[] {field}, Kind.REAL.shifts(H, W, 1)));
      }
    }
  }

  /// Both ways: a row that claims less than was measured would hide a rule that is too strict.
  private static void check(Structure structure, double step, double error) {
    if (structure.holds(step)) {
      assertThat(error).as("moved by multiples of %s: %s", step, structure).isLessThan(1e-12);
    } else {
      assertThat(error).as("moved by multiples of %s: %s", step, structure).isGreaterThan(1e-6);
    }
  }

  private static HostTensor random(TensorType type, int seed) {
    var random = new Random(seed);
    var values = HostTensor.allocate(type);
    for (long i = 0; i < type.shape().size(); i++) {
      values.set(i, 0.5 + random.nextDouble());
    }
    return values;
  }

  @Test
  void everyOpHasARowOrAReason() {
    Set<Class<?>> known = new HashSet<>(WITHOUT.keySet());
    rows().forEach(row -> known.add(row.op));
    assertThat(known).containsExactlyInAnyOrder(Op.class.getPermittedSubclasses());
    rows().forEach(row -> assertThat(WITHOUT).doesNotContainKey(row.op));
  }
}
