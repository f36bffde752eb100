package bandlimit.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.error.ShapeException;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.Concat;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.MatMul;
import bandlimit.graph.op.MaxPool;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.Op;
import bandlimit.graph.op.Over;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.Permute;
import bandlimit.graph.op.Polynomial;
import bandlimit.graph.op.Reduce;
import bandlimit.graph.op.Resample;
import bandlimit.graph.op.Reshape;
import bandlimit.graph.op.Slice;
import bandlimit.nn.BlurPool;
import bandlimit.nn.Mode;
import bandlimit.nn.Scope;
import bandlimit.nn.Variables;
import bandlimit.signal.Boundary;
import bandlimit.signal.Filter;
import bandlimit.signal.Resampler;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// A shape that does not fit is said when the graph is built: where, the rule, the numbers.
class ShapeErrorTest {
  private static final ConvGeometry PLAIN = ConvGeometry.of(1, 0);

  static Stream<Arguments> mistakes() {
    return Stream.of(
        mistake(
            new Pad(Boundary.REFLECT, 2, 2, 2, 2),
            "reflect padding must be smaller than the map: the height is 2, the padding 2",
            f32(1, 2, 2, 3)),
        mistake(
            new Pad(Boundary.CIRCULAR, 0, 0, 5, 0),
            "circular padding must not exceed the map: the width is 4, the padding 5",
            f32(1, 4, 4, 3)),
        mistake(
            new Conv2d(PLAIN),
            "input has 3 channels but the weight (8, 3, 3, 4) with groups: 1 expects 4",
            f32(1, 8, 8, 3),
            f32(8, 3, 3, 4)),
        mistake(
            new Conv2d(PLAIN.withGroups(2)),
            "3 output channels do not divide into 2 groups",
            f32(1, 8, 8, 4),
            f32(3, 3, 3, 2)),
        mistake(
            new Conv2d(PLAIN),
            "height is 2 with padding 0, but the window spans 3",
            f32(1, 2, 9, 3),
            f32(8, 3, 3, 3)),
        mistake(
            new Conv2d(ConvGeometry.of(1, 3).withBoundary(Boundary.CIRCULAR)),
            "circular padding must not exceed the map: the map is 2x9, the padding 3 and 3",
            f32(1, 2, 9, 3),
            f32(8, 3, 3, 3)),
        mistake(
            new Conv2d(PLAIN),
            "needs an (N, H, W, C) map, got f32(4, 3)",
            f32(4, 3),
            f32(8, 3, 3, 3)),
        mistake(new Conv2d(PLAIN), "Conv2d takes 2 inputs, got 1", f32(1, 4, 4, 3)),
        mistake(
            MaxPool.of(3, 2, 0),
            "width is 2 with padding 0, but the window spans 3",
            f32(1, 9, 2, 3)),
        mistake(
            new Resample(Resampler.decimate(Filter.binomial(5).taps(), 2), Resampler.IDENTITY),
            "5 and 1 taps do not fit a map of 3x9",
            f32(1, 3, 9, 2)),
        mistake(new Add(), "cannot broadcast (2, 3) with (2, 4): axis 1", f32(2, 3), f32(2, 4)),
        mistake(
            new MatMul(false, true),
            "inner extents differ: (2, 3) has 3, (5, 4)^T has 4",
            f32(2, 3),
            f32(5, 4)),
        mistake(
            new Polynomial(3),
            "degree 3 on 16 channels needs coefficients (16, 4) or (1, 4), got (8, 4)",
            f32(1, 2, 2, 16),
            f32(8, 4)),
        mistake(
            new Normalize(Over.BATCH, 1e-5, false),
            "gamma must be (3), got (4)",
            f32(1, 2, 2, 3),
            f32(2, 3),
            f32(4),
            f32(3)),
        mistake(
            new Normalize(Over.groups(2), 1e-5, false),
            "3 channels do not divide into 2 groups",
            f32(1, 2, 2, 3),
            f32(2, 2),
            f32(3),
            f32(3)),
        mistake(new Reshape(Shape.of(5)), "(2, 3) has 6 elements, (5) has 5", f32(2, 3)),
        mistake(new Permute(List.of(1, 0)), "order [1, 0] does not fit (2, 3, 4)", f32(2, 3, 4)),
        mistake(new Slice(1, 2, 5), "cannot take 2..5 of axis 1 of (4, 4)", f32(4, 4)),
        mistake(
            new Concat(0), "parts differ beside axis 0: (2, 3) and (2, 4)", f32(2, 3), f32(2, 4)),
        mistake(new Reduce(Shape.of(2), 1), "cannot broadcast (2) with (3, 3)", f32(3, 3)),
        mistake(
            new Conv2d(PLAIN),
            "the weight must be bf16, got f32; put a Cast before it",
            bf16(1, 8, 8, 4),
            f32(8, 3, 3, 4)),
        mistake(new Add(), "the second operand must be bf16, got f32", bf16(2, 3), f32(3)),
        mistake(
            new Normalize(Over.BATCH, 1e-5, false),
            "statistics must be f32, got bf16",
            bf16(1, 2, 2, 3),
            bf16(2, 3),
            f32(3),
            f32(3)),
        mistake(
            new Polynomial(1),
            "the coefficients must be f32, got bf16",
            bf16(1, 2, 2, 3),
            bf16(1, 2)));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void theMessageNamesNodeRuleAndNumbers(Op op, String message, List<TensorType> in) {
    var graph = new Graph();
    var inputs = new ArrayList<Node>();
    in.forEach(type -> inputs.add(graph.input("x" + inputs.size(), type)));
    assertThatThrownBy(() -> graph.apply("stage2.block1.part", op, inputs))
        .isInstanceOf(ShapeException.class)
        .hasMessageStartingWith("stage2.block1.part: ")
        .hasMessageContaining(message)
        .satisfies(e -> assertThat(((ShapeException) e).exitCode()).isEqualTo(3));
  }

  @Test
  void aBlurOnATooSmallMapNamesItsLayerAndTheCure() {
    var graph = new Graph();
    var scope = Scope.root(graph, Mode.EVAL, new Variables()).in("features.pool5");
    var x = graph.input("x", f32(1, 2, 2, 3));
    var blur = new BlurPool(Filter.binomial(5), 2, Boundary.REFLECT);
    assertThatThrownBy(() -> blur.build(scope, x))
        .isInstanceOf(ShapeException.class)
        .hasMessageStartingWith("features.pool5")
        .hasMessageContaining("the height is 2, the padding 2")
        .hasMessageContaining("use fewer taps, padding: replicate, or a larger input");
  }

  @Test
  void attributesAreCheckedByThemselves() {
    assertThatThrownBy(() -> new Polynomial(5)).hasMessageContaining("1..4, got 5");
    assertThatThrownBy(() -> new Permute(List.of(0, 0))).hasMessageContaining("[0, 0]");
    assertThatThrownBy(() -> MaxPool.of(2, 2, 2)).hasMessageContaining("at most half the kernel");
    assertThatThrownBy(() -> PLAIN.withBoundary(Boundary.REFLECT))
        .hasMessageContaining("put a Pad before it");
  }

  @Test
  void aLeafIsDeclaredOnce() {
    var graph = new Graph();
    var x = graph.input("x", f32(3));
    assertThat(graph.input("x", f32(3))).isSameAs(x);
    assertThatThrownBy(() -> graph.input("x", f32(4)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("x is declared twice")
        .hasMessageContaining("f32(3)")
        .hasMessageContaining("f32(4)");
    assertThatThrownBy(() -> graph.state("x", f32(3))).hasMessageContaining("declared twice");
    assertThatThrownBy(() -> graph.input("x", TensorType.of(DType.I32, 3)))
        .hasMessageContaining("declared twice");
  }

  @Test
  void theListOfNodesIsReadOnly() {
    assertThatThrownBy(() -> new Graph().nodes().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  private static Arguments mistake(Op op, String message, TensorType... in) {
    return Arguments.of(op, message, List.of(in));
  }

  private static TensorType bf16(Integer... dims) {
    return TensorType.of(DType.BF16, dims);
  }

  private static TensorType f32(Integer... dims) {
    return TensorType.f32(dims);
  }
}
