package bandlimit.error;

/// A configuration that cannot be used: every mistake of it, one a line, each with
/// file:line:column.
public final class ConfigException extends BandlimitException {
  public ConfigException(String message) {
    super(message);
  }

  public ConfigException(String message, Throwable cause) {
    super(message, cause);
  }

  @Override
  public int exitCode() {
    return 3;
  }
}
