package bandlimit.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import bandlimit.graph.op.Moments;
import bandlimit.graph.op.Over;
import bandlimit.plan.Slot;
import bandlimit.plan.Step;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Batch statistics from a convolution's epilogue: sums of tiles in float, finished in double.
class MomentsFromSumsTest {
  /// @param far the mean in deviations: what cancels costs its square in precision
  @ParameterizedTest
  @CsvSource({"1, 5, 1, 0", "9, 33, 64, 0.5", "300, 64, 49, 3", "70, 8, 128, 30"})
  void statisticsAreThoseOfTheElements(int tiles, int c, int rows, double far) {
    var random = new Random(tiles);
    var partial = HostTensor.allocate(TensorType.f32(tiles, 2, c));
    var mean = new double[c];
    var variance = new double[c];
    var values = new double[tiles * rows][c];
    for (int t = 0; t < tiles; t++) {
      var sums = new float[2][c];
      for (int r = 0; r < rows; r++) {
        for (int i = 0; i < c; i++) {
          float v = (float) (far + random.nextGaussian());
          values[t * rows + r][i] = v;
          sums[0][i] += v;
          sums[1][i] += v * v;
          mean[i] += v / (double) (tiles * rows);
        }
      }
      for (int i = 0; i < c; i++) {
        partial.set((2L * t) * c + i, sums[0][i]);
        partial.set((2L * t + 1) * c + i, sums[1][i]);
      }
    }
    for (var row : values) {
      for (int i = 0; i < c; i++) {
        variance[i] += (row[i] - mean[i]) * (row[i] - mean[i]) / values.length;
      }
    }
    var statistics = finish(partial, tiles, c, (long) tiles * rows);
    double precision = 1e-6 * (1 + far * far);
    for (int i = 0; i < c; i++) {
      assertThat(statistics.get(i)).isCloseTo(mean[i], within(1e-6 * (1 + far)));
      assertThat(statistics.get(c + i)).isCloseTo(variance[i], within(precision));
    }
  }

  private static HostTensor finish(HostTensor partial, int tiles, int c, long count) {
    try (var device = Emulator.device()) {
      var slot = new Slot(Slot.Space.ARENA, 0, TensorType.f32(2, c));
      var step = new Step("m", new Moments(Over.BATCH), List.of(), List.of(slot), Optional.empty());
      long sums = device.allocate(partial.type().bytes());
      long to = device.allocate(slot.type().bytes());
      device.write(sums, partial.data());
      var site = new Site(device, CudaOptions.DEFAULT, step, _ -> to);
      device.launch(NormalizeCuda.momentsFromSums(site, sums, tiles, c, count, site.out()));
      var result = HostTensor.allocate(slot.type());
      device.read(result.data(), to);
      return result;
    }
  }
}
