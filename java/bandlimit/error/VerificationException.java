package bandlimit.error;

/// A required certificate or verification failed.
public final class VerificationException extends BandlimitException {
  public VerificationException(String message) {
    super(message);
  }

  public VerificationException(String message, Throwable cause) {
    super(message, cause);
  }

  @Override
  public int exitCode() {
    return 8;
  }
}
