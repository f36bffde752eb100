package bandlimit.stream;

import bandlimit.tensor.HostTensor;

/// What a session says after a hop; the same object each time, overwritten by the next.
public final class Answer {
  private final StreamingSession session;
  private final HostTensor values;
  private long received;
  private long end;
  private long firstColumn;

  Answer(StreamingSession session, HostTensor values) {
    this.session = session;
    this.values = values;
  }

  void set(long received, long end, long firstColumn) {
    this.received = received;
    this.end = end;
    this.firstColumn = firstColumn;
  }

  /// Of a network that answers windows, what it answers for a batch of one window a stream; else
  /// the chunk's columns, (N, 1, n, K).
  public HostTensor values() {
    return values;
  }

  /// Samples that each stream had given when this was computed, gaps included.
  public long received() {
    return received;
  }

  /// The first sample behind the window or the columns that this speaks of.
  public long end() {
    return end;
  }

  /// Number of the first of these columns in its stream, counted behind the left context that the
  /// network cuts off, if it does; those below 0 lie in that or before the stream's beginning. 0
  /// for windows.
  public long firstColumn() {
    return firstColumn;
  }

  /// Whether all of it lies within the stream: false where the stream was reset since.
  public boolean isValid(int stream) {
    return session.isValid(stream);
  }
}
