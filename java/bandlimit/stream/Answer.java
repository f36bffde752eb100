package bandlimit.stream;

import bandlimit.tensor.HostTensor;

/// What a session says after a hop; the same object each time, overwritten by the next.
public final class Answer {
  private final StreamingSession session;
  private final HostTensor values;
  private long received;
  private long end;

  Answer(StreamingSession session, HostTensor values) {
    this.session = session;
    this.values = values;
  }

  void set(long received, long end) {
    this.received = received;
    this.end = end;
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

  /// Number of the first of these columns in stream `stream`, counted from the beginning of that
  /// stream and behind the left context that the network cuts off, if it does; those below 0 lie in
  /// that or before the beginning. 0 for windows. To be asked in the sink.
  public long firstColumn(int stream) {
    return session.firstColumn(stream);
  }

  /// Whether all of it lies within the stream: false where the stream was reset since.
  public boolean isValid(int stream) {
    return session.isValid(stream);
  }
}
