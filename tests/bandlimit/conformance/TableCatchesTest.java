package bandlimit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.ChannelGradSums;
import bandlimit.graph.op.Constant;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.Conv2dInputGrad;
import bandlimit.graph.op.Conv2dWeightGrad;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.Expand;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.Fold;
import bandlimit.graph.op.FusedOp;
import bandlimit.graph.op.Input;
import bandlimit.graph.op.LogSoftmax;
import bandlimit.graph.op.MatMul;
import bandlimit.graph.op.MaxPool;
import bandlimit.graph.op.MaxPoolGrad;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.NormalizeGrad;
import bandlimit.graph.op.Op;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.PointwiseGrad;
import bandlimit.graph.op.Polynomial;
import bandlimit.graph.op.PolynomialCoefficientGrad;
import bandlimit.graph.op.PolynomialGrad;
import bandlimit.graph.op.Reduce;
import bandlimit.graph.op.Reshape;
import bandlimit.graph.op.Scale;
import bandlimit.graph.op.SoftmaxCrossEntropy;
import bandlimit.graph.op.SoftmaxCrossEntropyGrad;
import bandlimit.graph.op.State;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// The table's own negative controls: what is wrong, it says; what is only rounded, it passes.
class TableCatchesTest {
  /// The op whose gradient is made wrong, and the op in the backward half that makes it so.
  private static final Map<Class<? extends Op>, Class<? extends Op>> BACKWARDS =
      Map.ofEntries(
          Map.entry(Conv2dInputGrad.class, Conv2d.class),
          Map.entry(Conv2dWeightGrad.class, Conv2d.class),
          Map.entry(Fold.class, Pad.class),
          Map.entry(PointwiseGrad.class, Pointwise.class),
          Map.entry(PolynomialGrad.class, Polynomial.class),
          Map.entry(PolynomialCoefficientGrad.class, Polynomial.class),
          Map.entry(MaxPoolGrad.class, MaxPool.class),
          Map.entry(ChannelGradSums.class, Normalize.class),
          Map.entry(NormalizeGrad.class, Normalize.class),
          Map.entry(Expand.class, Reduce.class),
          Map.entry(Mul.class, Mul.class),
          Map.entry(Add.class, LogSoftmax.class),
          Map.entry(SoftmaxCrossEntropyGrad.class, SoftmaxCrossEntropy.class));

  @TestFactory
  Stream<DynamicTest> aWrongElementOfAnyOpIsCaught() {
    return Samples.all().stream()
        .<Op>map(Sample::op)
        .<Class<? extends Op>>map(Op::getClass)
        .distinct()
        .filter(op -> isStep(op))
        .map(
            op ->
                dynamicTest(
                    op.getSimpleName(),
                    () -> {
                      var sample = Samples.of(op).getFirst();
                      var table = againstReference(op, 1e-3 * sample.scale());
                      table.check(sample);
                      assertThat(table.table().failures()).isNotEmpty();
                      assertThat(table.table().failures().getFirst())
                          .startsWith(op.getSimpleName())
                          .contains("element [", "expected", "got", "tolerance");
                    }));
  }

  @TestFactory
  Stream<DynamicTest> aWrongGradientIsCaughtByDifferences() {
    return BACKWARDS.entrySet().stream()
        .map(
            entry ->
                dynamicTest(
                    entry.getKey().getSimpleName(),
                    () -> {
                      var table = new ReferenceTable(TouchedBackend.broken(entry.getKey(), 1e-3));
                      table.check(Samples.of(entry.getValue()).getFirst());
                      assertThat(table.table().failures())
                          .anyMatch(row -> row.contains("gradient of x"));
                    }));
  }

  @Test
  void aWrongTransposeIsCaughtByTheAdjoint() {
    var table = new ReferenceTable(TouchedBackend.broken(Conv2dWeightGrad.class, 1e-9));
    table.check(Samples.of(Conv2d.class).get(1));
    assertThat(table.table().failures()).singleElement().asString().contains("adjoint in x1");
  }

  @Test
  void roundingPasses() {
    var table = againstReference(MatMul.class, 1e-8);
    table.check(Samples.of(MatMul.class).getFirst());
    assertThat(table.table().failures()).isEmpty();
    assertThat(table.table().rows()).isEqualTo(7);
    assertThat(table.table()).hasToString("conformance broken: 7 rows, 7 passed, 0 skipped");
  }

