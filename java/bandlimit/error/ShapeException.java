package bandlimit.error;

/// Extents that do not fit, found while the graph is built: names the node, the rule, the numbers
/// and the cure.
public final class ShapeException extends BandlimitException {
  public ShapeException(String message) {
    super(message);
  }

  public ShapeException(String message, Throwable cause) {
    super(message, cause);
  }

  @Override
  public int exitCode() {
    return 3;
  }
}
