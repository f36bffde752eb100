package bandlimit.error;

/// An output that cannot be written: no permission, a full disk, or a run folder that exists
/// already.
public final class OutputException extends BandlimitException {
  public OutputException(String message) {
    super(message);
  }

  public OutputException(String message, Throwable cause) {
    super(message, cause);
  }

  @Override
  public int exitCode() {
    return 9;
  }
}