  /// The tolerances of bf16 leave room for its storage, ...
  @TestFactory
  Stream<DynamicTest> bf16RowsPassWithRoundedStores() {
    var table = BackendTable.bf16(TouchedBackend.rounding(), new ReferenceBackend());
    return TableTests.of(table);
  }

  /// ... and for little more.
  @TestFactory
  Stream<DynamicTest> aWrongElementIsCaughtInBf16() {
    return Samples.all().stream()
        .<Op>map(Sample::op)
        .<Class<? extends Op>>map(Op::getClass)
        .distinct()
        .filter(op -> isStep(op))
        .flatMap(op -> Samples.of(op).stream().flatMap(s -> Bf16Samples.of(s).stream()).limit(1))
        .map(
            sample ->
                dynamicTest(
                    sample.op().getClass().getSimpleName(),
                    () -> {
                      double error = 0.02 * Math.max(sample.scale(), largest(sample));
                      var broken = TouchedBackend.broken(sample.op().getClass(), error);
                      var table = BackendTable.bf16(broken, new ReferenceBackend());
                      table.check(sample);
                      assertThat(table.table().failures()).isNotEmpty();
                    }));
  }

  private static double largest(Sample sample) {
    try (var reference = new ReferenceBackend();
        var harness = Harness.of(reference, Case.of(sample, reference, false, false).procedure())) {
      BackendTable.write(harness, sample.inputs());
      return Compare.max(harness.run().read("y"));
    }
  }

  @Test
  void aGradientThatDoesNotFlowIsCaught() {
    var logits = TensorType.f32(2, 3);
    var row =
        Sample.of(new SoftmaxCrossEntropy())
            .in(logits, Values.normal())
            .in(logits, Values.distribution());
    var table = new ReferenceTable(new ReferenceBackend());
    table.check(row);
    assertThat(table.table().failures()).singleElement().asString().contains("x1: no gradient");
  }

  @Test
  void aGradientThatShouldNotFlowIsCaught() {
    var table = new ReferenceTable(new ReferenceBackend());
    table.check(Sample.of(new MatMul(false, false)).in(2, 3).in(3, 2).fixed(1));
    assertThat(table.table().failures()).anyMatch(row -> row.contains("to a fixed input"));
  }

  @Test
  void aWrongFormulaIsCaught() {
    var table = new ReferenceTable(new ReferenceBackend());
    table.check(
        Sample.of(new Pointwise(Fn.RELU))
            .in(TensorType.f32(3), Values.of(-1, 2, 3))
            .formula(_ -> new double[] {-1, 2, 3}));
    assertThat(table.table().failures()).isNotEmpty();
  }

  @Test
  void aRowThatThrowsIsAFailedRow() {
    var table = new Table("none");
    var tests =
        TableTests.of(
                table,
                sample -> {
                  throw new IllegalStateException("no such step: " + sample.op());
                })
            .toList();
    assertThat(tests).hasSizeGreaterThan(40);
    try {
      tests.getFirst().getExecutable().execute();
    } catch (Throwable e) {
      assertThat(e).isInstanceOf(AssertionError.class).hasMessageContaining("no such step: Conv2d");
      return;
    }
    throw new AssertionError("a table of throwing rows passed");
  }

  @Test
  void everyRowOfAConvolutionIsTaken() {
    var table = new ReferenceTable(new ReferenceBackend());
    table.check(Sample.of(new Conv2d(ConvGeometry.of(1, 1))).in(1, 3, 3, 2).in(2, 3, 3, 2));
    assertThat(table.table().rows()).isEqualTo(3); // in place, and two gradients
    assertThat(table.table().failures()).isEmpty();
  }

  private static BackendTable againstReference(Class<? extends Op> broken, double error) {
    return new BackendTable(
        TouchedBackend.broken(broken, error), new ReferenceBackend(), Tolerance.F32_EPSILON);
  }

  private static boolean isStep(Class<? extends Op> op) {
    return !List.<Class<? extends Op>>of(
                Input.class, State.class, Constant.class, Reshape.class, Scale.class)
            .contains(op)
        && !FusedOp.class.isAssignableFrom(op);
  }
}
