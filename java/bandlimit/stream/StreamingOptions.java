package bandlimit.stream;

import java.util.Optional;

/// How a network is made to stream.
///
/// @param mode what becomes of padding on the right of a window, which a stream does not have
/// @param misaligned whether the hop may be other than a multiple of the product of strides: the
///   answers then are those of one pass over the whole stream, and no longer those of windows
/// @param boundary path of a layer behind which everything is computed on the whole window, hop by
///   hop; empty for the last map that can stream
public record StreamingOptions(Mode mode, boolean misaligned, Optional<String> boundary) {
  /// What a layer sees where it wants samples that are not there yet.
  public enum Mode {
    /// It waits for them: exact, and the answer comes later.
    DELAY,
    /// Zeros, at the end of each chunk: no delay, and wrong near those ends.
    APPROXIMATE
  }

  public static final StreamingOptions EXACT =
      new StreamingOptions(Mode.DELAY, false, Optional.empty());

  public StreamingOptions withMode(Mode changed) {
    return new StreamingOptions(changed, misaligned, boundary);
  }

  public StreamingOptions allowingMisaligned() {
    return new StreamingOptions(mode, true, boundary);
  }

  public StreamingOptions withBoundary(String path) {
    return new StreamingOptions(mode, misaligned, Optional.of(path));
  }

  boolean approximates() {
    return mode == Mode.APPROXIMATE;
  }
}
