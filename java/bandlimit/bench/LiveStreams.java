package bandlimit.bench;

import bandlimit.backend.Backend;
import bandlimit.stream.Missing;
import bandlimit.stream.Spread;
import bandlimit.stream.StreamingPlan;
import bandlimit.stream.StreamingSession;
import com.sun.management.ThreadMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToLongFunction;

/// Signals whose samples come as in life: each waits for its next hop, asleep, on a thread of its
/// own, and all of a program share its device.
public final class LiveStreams {
  /// A network on `plan.streams()` signals side by side.
  ///
  /// @param rate samples in a second
  public record Signal(String name, StreamingPlan plan, double rate) {}

  /// One signal, over the whole run.
  ///
  /// @param push from the arrival of a hop's samples at the session to its answer
  /// @param late from the moment at which they were due to its answer: with what the operating
  ///   system took to wake the thread
  /// @param allocated bytes that the thread allocated in all of its hops together
  public record Row(
      Signal signal, int hops, Spread push, Spread late, long allocated, long bytesPerStream) {}

  /// What the virtual machine collected meanwhile.
  ///
  /// @param millis in which it stood still for that
  public record Garbage(long collections, long millis) {}

  public record Result(List<Row> rows, Garbage garbage) {}

  private static final StreamingSession.Sink NOWHERE = answer -> {};
  private static final double WARM_SECONDS = 5;
  private static final int WARM_HOPS = 100;
  private static final double WARM_PERIOD = 200_000; // nanoseconds

  private LiveStreams() {}

  /// Runs all signals at once, after up to five seconds of hops that come faster.
  public static Result run(List<Signal> signals, Backend backend, double seconds) {
    var sessions = new ArrayList<StreamingSession>();
    try (var threads = Executors.newFixedThreadPool(signals.size())) {
      for (var signal : signals) {
        sessions.add(
            StreamingSession.open(
                signal.plan, backend, Missing.REFUSE, e -> StreamBench.weights(e, signal.plan)));
      }
      var warmed = new ArrayList<Callable<Pusher>>();
      for (int i = 0; i < signals.size(); i++) {
        var pusher = new Pusher(signals.get(i), sessions.get(i), seconds);
        warmed.add(
            () -> {
              pusher.warm(Math.min(seconds, WARM_SECONDS));
              return pusher;
            });
      }
      var pushers = new ArrayList<Pusher>();
      for (var done : threads.invokeAll(warmed)) {
        pushers.add(done.get());
      }
      long collections = garbage(GarbageCollectorMXBean::getCollectionCount);
      long millis = garbage(GarbageCollectorMXBean::getCollectionTime);
      long begin = System.nanoTime();
      var rows = new ArrayList<Row>();
      for (var done :
          threads.invokeAll(
              pushers.stream().map(p -> (Callable<Row>) () -> p.run(begin)).toList())) {
        rows.add(done.get());
      }
      return new Result(
          rows,
          new Garbage(
              garbage(GarbageCollectorMXBean::getCollectionCount) - collections,
              garbage(GarbageCollectorMXBean::getCollectionTime) - millis));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    } finally {
      sessions.forEach(StreamingSession::close);
    }
  }

  private static long garbage(ToLongFunction<GarbageCollectorMXBean> number) {
    return ManagementFactory.getGarbageCollectorMXBeans().stream().mapToLong(number).sum();
  }

  private static final class Pusher {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Signal signal;
    private final StreamingSession session;
    private final float[] samples;
    private final double[] push;
    private final double[] late;

    Pusher(Signal signal, StreamingSession session, double seconds) {
      this.signal = signal;
      this.session = session;
      this.samples = StreamBench.samples(signal.plan);
      int hops = (int) Math.max(1, seconds * signal.rate / signal.plan.hop());
      this.push = new double[hops];
      this.late = new double[hops];
    }

    /// In turn without waiting and with, or what the compiler has not seen would be compiled, and
    /// may allocate, later.
    void warm(double seconds) {
      long begin = System.nanoTime();
      int count = Math.min(push.length, WARM_HOPS);
      for (int i = 0; i < 2 || System.nanoTime() - begin < 1e9 * seconds; i++) {
        hops(System.nanoTime(), i % 2 * WARM_PERIOD, count);
      }
    }

    Row run(long begin) {
      double period = 1e9 * signal.plan.hop() / signal.rate;
      long unused = THREADS.getCurrentThreadAllocatedBytes();
      hops(begin, period, 1); // a loop's and a question's first time may allocate
      long before = THREADS.getCurrentThreadAllocatedBytes();
      hops(begin + (long) period, period, push.length);
      long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
      return new Row(
          signal,
          push.length,
          Spread.of(push, push.length),
          Spread.of(late, late.length),
          allocated,
          session.bytesPerStream());
    }

    private void hops(long begin, double period, int count) {
      for (int i = 0; i < count; i++) {
        long due = begin + (long) (period * (i + 1));
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        long start = System.nanoTime();
        session.push(samples, NOWHERE);
        long end = System.nanoTime();
        push[i] = (end - start) / 1e6;
        late[i] = (end - due) / 1e6;
      }
    }
  }
}
