package bandlimit.cli;

import java.util.concurrent.atomic.AtomicInteger;
import sun.misc.Signal;

/// SIGINT and SIGTERM ask the run to stop after the update in progress; a second SIGINT ends the
/// process at once.
///
/// `sun.misc.Signal` is the only way to finish work on a signal and then choose the exit code: a
/// shutdown hook runs when the JVM is already going down with 130 or 143.
final class StopSignals {
  private static final int INTERRUPTED = 130;
  private final AtomicInteger asked = new AtomicInteger();

  private StopSignals() {}

  static StopSignals install(Runnable announce) {
    var signals = new StopSignals();
    Signal.handle(
        new Signal("INT"),
        _ -> {
          if (signals.asked.getAndIncrement() > 0) {
            Runtime.getRuntime().halt(INTERRUPTED);
          }
          announce.run();
        });
    Signal.handle(
        new Signal("TERM"),
        _ -> {
          signals.asked.incrementAndGet();
          announce.run();
        });
    return signals;
  }

  boolean asked() {
    return asked.get() > 0;
  }
}
