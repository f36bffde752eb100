package bandlimit.cli;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;

/// What stderr is. `System.console()` cannot tell: it asks for stdin and stdout.
final class Terminal {
  private static final int STDERR = 2;

  private Terminal() {}

  /// Whether stderr is a terminal; where the C library cannot be asked, it is none.
  static boolean onStderr() {
    var linker = Linker.nativeLinker();
    var isatty = linker.defaultLookup().find("isatty");
    if (isatty.isEmpty()) {
      return false;
    }
    var type = FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
    try {
      return (int) linker.downcallHandle(isatty.get(), type).invokeExact(STDERR) == 1;
    } catch (Throwable e) { // a method handle declares everything; this call throws nothing
      throw new IllegalStateException("isatty", e);
    }
  }
}
