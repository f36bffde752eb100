package bandlimit.cli;

import bandlimit.train.Progress;
import java.io.PrintWriter;
import java.util.Optional;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/// A progress bar where stderr is a terminal; elsewhere nothing but the log's lines.
///
/// The library draws into files and pipes too, so it is not started unless there is a terminal.
final class TerminalProgress implements Progress {
  private static final String CLEAR_LINE = "\r\033[K";
  private final boolean drawn;
  private final PrintWriter err;
  // begin and end are the training thread's, announce the signal's
  private volatile Optional<ProgressBar> bar = Optional.empty();

  private TerminalProgress(boolean drawn, PrintWriter err) {
    this.drawn = drawn;
    this.err = err;
  }

  static TerminalProgress on(PrintWriter err, boolean wanted) {
    return new TerminalProgress(wanted && Terminal.onStderr(), err);
  }

  @Override
  public void begin(String what, long steps) {
    if (drawn) {
      end();
      bar =
          Optional.of(
              new ProgressBarBuilder()
                  .setTaskName(what)
                  .setInitialMax(steps)
                  .setStyle(
                      System.getenv("NO_COLOR") == null
                          ? ProgressBarStyle.COLORFUL_UNICODE_BLOCK
                          : ProgressBarStyle.ASCII)
                  .setUpdateIntervalMillis(200)
                  .clearDisplayOnFinish()
                  .build());
    }
  }

  @Override
  public void step(long done, String figures) {
    bar.ifPresent(b -> b.stepTo(done).setExtraMessage(" " + figures));
  }

  @Override
  public void end() {
    bar.ifPresent(ProgressBar::close);
    bar = Optional.empty();
  }

  /// A line of the log: printed, unless the bar is up and shows the same.
  void line(String text) {
    if (bar.isEmpty()) {
      err.println(text);
      err.flush();
    }
  }

  /// A line that must be seen, bar or not; the bar redraws itself below.
  void announce(String text) {
    err.println(bar.isPresent() ? CLEAR_LINE + text : text);
    err.flush();
  }
}
