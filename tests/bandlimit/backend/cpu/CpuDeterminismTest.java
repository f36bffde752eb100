package bandlimit.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.plan.Procedure;
import bandlimit.tensor.HostTensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Not a bit depends on the number of threads, or on chance.
class CpuDeterminismTest {
  private static final List<Procedure> KERNELS = Programs.everyKernel();
  private static final Map<String, HostTensor> KERNELS_ON_ONE = on(1, KERNELS, 1);
  private static final List<Procedure> TRAINING = Programs.training("resnet20", 11);
  private static final Map<String, HostTensor> TRAINING_ON_ONE = on(1, TRAINING, 3);

  private static Map<String, HostTensor> on(int threads, List<Procedure> procedures, int runs) {
    try (var backend = new CpuBackend(threads)) {
      return Programs.results(backend, procedures, runs);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void everyKernelGivesTheSameBits(int threads) {
    assertThat(Programs.differences(KERNELS_ON_ONE, on(threads, KERNELS, 2))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void trainingGivesTheSameBits(int threads) {
    assertThat(Programs.differences(TRAINING_ON_ONE, on(threads, TRAINING, 3))).isEmpty();
  }

  /// The comparison would notice: another number of steps gives other weights.
  @Test
  void oneStepMoreIsSeen() {
    assertThat(Programs.differences(TRAINING_ON_ONE, on(1, TRAINING, 4)))
        .contains("conv1.weight", "fc.weight", "loss");
  }
}
