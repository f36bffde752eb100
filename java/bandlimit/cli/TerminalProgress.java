package bandlimit.cli;

import bandlimit.train.Progress;
import java.io.PrintWriter;
import java.util.Optional;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/// A progress bar where stderr is a terminal; elsewhere nothing but the log's lines.
final class TerminalProgress implements Progress {
  private final PrintWriter err;
  private final boolean wanted;
  private volatile Optional<Terminal> terminal; // read by the signals' thread, as is the bar
  private volatile Optional<ProgressBar> bar = Optional.empty();

  private TerminalProgress(PrintWriter err, boolean wanted) {
    this.err = err;
    this.wanted = wanted;
    this.terminal = Optional.empty();
  }

  static TerminalProgress on(PrintWriter err, boolean wanted) {
    return new TerminalProgress(err, wanted);
  }

  @Override
  public void begin(String what, long steps) {
    if (!wanted) {
      return;
    }
    end();
    terminal = Terminal.onStderr(err); // anew each time: its width may have changed
    bar =
        terminal.map(
            consumer ->
                new ProgressBarBuilder()
                    .setTaskName(what)
                    .setInitialMax(steps)
                    .setStyle(
                        System.getenv("NO_COLOR") == null
                            ? ProgressBarStyle.COLORFUL_UNICODE_BLOCK
                            : ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(200)
                    .setConsumer(consumer)
                    .clearDisplayOnFinish()
                    .build());
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
    if (bar.isPresent() && terminal.isPresent()) {
      terminal.get().line(text);
    } else {
      err.println(text);
      err.flush();
    }
  }
}
