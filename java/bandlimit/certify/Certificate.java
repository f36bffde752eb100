package bandlimit.certify;

import bandlimit.error.DataException;
import bandlimit.store.Json;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What is guaranteed of a network, and what was measured.
///
/// @param images which images were pushed through, in words
/// @param generated whether they are made up, as there were no real ones
/// @param samples how many
/// @param range from the least to the greatest of all logits of the unmoved images
/// @param noiseRange the same of band-limited noise
public record Certificate(
    int format,
    Structure structure,
    String device,
    String images,
    boolean generated,
    int samples,
    long seed,
    double range,
    double noiseRange,
    List<Change> changes,
    List<Row> layers,
    List<String> contradictions) {
  public static final int FORMAT = 1;

  /// What translations of one kind did to the logits.
  ///
  /// @param step pixels that all of them are multiples of; 0 where there are none
  /// @param shifts how many were tried
  /// @param guaranteed whether the structure promises that nothing changes
  /// @param change largest change of a logit, over images and translations
  /// @param share of the range
  /// @param noise the same share for noise
  /// @param flips images whose class changed under one of them
  /// @param stable images whose margin between the first two classes is more than twice the change
  public record Change(
      String kind,
      double step,
      int shifts,
      boolean guaranteed,
      double change,
      double share,
      double noise,
      int flips,
      int stable) {}

  /// One layer by itself, fed with what the network feeds it.
  ///
  /// @param what its operations
  /// @param own what it guarantees of inputs without a Nyquist frequency, in its samples
  /// @param step multiples of so many samples are the least that it may commute with
  /// @param multiples largest difference between moving before and behind it, as a share of its
  ///   largest value, for translations by multiples of `step` samples
  /// @param whole the same for translations by whole samples
  /// @param fraction for others
  /// @param folded share of its energy that aliasing has folded into the band of its result; none
  ///   where it is linear at every sample
  /// @param note why something was not measured
  public record Row(
      String layer,
      String what,
      String own,
      int step,
      Optional<Double> multiples,
      Optional<Double> whole,
      Optional<Double> fraction,
      Optional<Double> folded,
      String note) {}

  public Certificate {
    changes = List.copyOf(changes);
    layers = List.copyOf(layers);
    contradictions = List.copyOf(contradictions);
  }

  /// The largest change over all kinds, as a share of the range.
  public double worst() {
    return changes.stream()
        .mapToDouble(c -> Math.max(c.share(), c.noise()))
        .reduce(0, (a, b) -> Double.isNaN(b) ? Double.POSITIVE_INFINITY : Math.max(a, b));
  }

  public void write(Path file) {
    Json.write(file, this);
  }

  public static Certificate read(Path file) {
    return Json.read(file, Certificate.class, DataException::new);
  }
}
