package bandlimit.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.graph.op.Resample;
import bandlimit.signal.Filter;
import bandlimit.signal.Resampler;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Each low-pass by each of its kernels: the same bits.
class ResampleCudaTest {
  static final int[][] MAPS = {
    {1, 1, 1, 8},
    {1, 2, 3, 16},
    {2, 7, 1, 8},
    {1, 31, 7, 24},
    {2, 9, 33, 8},
    {1, 56, 3, 3},
    {3, 7, 7, 9}
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

  private static void agree(Resample op, int... map) {
    for (var dtype : List.of(DType.F32, DType.BF16)) {
      var x = TensorType.of(dtype, map[0], map[1], map[2], map[3]);
      if (op.rows().outLength(map[1]) >= 1 && op.cols().outLength(map[2]) >= 1) {
        kernels.agree(op, true, List.of(x));
      }
    }
  }

  /// Lopsided, so that turning them round would show.
  private static List<Double> taps(int count) {
    var random = new Random(count);
    return random.doubles(count, -1, 1).boxed().toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void everyLowpassIsTheSameByEveryKernel(int count) {
    var filter = Filter.binomial(count);
    for (int[] map : MAPS) {
      for (int factor = 1; factor <= 2; factor++) {
        var down = new Resampler(taps(count), 1, factor, filter.padBefore(), filter.padAfter());
        agree(new Resample(down, down), map);
        // another lead, another filter on the other axis, samples cut away
        var other = new Resampler(filter.taps(), 1, factor, count, -1);
        agree(new Resample(down, other), map);
        agree(new Resample(other, down), map);
        var up = new Resampler(taps(count), factor, 1, filter.padAfter(), filter.padBefore() + 1);
        agree(new Resample(up, up), map);
        var odd = new Resampler(filter.taps(), factor, 1, count - 1, 0);
        agree(new Resample(up, odd), map);
        agree(new Resample(odd, up), map);
        // the gradient as autograd writes it
        var rows = down.transpose(map[1]);
        var cols = down.transpose(map[2]);
        if (down.outLength(map[1]) >= 1 && down.outLength(map[2]) >= 1) {
          agree(
              new Resample(rows, cols),
              map[0],
              down.outLength(map[1]),
              down.outLength(map[2]),
              map[3]);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 9, 16})
  void anyTapsAndFactors(int count) {
    for (int up = 1; up <= 4; up++) {
      for (int down = 1; down <= 4; down++) {
        var a = new Resampler(taps(count), up, down, count / 2, count);
        var b = new Resampler(taps(count), down, up, count, -1);
        agree(new Resample(a, b), 1, 7, 9, 8);
        agree(new Resample(b, a), 2, 5, 6, 3);
        agree(new Resample(Resampler.IDENTITY, a), 2, 1, 31, 16);
      }
    }
  }

  /// Long runs and several of them, so that rows meet where one thread stops and the next begins.
  @Test
  void runsMeet() {
    for (int taps = 2; taps <= 7; taps++) {
      for (int factor = 1; factor <= 2; factor++) {
        var filter = Filter.binomial(taps);
        var axis = new Resampler(filter.taps(), 1, factor, filter.padBefore(), filter.padAfter());
        agree(new Resample(axis, axis), 1, 70, 5, 8);
        agree(
            new Resample(axis.transpose(70), axis.transpose(5)),
            1,
            axis.outLength(70),
            axis.outLength(5),
            8);
      }
    }
  }

  @Test
  void theFastKernelsAreTheOnesThatRun() {
    var map = TensorType.of(DType.BF16, 2, 14, 14, 64);
    var axis = new Resampler(Filter.binomial(4).taps(), 1, 2, 1, 2);
    assertThat(kernels.kernels(new Resample(axis, axis), map)).containsExactly("resample_4_2_bf16");
    assertThat(kernels.kernels(new Resample(Resampler.IDENTITY, axis), map))
        .containsExactly("resample_pack_bf16");
    assertThat(kernels.kernels(new Resample(axis, axis), TensorType.f32(2, 14, 14, 9)))
        .containsExactly("resample_f32");
    assertThat(
            kernels.kernels(
                CudaOptions.DEFAULT.withFast(false), new Resample(axis, axis), List.of(map)))
        .containsExactly("resample_bf16");
  }
}
