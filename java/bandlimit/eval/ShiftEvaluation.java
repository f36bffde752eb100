package bandlimit.eval;

import bandlimit.config.TrainConfig.Protocol;
import bandlimit.data.Dataset;
import bandlimit.data.Image;
import bandlimit.error.DataException;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;

/// Runs shift protocols over a data set: each image is read once, and everything about it is asked
/// while it is in memory.
///
/// The result depends on the network, the data, the protocols, the limit and the seed only; not on
/// the batch size (beyond the network's rounding) or on which other protocols run.
public final class ShiftEvaluation {
  /// What shifts and subsets are drawn from unless told otherwise: not the training seed, so that
  /// networks trained from different seeds meet the same samples under the same shifts.
  public static final long SEED = 0;

  private final Classifier classifier;
  private final Dataset dataset;
  private final Feed stored;
  private final Feed floats;
  private final List<Probe> probes;
  private final int wanted;
  private final long seed;
  private final Scores scores = new Scores();
  private final BitSet correct = new BitSet();
  private final CRC32C digest = new CRC32C();
  private int samples;

  /// Told how far it is, in samples.
  @FunctionalInterface
  public interface Progress {
    void update(int done, int total);
  }

  private ShiftEvaluation(
      Classifier classifier, Dataset dataset, List<Probe> probes, int wanted, long seed) {
    this.classifier = classifier;
    this.dataset = dataset;
    this.probes = probes;
    this.wanted = wanted;
    this.seed = seed;
    this.stored = new Feed(classifier);
    this.floats = classifier.floats().map(Feed::new).orElse(stored);
  }

  /// With a limit, that many samples drawn from the whole set by the seed, in the set's order: sets
  /// may be sorted by class, or have their classes take turns, and every regular choice would meet
  /// one of the two.
  public static ShiftReport run(
      Classifier classifier,
      Dataset dataset,
      Set<Protocol> protocols,
      Optional<Integer> limit,
      long seed,
      Progress progress) {
    return run(classifier, dataset, protocols, ShiftSettings.DEFAULT, limit, seed, progress);
  }

  /// The same with settings of the protocols that search.
  public static ShiftReport run(
      Classifier classifier,
      Dataset dataset,
      Set<Protocol> protocols,
      ShiftSettings settings,
      Optional<Integer> limit,
      long seed,
      Progress progress) {
    TensorType sample = dataset.sampleType();
    if (!sample.shape().equals(classifier.sample())) {
      throw new DataException(
          "%s has samples of %s, but the network takes %s; give it the data set it was trained for"
              .formatted(dataset.name(), sample.shape(), classifier.sample()));
    }
    if (classifier.columns() > 1) {
      throw new DataException(
          "this network decides on %d columns of a sample, and shifts are measured on one decision a"
                  .formatted(classifier.columns())
              + " sample");
    }
    int wanted = Math.min(limit.orElse(dataset.size()), dataset.size());
    var probes = new ArrayList<Probe>();
    if (protocols.contains(Protocol.CROP)) {
      probes.add(new CropProbe(CropCanvas.of(dataset), seed));
    }
    if (protocols.contains(Protocol.CIRCULAR)) {
      probes.add(new CircularProbe(sample.shape().at(0), sample.shape().at(1), seed));
    }
    if (protocols.contains(Protocol.DIAGONAL)) {
      probes.add(new DiagonalProbe(CropCanvas.of(dataset), dataset.classNames()));
    }
    if (protocols.contains(Protocol.FRACTIONAL)) {
      probes.add(new FractionalProbe(sample.shape(), seed));
    }
    if (protocols.contains(Protocol.ADVERSARIAL)) {
      probes.add(new AdversarialProbe(CropCanvas.of(dataset), settings.range(), seed));
    }
    if (protocols.contains(Protocol.BILINEAR)) {
      probes.add(new BilinearProbe(sample.shape(), settings.translations(), seed));
    }
    if (protocols.stream().anyMatch(Protocol::readsFloats)
        && sample.dtype() != DType.F32
        && classifier.floats().isEmpty()) {
      throw new IllegalArgumentException(protocols + " need a classifier that takes floats too");
    }
    var evaluation = new ShiftEvaluation(classifier, dataset, probes, wanted, seed);
    return evaluation.run(progress).report(limit.orElse(0), seed);
  }

  private ShiftEvaluation run(Progress progress) {
    var rows = new ArrayList<Chunk.Sample>();
    int[] chosen = chosen();
    for (int k = 0; k < wanted; k++) {
      int index = chosen[k];
      Image stored = dataset.image(index);
      if (!stored.isPlaceholder()) {
        rows.add(sample(index, stored));
      }
      if (rows.size() == classifier.batch() || (k == wanted - 1 && !rows.isEmpty())) {
        see(rows);
        rows.clear();
        progress.update(k + 1, wanted);
      }
    }
    if (samples == 0) {
      throw new DataException(dataset.name() + " has no sample that can be decoded");
    }
    return this;
  }

  private int[] chosen() {
    int[] order = IntStream.range(0, dataset.size()).toArray();
    var random = new SplittableRandom(seed);
    for (int i = 0; i < wanted; i++) { // the first steps of a Fisher-Yates shuffle
      int other = random.nextInt(i, order.length);
      int swapped = order[i];
      order[i] = order[other];
      order[other] = swapped;
    }
    int[] chosen = Arrays.copyOf(order, wanted);
    Arrays.sort(chosen);
    return chosen;
  }

  private Chunk.Sample sample(int index, Image stored) {
    Image image = dataset.evaluationTransform().apply(stored, new SplittableRandom(0));
    int label = dataset.label(index);
    digest.update(image.bytes());
    digest.update(label);
    digest.update(label >> 8);
    return new Chunk.Sample(index, samples++, label, stored, image);
  }

  private void see(List<Chunk.Sample> rows) {
    var chunk = new Chunk(stored, floats, rows, scores);
    for (int row = 0; row < chunk.size(); row++) {
      correct.set(chunk.sample(row).position(), chunk.unshifted().correct(row));
    }
    for (Probe probe : probes) {
      probe.see(chunk);
    }
  }

  private ShiftReport report(int limit, long seed) {
    var findings = new Findings();
    for (Probe probe : probes) {
      probe.report(findings);
    }
    var unshifted =
        new ShiftReport.Unshifted(
            Rate.of(scores.correct(), samples),
            Rate.of(Math.round(scores.top5() * samples / 100), samples),
            scores.loss(),
            Bits.of(correct, samples));
    return new ShiftReport(
        ShiftReport.FORMAT,
        dataset.name(),
        "%08x".formatted(digest.getValue()),
        limit,
        samples,
        dataset.classNames().size(),
        seed,
        unshifted,
        findings.consistency,
        findings.strata,
        findings.distances,
        findings.sweeps,
        findings.fractional,
        findings.worst);
  }
}
