package bandlimit.error;

/// Stopped by a signal after a checkpoint was written: safe to queue again with --resume.
public final class PreemptedException extends BandlimitException {
  public PreemptedException(String message) {
    super(message);
  }

  public PreemptedException(String message, Throwable cause) {
    super(message, cause);
  }

  @Override
  public int exitCode() {
    return 75;
  }
}
