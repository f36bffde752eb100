package bandlimit.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PoolTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 7})
  void everyTaskRunsOnceAndIsDoneAtReturn(int threads) {
    try (var pool = new Pool(threads, () -> {})) {
      for (int round = 0; round < 3000; round++) {
        int tasks = 1 + round % 17;
        var runs = new AtomicIntegerArray(tasks);
        pool.run(tasks, (task, lane) -> runs.incrementAndGet(task));
        for (int i = 0; i < tasks; i++) {
          assertThat(runs.get(i)).isEqualTo(1);
        }
      }
    }
  }

  /// Sleeping workers are woken: longer than they spin between two jobs.
  @Test
  void worksAfterAPause() throws InterruptedException {
    try (var pool = new Pool(3, () -> {})) {
      for (int round = 0; round < 20; round++) {
        Thread.sleep(5);
        var runs = new AtomicIntegerArray(8);
        pool.run(8, (task, lane) -> runs.incrementAndGet(task));
        for (int i = 0; i < 8; i++) {
          assertThat(runs.get(i)).isEqualTo(1);
        }
      }
    }
  }

  @Test
  void aFailureReachesTheCallerOnce() {
    try (var pool = new Pool(3, () -> {})) {
      Pool.Task failing =
          (task, lane) -> {
            if (task == 5) {
              throw new IllegalArgumentException("five");
            }
          };
      assertThatThrownBy(() -> pool.run(9, failing)).hasMessage("five");
      pool.run(9, (task, lane) -> {});
    }
  }
}
