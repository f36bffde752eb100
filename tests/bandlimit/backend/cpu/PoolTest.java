package bandlimit.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/// Every task of every job runs exactly once, before `run` returns.
final class PoolTest {
  /// Short jobs of changing sizes, back to back: a worker late out of one job meets the next while
  /// it is being prepared. With the number of tasks outside of the ticket this hung within seconds.
  @Test
  void shortJobsOfChangingSizesRunEachTaskOnce() {
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(120),
        () -> {
          try (var pool = new Pool(4, () -> {})) {
            for (int round = 0; round < 300_000; round++) {
              int tasks = 2 + round * 7 % 13;
              var runs = new AtomicIntegerArray(tasks);
              pool.run(tasks, (task, _) -> runs.incrementAndGet(task));
              for (int task = 0; task < tasks; task++) {
                if (runs.get(task) != 1) {
                  throw new AssertionError(
                      "round %d: task %d of %d ran %d times"
                          .formatted(round, task, tasks, runs.get(task)));
                }
              }
            }
          }
        });
  }

  @Test
  void aFailureReachesTheCallerAndThePoolGoesOn() {
    try (var pool = new Pool(3, () -> {})) {
      for (int round = 0; round < 100; round++) {
        assertThatThrownBy(
                () ->
                    pool.run(
                        8,
                        (task, _) -> {
                          if (task == 5) {
                            throw new IllegalStateException("task 5");
                          }
                        }))
            .hasMessage("task 5");
        var runs = new AtomicIntegerArray(8);
        pool.run(8, (task, _) -> runs.incrementAndGet(task));
        assertThat(runs).hasToString("[1, 1, 1, 1, 1, 1, 1, 1]");
      }
    }
  }
}
