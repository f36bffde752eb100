package bandlimit.cli;

import java.util.concurrent.atomic.AtomicInteger;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/// While open, SIGINT and SIGTERM ask the run to stop after the update in progress; a second SIGINT
/// ends the process at once. Closing gives the signals back.
///
/// `sun.misc.Signal` is the only way to finish work on a signal and then choose the exit code: a
/// shutdown hook runs when the JVM is already going down with 130 or 143. A signal that the parent
/// had ignored (nohup, a background job) stays ignored.
final class StopSignals implements AutoCloseable {
  private static final int INTERRUPTED = 130;
  private static final Signal INT = new Signal("INT");
  private static final Signal TERM = new Signal("TERM");

  private final AtomicInteger asked = new AtomicInteger();
  private final SignalHandler oldInt;
  private final SignalHandler oldTerm;

  private StopSignals(Runnable announce) {
    oldInt =
        Signal.handle(
            INT,
            _ -> {
              if (asked.getAndIncrement() > 0) {
                Runtime.getRuntime().halt(INTERRUPTED);
              }
              announce.run();
            });
    oldTerm =
        Signal.handle(
            TERM,
            _ -> {
              asked.incrementAndGet();
              announce.run();
            });
  }

  static StopSignals install(Runnable announce) {
    return new StopSignals(announce);
  }

  boolean asked() {
    return asked.get() > 0;
  }

  @Override
  public void close() {
    Signal.handle(INT, oldInt);
    Signal.handle(TERM, oldTerm);
  }
}
