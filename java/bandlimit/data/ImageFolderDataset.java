package bandlimit.data;

import bandlimit.error.DataException;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Photographs in `root/train/CLASS/` and `root/val/CLASS/` (or `test`), as ImageNet lies on disk.
///
/// Classes and files are numbered in the order of their names. Folders are listed when the set is
/// opened, files are decoded when they are asked for. For evaluation the short side is resized to
/// 8/7 of the sample size (256 for 224) and the centre is cut out.
final class ImageFolderDataset implements Dataset {
  private static final System.Logger LOG = System.getLogger("bandlimit.data");
  private static final int DEFAULT_SIZE = 224;
  private static final int CHANNELS = 3;
  private static final String WANTED =
      "needs train/CLASS/*.jpg (or .jpeg, .png, .webp) and val/CLASS/ or test/CLASS/, one folder a"
          + " class";

  private final Split split;
  private final int size;
  private final int count;
  private final boolean skip;
  private final Interpolation interpolation;
  private final Path folder;
  private final List<String> classNames;
  private final List<String> fileNames = new ArrayList<>();
  private final List<Integer> labels = new ArrayList<>();
  private final ConcurrentSkipListMap<Integer, String> skipped = new ConcurrentSkipListMap<>();

  ImageFolderDataset(DataSpec spec, Split split) {
    this.split = split;
    size = spec.imageSize().orElse(DEFAULT_SIZE);
    skip = spec.skipUndecodable();
    interpolation = spec.interpolation();
    Path root = DataFiles.root(spec, WANTED);
    Path train = root.resolve("train");
    folder = split == Split.TRAIN ? train : testFolder(root);
    if (!Files.isDirectory(folder)) {
      throw new DataException(
          "imagefolder: no folder %s; imagefolder %s".formatted(folder.toAbsolutePath(), WANTED));
    }
    classNames = classes(folder);
    if (split == Split.TEST && Files.isDirectory(train)) {
      compare(classes(train), classNames);
    }
    for (int label = 0; label < classNames.size(); label++) {
      for (String file : images(folder.resolve(classNames.get(label)))) {
        fileNames.add(file);
        labels.add(label);
      }
    }
    count = DataFiles.limited(spec, fileNames.size());
  }

  private static Path testFolder(Path root) {
    Path val = root.resolve("val");
    return Files.isDirectory(val) || !Files.isDirectory(root.resolve("test"))
        ? val
        : root.resolve("test");
  }

  private static List<String> classes(Path folder) {
    List<String> names = names(folder, Files::isDirectory);
    if (names.isEmpty()) {
      throw new DataException(
          "no class folders in %s; imagefolder %s".formatted(folder.toAbsolutePath(), WANTED));
    }
    return names;
  }

  private static List<String> images(Path folder) {
    List<String> names = names(folder, p -> ImageFiles.isImage(p.getFileName().toString()));
    if (names.isEmpty()) {
      throw new DataException(
          "the class folder %s holds no .jpg, .jpeg, .png or .webp file; fill or remove it"
              .formatted(folder.toAbsolutePath()));
    }
    return names;
  }

  private static List<String> names(Path folder, Predicate<Path> wanted) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(wanted)
          .map(p -> p.getFileName().toString())
          .filter(name -> !name.startsWith("."))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw DataFiles.unreadable(folder, e);
    }
  }

  private void compare(List<String> train, List<String> test) {
    var missing = new TreeSet<>(train);
    missing.removeAll(test);
    var extra = new TreeSet<>(test);
    extra.removeAll(train);
    if (!missing.isEmpty() || !extra.isEmpty()) {
      throw new DataException(
          "%s has %d classes, train has %d: not in it are %s, only in it are %s"
              .formatted(
                  folder.toAbsolutePath(), test.size(), train.size(), few(missing), few(extra)));
    }
  }

  private static String few(Set<String> names) {
    List<String> first = names.stream().limit(5).toList();
    return first + (names.size() > 5 ? " and " + (names.size() - 5) + " more" : "");
  }

  @Override
  public String name() {
    return "imagefolder";
  }

  @Override
  public Split split() {
    return split;
  }

  @Override
  public int size() {
    return count;
  }

  @Override
  public TensorType sampleType() {
    return TensorType.of(DType.U8, size, size, CHANNELS);
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public Normalization normalization() {
    return Normalization.IMAGENET;
  }

  @Override
  public int label(int index) {
    return labels.get(position(index));
  }

  /// A limit takes samples evenly spaced over all files, hence of every class.
  private int position(int index) {
    return (int) ((long) index * fileNames.size() / count);
  }

  @Override
  public Image image(int index) {
    if (index < 0 || index >= count) {
      throw new IndexOutOfBoundsException("sample " + index + " of " + count);
    }
    Path file =
        folder.resolve(classNames.get(label(index))).resolve(fileNames.get(position(index)));
    try {
      return ImageFiles.read(file);
    } catch (DataException e) {
      if (!skip) {
        throw new DataException(
            e.getMessage() + "; remove it, or set data.skip_undecodable: true", e);
      }
      if (skipped.put(index, e.getMessage()) == null) {
        LOG.log(
            System.Logger.Level.WARNING,
            "skipped (weight 0), " + skipped.size() + " so far: " + e.getMessage());
      }
      return Image.placeholder(size, size, CHANNELS);
    }
  }

  @Override
  public Interpolation interpolation() {
    return interpolation;
  }

  @Override
  public Transform evaluationTransform() {
    return Transforms.resizeShortSide(Math.round(size * 8f / 7), interpolation)
        .then(Transforms.centerCrop(size, size));
  }

  @Override
  public List<String> warnings() {
    return Collections.unmodifiableList(new ArrayList<>(skipped.values()));
  }
}
