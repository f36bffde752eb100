package bandlimit.error;

/// The base of everything Bandlimit throws on purpose: one line for the user, and the exit code
/// that goes with it.
///
/// The message says where, the rule, the numbers and the cure; `cli` prints it without a stack
/// trace.
public abstract sealed class BandlimitException extends RuntimeException
    permits CheckpointException,
        ConfigException,
        DataException,
        DeviceException,
        DivergedException,
        OutputException,
        PreemptedException,
        ShapeException,
        VerificationException {

  protected BandlimitException(String message) {
    super(message);
  }

  protected BandlimitException(String message, Throwable cause) {
    super(message, cause);
  }

  /// The process exit code; the table is in docs/cli.md and is never renumbered.
  public abstract int exitCode();
}
