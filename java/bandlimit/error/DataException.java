package bandlimit.error;

/// A data set that is missing, truncated or malformed; names the file and the place in it.
public final class DataException extends BandlimitException {
  public DataException(String message) {
    super(message);
  }

  public DataException(String message, Throwable cause) {
    super(message, cause);
  }

  @Override
  public int exitCode() {
    return 4;
  }
}
