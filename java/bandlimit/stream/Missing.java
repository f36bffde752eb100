package bandlimit.stream;

/// What becomes of samples that are missing: NaN, infinite, or a gap that was announced.
public enum Missing {
  /// An error that names the sample.
  REFUSE,
  /// The last value of the channel stands for it.
  HOLD,
  /// The signal ends there, and another begins behind it.
  RESET
}
