package bandlimit.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.graph.op.Concat;
import bandlimit.graph.op.Fold;
import bandlimit.graph.op.MaxPool;
import bandlimit.graph.op.MaxPoolGrad;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.Permute;
import bandlimit.graph.op.Slice;
import bandlimit.signal.Boundary;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Wide and narrow units, packs and single channels: the same elements.
class LayoutAndPoolCudaTest {
  private static PlainAndFast kernels;

  @BeforeAll
  static void open() {
    kernels = new PlainAndFast();
  }

  @AfterAll
  static void close() {
    if (kernels != null) {
      kernels.close();
    }
  }

  private static TensorType type(DType dtype, Integer... dims) {
    return TensorType.of(dtype, dims);
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16", "I32", "U8"})
  void movesEveryElementType(DType dtype) {
    for (int c : new int[] {1, 2, 3, 4, 7, 8, 12, 16, 33}) {
      var x = type(dtype, 2, 5, 3, c);
      moved(new Pad(Boundary.REFLECT, 2, 1, 0, 2), x);
      moved(new Pad(Boundary.ZERO, 0, 3, 1, 1), x);
      moved(new Slice(1, 1, 4), x);
      moved(new Slice(3, c / 2, c), x);
      moved(new Concat(3), x, type(dtype, 2, 5, 3, 8), x);
      moved(new Concat(0), x, x);
      for (var order :
          List.of(
              List.of(0, 3, 1, 2),
              List.of(0, 2, 1, 3),
              List.of(3, 2, 1, 0),
              List.of(1, 0, 3, 2),
              List.of(0, 1, 2, 3))) {
        moved(new Permute(order), x);
      }
    }
    moved(new Permute(List.of(1, 0)), type(dtype, 70, 33));
    moved(new Permute(List.of(0, 2, 1)), type(dtype, 3, 31, 65));
    moved(new Permute(List.of(0, 1)), type(dtype, 1, 1));
    moved(new Permute(List.of(5, 3, 1, 0, 2, 4)), type(dtype, 2, 3, 2, 3, 2, 3));
  }

  private static void moved(bandlimit.graph.op.Op op, TensorType... in) {
    kernels.agree(op, true, List.of(in), (random, _) -> random.nextInt(200));
  }

  @ParameterizedTest
  @EnumSource
  void foldsEveryBorder(Boundary mode) {
    for (var dtype : List.of(DType.F32, DType.BF16)) {
      for (int c : new int[] {1, 3, 8, 16, 33}) {
        fold(mode, 1, 2, 3, 0, type(dtype, 2, 4, 5, c));
        fold(mode, 3, 3, 2, 2, type(dtype, 1, 4, 3, c));
        fold(mode, 0, 0, 1, 1, type(dtype, 1, 1, 31, c));
        if (mode != Boundary.REFLECT) {
          fold(mode, 1, 1, 2, 2, type(dtype, 1, 1, 2, c));
        }
      }
    }
  }

  private static void fold(
      Boundary mode, int top, int bottom, int left, int right, TensorType inside) {
    var s = inside.shape();
    var x = inside.withShape(Shape.of(s.n(), s.h() + top + bottom, s.w() + left + right, s.c()));
    kernels.agree(new Fold(mode, top, bottom, left, right), true, List.of(x));
  }

  @Test
  void poolsAndTheirGradientsAmongTies() {
    for (var dtype : List.of(DType.F32, DType.BF16)) {
      for (int c : new int[] {1, 3, 8, 16, 33}) {
        for (var pool :
            List.of(
                MaxPool.of(2, 1, 0),
                MaxPool.of(2, 2, 0),
                MaxPool.of(2, 1, 1),
                MaxPool.of(3, 1, 1),
                MaxPool.of(3, 2, 1),
                MaxPool.of(3, 3, 0),
                MaxPool.of(1, 2, 0),
                MaxPool.of(4, 2, 2),
                new MaxPool(1, 3, 1, 1, 0, 1),
                new MaxPool(3, 2, 1, 2, 1, 0))) {
          for (var x : List.of(type(dtype, 2, 7, 9, c), type(dtype, 1, 3, 4, c))) {
            if (x.shape().h() + 2 * pool.padH() < pool.kernelH()) {
              continue;
            }
            kernels.agree(pool, true, List.of(x));
            var gradient = new MaxPoolGrad(pool);
            var dy = pool.infer(List.of(x));
            // few different values, so that windows are full of ties; and a NaN here and there
            kernels.agree(
                gradient,
                true,
                List.of(x, dy),
                (random, input) -> input == 0 ? random.nextInt(3) : random.nextGaussian());
            kernels.agree(
                gradient,
                true,
                List.of(x, dy),
                (random, input) ->
                    input > 0
                        ? random.nextGaussian()
                        : random.nextInt(9) == 0 ? Double.NaN : random.nextInt(3));
          }
        }
      }
    }
  }

  @Test
  void theFastKernelsAreTheOnesThatRun() {
    var map = TensorType.f32(1, 8, 8, 16);
    var pool = MaxPool.of(3, 1, 1);
    assertThat(kernels.kernels(pool, map)).containsExactly("pool_max_pack_f32");
    assertThat(kernels.kernels(new MaxPoolGrad(pool), map, map))
        .containsExactly("pool_grad_pack3_f32");
    assertThat(
            kernels.kernels(
                new MaxPoolGrad(pool),
                type(DType.BF16, 1, 8, 8, 12),
                type(DType.BF16, 1, 8, 8, 12)))
        .containsExactly("pool_grad_bf16");
    assertThat(kernels.kernels(new Permute(List.of(0, 3, 1, 2)), map))
        .containsExactly("layout_transpose_4");
    assertThat(kernels.kernels(new Permute(List.of(0, 2, 1, 3)), map))
        .containsExactly("layout_permute_16");
    assertThat(kernels.kernels(new Pad(Boundary.REFLECT, 1, 2, 1, 2), map))
        .containsExactly("layout_pad_16");
    assertThat(kernels.kernels(new Concat(3), map, TensorType.f32(1, 8, 8, 2)))
        .containsExactly("layout_runs_8", "layout_runs_8");
    assertThat(
            kernels.kernels(CudaOptions.DEFAULT.withFast(false), new Slice(0, 0, 1), List.of(map)))
        .containsExactly("layout_runs_4");
  }
}
