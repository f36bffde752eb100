package bandlimit.config;

import java.nio.file.Path;
import java.util.Comparator;

/// Where a piece of configuration was written: line and column count from 1, and are 0 in a source
/// without lines (`--set`, a default).
///
/// @param base the folder that relative paths written here start from
record At(String source, int line, int column, Path base) implements Comparable<At> {
  private static final Comparator<At> ORDER =
      Comparator.comparing((At at) -> at.line == 0)
          .thenComparing(At::source)
          .thenComparingInt(At::line)
          .thenComparingInt(At::column);

  @Override
  public int compareTo(At other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return line == 0 ? source : source + ":" + line + ":" + column;
  }
}
