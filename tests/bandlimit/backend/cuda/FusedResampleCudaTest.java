package bandlimit.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.graph.op.Fold;
import bandlimit.graph.op.FoldedResample;
import bandlimit.graph.op.FusedOp;
import bandlimit.graph.op.MaxPool;
import bandlimit.graph.op.MaxPoolResample;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.NormalizeReluResample;
import bandlimit.graph.op.Over;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.PaddedResample;
import bandlimit.graph.op.Resample;
import bandlimit.signal.Boundary;
import bandlimit.signal.Filter;
import bandlimit.signal.Resampler;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Blurs with their border, their gradients, and with the map that they read made on load: by plain
/// and fast kernels, against the core ops that define them.
class FusedResampleCudaTest {
  /// Batch, height, width, channels: extents of 1 and 2, odd ones, packs and no packs.
  private static final int[][] MAPS = {
    {1, 1, 1, 8},
    {1, 2, 3, 8},
    {2, 3, 7, 16},
    {1, 7, 2, 3},
    {1, 8, 7, 9},
    {1, 31, 5, 8},
    {1, 6, 33, 8},
    {1, 56, 4, 8}
  };

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

  private record Border(Pad pad, Resample blur) {
    PaddedResample padded() {
      return new PaddedResample(pad, blur);
    }

    /// As autograd writes it, for a map of `inside`.
    FoldedResample transposed(Shape inside) {
      int tall = inside.h() + pad.top() + pad.bottom();
      int wide = inside.w() + pad.left() + pad.right();
      return new FoldedResample(
          new Resample(blur.rows().transpose(tall), blur.cols().transpose(wide)),
          new Fold(pad.mode(), pad.top(), pad.bottom(), pad.left(), pad.right()));
    }

    boolean fits(Shape inside) {
      return pad.mode().fits(Math.max(pad.top(), pad.bottom()), inside.h())
          && pad.mode().fits(Math.max(pad.left(), pad.right()), inside.w())
          && blur.rows().outLength(inside.h() + pad.top() + pad.bottom()) >= 1
          && blur.cols().outLength(inside.w() + pad.left() + pad.right()) >= 1;
    }
  }

  /// The layer's border and taps, and ones that have no symmetry at all.
  private static List<Border> borders(Boundary mode, int count, int stride) {
    var filter = Filter.binomial(count);
    int before = filter.padBefore();
    int after = filter.padAfter();
    var axis = Resampler.decimate(filter.taps(), stride);
    var lopsided = new Random(count).doubles(count, -1, 1).boxed().toList();
    return List.of(
        new Border(new Pad(mode, before, after, before, after), new Resample(axis, axis)),
        new Border(
            new Pad(mode, after, before + 1, 0, count - 1),
            new Resample(
                new Resampler(lopsided, 1, stride, 1, -1),
                new Resampler(lopsided, 1, stride, 0, 1))));
  }

  private interface Check {
    void with(Border border, TensorType map);
  }

  private static void forEach(Boundary mode, int firstTaps, Check check) {
    for (int taps = firstTaps; taps <= 8; taps++) {
      for (int stride = 1; stride <= 2; stride++) {
        for (var border : borders(mode, taps, stride)) {
          for (int[] m : MAPS) {
            for (var dtype : List.of(DType.F32, DType.BF16)) {
              check.with(border, TensorType.of(dtype, m[0], m[1], m[2], m[3]));
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aBlurWithItsBorder(Boundary mode) {
    forEach(
        mode,
        1,
        (border, map) -> {
          if (border.fits(map.shape())) {
            kernels.agree(border.padded(), true, List.of(map));
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void theGradientOfABlurWithItsBorder(Boundary mode) {
    forEach(
        mode,
        1,
        (border, map) -> {
          if (border.fits(map.shape())) {
            var dy = border.padded().infer(List.of(map));
            var op = border.transposed(map.shape());
            assertThat(op.infer(List.of(dy))).isEqualTo(map);
            kernels.agree(op, true, List.of(dy));
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void aMaxPoolAndItsBlur(Boundary mode) {
    for (var pool : List.of(MaxPool.of(2, 1, 0), MaxPool.of(3, 1, 1), MaxPool.of(2, 1, 1))) {
      forEach(
          mode,
          2,
          (border, map) -> {
            var s = map.shape();
            int more = pool.kernelH() - 1 - 2 * pool.padH();
            boolean pools = Math.min(s.h(), s.w()) + more >= 1;
            if (pools && border.fits(s) && border.blur().rows().down() == 2) {
              var x = map.withShape(Shape.of(s.n(), s.h() + more, s.w() + more, s.c()));
              kernels.agree(new MaxPoolResample(pool, border.padded()), true, List.of(x));
            }
          });
    }
  }

  @ParameterizedTest
  @EnumSource
  void anActivationAndItsBlur(Boundary mode) {
    var normalize = new Normalize(Over.BATCH, 1e-3, true);
    forEach(
        mode,
        2,
        (border, map) -> {
          if (border.fits(map.shape()) && border.blur().rows().down() == 2) {
            int c = map.shape().c();
            kernels.agree(
                new NormalizeReluResample(normalize, border.padded()),
                true,
                List.of(map, TensorType.f32(2, c), TensorType.f32(c), TensorType.f32(c)),
                (random, input) -> input == 1 ? 0.1 + random.nextDouble() : random.nextGaussian());
          }
        });
  }

  @Test
  void theFastKernelsAreTheOnesThatRun() {
    var x = TensorType.of(DType.BF16, 2, 15, 15, 64);
    var border = borders(Boundary.REFLECT, 4, 2).getFirst();
    assertThat(kernels.kernels(border.padded(), x)).containsExactly("resample_4_2_bf16");
    assertThat(kernels.kernels(border.transposed(x.shape()), border.padded().infer(List.of(x))))
        .containsExactly("resample_fold_4_2_bf16");
    assertThat(kernels.kernels(new MaxPoolResample(MaxPool.of(3, 1, 1), border.padded()), x))
        .containsExactly("pool_resample_3_4_bf16");
    var fixed = new Normalize(Over.BATCH, 1e-5, false);
    var statistics = TensorType.f32(2, 64);
    var channels = TensorType.f32(64);
    FusedOp activation = new NormalizeReluResample(fixed, border.padded());
    assertThat(kernels.kernels(activation, x, statistics, channels, channels))
        .containsExactly("norm_act_resample_4_bf16");
    var signal = TensorType.f32(2, 1, 15, 8);
    var line =
        new PaddedResample(
            new Pad(Boundary.REFLECT, 0, 0, 1, 2),
            new Resample(Resampler.IDENTITY, border.blur().cols()));
    assertThat(kernels.kernels(line, signal)).containsExactly("resample_pack_f32");
    // the gradient without a border, as BlurPool writes zero padding
    var up = border.blur().rows().transpose(18);
    assertThat(kernels.kernels(new Resample(up, up), TensorType.f32(2, 8, 8, 8)))
        .containsExactly("resample_fold_4_2_f32");
  }
}
