package bandlimit.certify;

/// Where and why a guarantee ends or shrinks.
///
/// @param path of the node
public record Culprit(String path, String reason) {
  @Override
  public String toString() {
    return "%s at %s".formatted(reason, Part.layer(path));
  }
}
