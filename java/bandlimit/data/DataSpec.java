package bandlimit.data;

import bandlimit.error.ConfigException;
import java.util.Optional;

/// Which data set, from where, and how much of it; [Datasets#open] turns it into a [Dataset].
///
/// @param name one of [Datasets#names]: shapes, cifar10, cifar100, idx, imagefolder, npy, signal
/// @param root the folder with the files, `~` allowed; needed by all but `shapes`. A relative path
///   is taken from the working directory: whoever reads it from a config file resolves it first
/// @param imageSize height and width of a sample: the canvas of `shapes` (default 32), the crop of
///   `imagefolder` (default 224). The other sets have the size of their files and refuse it
/// @param limit use only so many samples of each split: the first ones, but of `imagefolder`, whose
///   files are sorted by class, evenly spaced ones
/// @param seed of the `shapes` generator; nothing else looks at it (the order of training has the
///   run's own seed)
/// @param trainSize number of generated training samples of `shapes`
/// @param testSize number of generated test samples of `shapes`
/// @param skipUndecodable what to do with an image file that cannot be decoded: false, stop and
///   name it; true, warn, count it and give its row weight 0
/// @param interpolation how `imagefolder` resizes
/// @param signal which files of `signal`, and how they are cut; of no other set
public record DataSpec(
    String name,
    Optional<String> root,
    Optional<Integer> imageSize,
    Optional<Integer> limit,
    long seed,
    int trainSize,
    int testSize,
    boolean skipUndecodable,
    Interpolation interpolation,
    Optional<SignalSpec> signal) {
  public static final int DEFAULT_TRAIN_SIZE = 10_000;
  public static final int DEFAULT_TEST_SIZE = 2_000;

  public DataSpec {
    imageSize.ifPresent(size -> atLeast("image_size", size, 8));
    limit.ifPresent(n -> atLeast("limit", n, 1));
    atLeast("train_size", trainSize, 1);
    atLeast("test_size", testSize, 1);
    if (signal.isPresent() != name.equals("signal")) {
      throw new ConfigException(
          signal.isPresent()
              ? "data.signal is for data.name: signal, but data.name is " + name
              : "data.signal is missing: data.name: signal needs data.signal.window and hop");
    }
  }

  /// The set `name` with every default and no root.
  public static DataSpec of(String name) {
    return new DataSpec(
        name,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        0,
        DEFAULT_TRAIN_SIZE,
        DEFAULT_TEST_SIZE,
        false,
        Interpolation.BILINEAR,
        Optional.empty());
  }

  /// The set `signal` in the folder `root`.
  public static DataSpec of(String root, SignalSpec signal) {
    return new DataSpec(
        "signal",
        Optional.of(root),
        Optional.empty(),
        Optional.empty(),
        0,
        DEFAULT_TRAIN_SIZE,
        DEFAULT_TEST_SIZE,
        false,
        Interpolation.BILINEAR,
        Optional.of(signal));
  }

  public DataSpec withRoot(String changed) {
    return new DataSpec(
        name,
        Optional.of(changed),
        imageSize,
        limit,
        seed,
        trainSize,
        testSize,
        skipUndecodable,
        interpolation,
        signal);
  }

  public DataSpec withImageSize(int changed) {
    return new DataSpec(
        name,
        root,
        Optional.of(changed),
        limit,
        seed,
        trainSize,
        testSize,
        skipUndecodable,
        interpolation,
        signal);
  }

  public DataSpec withLimit(int changed) {
    return new DataSpec(
        name,
        root,
        imageSize,
        Optional.of(changed),
        seed,
        trainSize,
        testSize,
        skipUndecodable,
        interpolation,
        signal);
  }

  public DataSpec withSeed(long changed) {
    return new DataSpec(
        name,
        root,
        imageSize,
        limit,
        changed,
        trainSize,
        testSize,
        skipUndecodable,
        interpolation,
        signal);
  }

  public DataSpec withSizes(int train, int test) {
    return new DataSpec(
        name, root, imageSize, limit, seed, train, test, skipUndecodable, interpolation, signal);
  }

  public DataSpec withSkipUndecodable(boolean changed) {
    return new DataSpec(
        name, root, imageSize, limit, seed, trainSize, testSize, changed, interpolation, signal);
  }

  private static void atLeast(String key, int value, int least) {
    if (value < least) {
      throw new ConfigException(key + " must be " + least + " or more, got " + value);
    }
  }
}
