package bandlimit.cli;

import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import me.tongfei.progressbar.ProgressBarConsumer;

/// stderr as a terminal, asked of the C library: `System.console()` looks at stdin and stdout.
///
/// Bars are drawn through this and not through the library's own console, whose JLine terminal
/// gives SIGINT back to the system: Ctrl-C would kill the run without a checkpoint.
final class Terminal implements ProgressBarConsumer {
  private static final int STDERR = 2;
  private static final long GET_SIZE = 0x5413; // TIOCGWINSZ of Linux: four shorts, rows first
  private static final int DEFAULT_WIDTH = 80;
  private static final String CLEAR_LINE = "\r\033[K";

  private final PrintWriter err;
  private final int width;

  private Terminal(PrintWriter err, int width) {
    this.err = err;
    this.width = width;
  }

  /// Empty where stderr is a file or a pipe, or the C library cannot be asked.
  static Optional<Terminal> onStderr(PrintWriter err) {
    return isTerminal() ? Optional.of(new Terminal(err, width())) : Optional.empty();
  }

  private static boolean isTerminal() {
    var type = FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
    return function("isatty", type)
        .map(
            isatty -> {
              try {
                return (int) isatty.invokeExact(STDERR) == 1;
              } catch (Throwable e) { // declared by every method handle; this call throws nothing
                throw new IllegalStateException("isatty", e);
              }
            })
        .orElse(false);
  }

  private static int width() {
    var type =
        FunctionDescriptor.of(
            ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS);
    return function("ioctl", type, Linker.Option.firstVariadicArg(2))
        .map(
            ioctl -> {
              try (var arena = Arena.ofConfined()) {
                MemorySegment size = arena.allocate(ValueLayout.JAVA_SHORT, 4);
                int result = (int) ioctl.invokeExact(STDERR, GET_SIZE, size);
                int columns = Short.toUnsignedInt(size.getAtIndex(ValueLayout.JAVA_SHORT, 1));
                return result == 0 && columns > 0 ? columns : DEFAULT_WIDTH;
              } catch (Throwable e) {
                throw new IllegalStateException("ioctl", e);
              }
            })
        .orElse(DEFAULT_WIDTH);
  }

  private static Optional<MethodHandle> function(
      String name, FunctionDescriptor type, Linker.Option... options) {
    var linker = Linker.nativeLinker();
    return linker
        .defaultLookup()
        .find(name)
        .map(address -> linker.downcallHandle(address, type, options));
  }

  @Override
  public int getMaxRenderedLength() {
    return width - 1; // the last column would wrap
  }

  @Override
  public void accept(String bar) {
    print(CLEAR_LINE + bar);
  }

  @Override
  public void clear() {
    print(CLEAR_LINE);
  }

  /// A line that stays, above the bar that is drawn next.
  void line(String text) {
    print(CLEAR_LINE + text + System.lineSeparator());
  }

  private void print(String text) {
    err.print(text);
    err.flush();
  }

  @Override
  public void close() {} // stderr belongs to the process
}
