package bandlimit.error;

/// A device or native library that cannot be used; names what is missing and what to run next.
public final class DeviceException extends BandlimitException {
  public DeviceException(String message) {
    super(message);
  }

  public DeviceException(String message, Throwable cause) {
    super(message, cause);
  }

  @Override
  public int exitCode() {
    return 5;
  }
}
