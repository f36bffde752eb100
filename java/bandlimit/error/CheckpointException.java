package bandlimit.error;

/// A checkpoint that is damaged, of another architecture, or written by a newer format.
public final class CheckpointException extends BandlimitException {
  public CheckpointException(String message) {
    super(message);
  }

  public CheckpointException(String message, Throwable cause) {
    super(message, cause);
  }

  @Override
  public int exitCode() {
    return 7;
  }
}
