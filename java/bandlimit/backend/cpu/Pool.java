package bandlimit.backend.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Runs the tasks 0..n-1 of one job on all threads, the caller's included, and returns when all are
/// done.
///
/// Which thread takes which task is left to chance; so a task's result must depend on its number
/// alone. Idle threads spin for some microseconds, because the next step of a plan follows at once,
/// and then sleep.
final class Pool implements AutoCloseable {
  /// One piece of a job.
  interface Task {
    void run(int task, Lane lane);
  }

  private static final int SPINS = 4000;
  private static final int SPINS_BEFORE_YIELD = 20_000;

  private final Lane[] lanes;
  private final Worker[] workers;
  private final Runnable threadStart;

  // (generation << 32 | tasks not yet claimed); a claim is a compare-and-set. Counting down to 0 is
  // what keeps a straggler of the last job out of the next one while `run` prepares it: the old
  // ticket says by itself that nothing is left, whatever `count` has become. `job` and `count` are
  // read after a successful claim only, and cannot change until the claimed task is done.
  private final AtomicLong ticket = new AtomicLong();
  private final AtomicInteger remaining = new AtomicInteger();
  private int count;
  private Task job = (task, lane) -> {};
  private volatile @Nullable Throwable failure;
  private volatile boolean closed;

  /// `threadStart` runs first on every worker thread.
  Pool(int threads, Runnable threadStart) {
    this.threadStart = threadStart;
    lanes = new Lane[threads];
    for (int i = 0; i < threads; i++) {
      lanes[i] = new Lane(i);
    }
    workers = new Worker[threads - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker(lanes[i + 1]);
      workers[i].start();
    }
  }

  int threads() {
    return lanes.length;
  }

  /// The caller's own lane, for work outside of jobs.
  Lane lane() {
    return lanes[0];
  }

  @SuppressWarnings("ThreadPriorityCheck") // the yield is a courtesy, nothing relies on it
  void run(int tasks, Task task) {
    if (tasks == 1 || workers.length == 0) {
      for (int i = 0; i < tasks; i++) {
        task.run(i, lanes[0]);
      }
      return;
    }
    job = task;
    count = tasks;
    remaining.set(tasks);
    int generation = (int) (ticket.get() >>> 32) + 1;
    ticket.set((long) generation << 32 | tasks);
    for (int i = 0; i < Math.min(workers.length, tasks - 1); i++) {
      if (workers[i].asleep) {
        LockSupport.unpark(workers[i]);
      }
    }
    take(generation, lanes[0]);
    int spins = 0;
    while (remaining.get() != 0) {
      if (++spins < SPINS_BEFORE_YIELD) {
        Thread.onSpinWait();
      } else {
        Thread.yield(); // the machine is busy with others: let our own workers run
      }
    }
    var thrown = failure;
    if (thrown != null) {
      failure = null;
      switch (thrown) {
        case RuntimeException e -> throw e;
        case Error e -> throw e;
        default -> throw new IllegalStateException(thrown);
      }
    }
  }

  private void take(int generation, Lane lane) {
    while (true) {
      long now = ticket.get();
      int left = (int) now;
      if ((int) (now >>> 32) != generation || left == 0) {
        return;
      }
      if (ticket.compareAndSet(now, now - 1)) {
        try {
          job.run(count - left, lane);
        } catch (RuntimeException | Error e) {
          failure = e;
        } finally {
          remaining.decrementAndGet();
        }
      }
    }
  }

  private final class Worker extends Thread {
    private final Lane lane;
    volatile boolean asleep;

    Worker(Lane lane) {
      super("bandlimit-cpu-" + lane.index);
      this.lane = lane;
      setDaemon(true);
    }

    @Override
    public void run() {
      threadStart.run();
      int seen = 0;
      while (!closed) {
        int generation = (int) (ticket.get() >>> 32);
        if (generation == seen) {
          await(seen);
        } else {
          seen = generation;
          take(generation, lane);
        }
      }
    }

    private void await(int seen) {
      for (int i = 0; i < SPINS; i++) {
        if ((int) (ticket.get() >>> 32) != seen) {
          return;
        }
        Thread.onSpinWait();
      }
      asleep = true; // published before the check, so that either it or the unpark is seen
      while (!closed && (int) (ticket.get() >>> 32) == seen) {
        LockSupport.park(this);
      }
      asleep = false;
    }
  }

  @Override
  public void close() {
    closed = true;
    for (var worker : workers) {
      LockSupport.unpark(worker);
    }
    boolean interrupted = false;
    for (var worker : workers) {
      while (worker.isAlive()) {
        try {
          worker.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
