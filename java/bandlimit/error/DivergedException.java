package bandlimit.error;

/// The loss or a gradient became NaN or infinite; names the step and the first node that produced
/// it.
public final class DivergedException extends BandlimitException {
  public DivergedException(String message) {
    super(message);
  }

  public DivergedException(String message, Throwable cause) {
    super(message, cause);
  }

  @Override
  public int exitCode() {
    return 6;
  }
}
