package bandlimit.data;

import bandlimit.data.AugmentSpec.CropMode;
import bandlimit.data.AugmentSpec.ResizedCrop;
import bandlimit.error.DataException;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.random.RandomGenerator;

/// The transforms: crops and flips for any image or signal, resizing for U8 images.
public final class Transforms {
  private Transforms() {}

  /// The training transform of a data set: `spec`'s steps, ending at the size of its samples.
  public static Transform of(AugmentSpec spec, Dataset dataset) {
    TensorType sample = dataset.sampleType();
    Transform transform =
        spec.randomResizedCrop()
            .map(
                crop ->
                    randomResizedCrop(
                        sample.shape().at(0), sample.shape().at(1), crop, dataset.interpolation()))
            .orElseGet(dataset::evaluationTransform);
    spec.check(dataset);
    if (!spec.changesColours()) {
      return windows(transform, spec.windows());
    }
    Transform moved =
        windows(transform, new Windows(spec.cropPadding(), spec.cropMode(), spec.flip()));
    Transform colours =
        spec.autoAugment()
            .map(text -> RandAugment.parse(text).transform(meanColour(dataset)))
            .orElse(Transform.identity());
    return moved
        .then(colours)
        .then(spec.colorJitter() > 0 ? new ColorJitter(spec.colorJitter()) : Transform.identity());
  }

  private static int[] meanColour(Dataset dataset) {
    return dataset.normalization().mean().stream()
        .mapToInt(mean -> Math.clamp(Math.round(255 * mean), 0, 255))
        .toArray();
  }

  /// Random windows of what `before` makes.
  public static Transform windows(Transform before, Windows windows) {
    return new Windowed(before, windows);
  }

  private record Windowed(Transform beforeWindows, Windows windows) implements Transform {
    @Override
    public Image apply(Image image, RandomGenerator random) {
      return windows.cut(beforeWindows.apply(image, random), random);
    }
  }

  /// Pads by `padding` on all sides (at height 1, left and right only) and crops back to size at a
  /// random offset.
  public static Transform randomCrop(int padding, CropMode mode) {
    return windows(Transform.identity(), new Windows(padding, mode, 0));
  }

  /// Mirrors left and right with probability `probability`.
  public static Transform randomFlip(double probability) {
    return windows(Transform.identity(), new Windows(0, CropMode.ZERO, probability));
  }

  /// A random part of the image, as large and as wide as `spec` allows, resized to (height, width)
  /// by [#resize]; draws again up to ten times while the part does not fit, then takes the centre.
  public static Transform randomResizedCrop(int height, int width, ResizedCrop spec) {
    return randomResizedCrop(height, width, spec, Interpolation.BILINEAR);
  }

  /// The same by an interpolation of choice.
  public static Transform randomResizedCrop(
      int height, int width, ResizedCrop spec, Interpolation by) {
    double logLow = Math.log(spec.ratio().get(0));
    double logHigh = Math.log(spec.ratio().get(1));
    return (image, random) -> {
      double area = (double) image.height() * image.width();
      for (int attempt = 0; attempt < 10; attempt++) {
        double target = area * between(random, spec.scale().get(0), spec.scale().get(1));
        double ratio = StrictMath.exp(between(random, logLow, logHigh));
        int w = (int) Math.round(Math.sqrt(target * ratio));
        int h = (int) Math.round(Math.sqrt(target / ratio));
        if (w >= 1 && h >= 1 && w <= image.width() && h <= image.height()) {
          int top = random.nextInt(image.height() - h + 1);
          int left = random.nextInt(image.width() - w + 1);
          return Resize.box(image, top, left, h, w, height, width, by);
        }
      }
      double shape = (double) image.width() / image.height();
      int w = image.width();
      int h = image.height();
      if (shape < spec.ratio().get(0)) {
        h = (int) Math.round(w / spec.ratio().get(0));
      } else if (shape > spec.ratio().get(1)) {
        w = (int) Math.round(h * spec.ratio().get(1));
      }
      return Resize.box(
          image, (image.height() - h) / 2, (image.width() - w) / 2, h, w, height, width, by);
    };
  }

  /// Resizes so that the shorter side has `size` pixels, keeping the aspect ratio.
  public static Transform resizeShortSide(int size) {
    return resizeShortSide(size, Interpolation.BILINEAR);
  }

  /// The same by an interpolation of choice.
  public static Transform resizeShortSide(int size, Interpolation by) {
    return (image, _) -> {
      int shorter = Math.min(image.height(), image.width());
      return resize(
          image,
          (int) ((long) image.height() * size / shorter),
          (int) ((long) image.width() * size / shorter),
          by);
    };
  }

  /// The middle (height, width) of an image that is at least as large.
  public static Transform centerCrop(int height, int width) {
    return (image, _) -> {
      if (image.height() < height || image.width() < width) {
        throw new DataException(
            "centre crop of %d x %d from an image of %d x %d: resize it first"
                .formatted(height, width, image.height(), image.width()));
      }
      int top = Math.round((image.height() - height) / 2f);
      int left = Math.round((image.width() - width) / 2f);
      return crop(image, top, left, height, width, CropMode.ZERO);
    };
  }

  /// Bilinear with antialiasing.
  public static Image resize(Image image, int height, int width) {
    return resize(image, height, width, Interpolation.BILINEAR);
  }

  /// Resizes with antialiasing.
  public static Image resize(Image image, int height, int width, Interpolation by) {
    return Resize.box(image, 0, 0, image.height(), image.width(), height, width, by);
  }

  /// The (height, width) at (top, left), which may lie partly outside; `mode` says what is there.
  public static Image crop(Image image, int top, int left, int height, int width, CropMode mode) {
    int pixel = image.pixelBytes();
    var bytes = new byte[height * width * pixel];
    for (int h = 0; h < height; h++) {
      int from = inside(top + h, image.height(), mode);
      if (from < 0) {
        continue;
      }
      // The part of the row inside the image is one copy; the rest goes pixel by pixel.
      int first = Math.clamp(-(long) left, 0, width);
      int last = Math.clamp((long) image.width() - left, first, width);
      int row = from * image.width();
      if (first < last) {
        System.arraycopy(
            image.bytes(),
            (row + left + first) * pixel,
            bytes,
            (h * width + first) * pixel,
            (last - first) * pixel);
      }
      for (int w = 0; w < width; w++) {
        int column = w < first || w >= last ? inside(left + w, image.width(), mode) : -1;
        if (column >= 0) {
          System.arraycopy(
              image.bytes(), (row + column) * pixel, bytes, (h * width + w) * pixel, pixel);
        }
      }
    }
    return Image.of(height, width, image.channels(), image.dtype(), bytes);
  }

  /// The image with `channels` channels: grey is repeated, colour becomes grey by its luma
  /// (BT.601); other changes are an error.
  public static Image channels(Image image, int channels) {
    if (image.channels() == channels) {
      return image;
    }
    boolean spread = image.channels() == 1;
    if (!spread && !(channels == 1 && image.channels() == 3)) {
      throw new DataException(
          "an image of %d channels cannot become one of %d".formatted(image.channels(), channels));
    }
    int pixels = image.height() * image.width();
    var bytes = new byte[pixels * channels];
    for (int i = 0; i < pixels; i++) {
      if (spread) {
        java.util.Arrays.fill(bytes, i * channels, (i + 1) * channels, image.bytes()[i]);
      } else {
        double luma =
            0.299 * (image.bytes()[3 * i] & 0xff)
                + 0.587 * (image.bytes()[3 * i + 1] & 0xff)
                + 0.114 * (image.bytes()[3 * i + 2] & 0xff);
        bytes[i] = (byte) Math.round(luma);
      }
    }
    return Image.of(image.height(), image.width(), channels, bytes);
  }

  public static Image flip(Image image) {
    int pixel = image.pixelBytes();
    int width = image.width();
    var bytes = new byte[image.bytes().length];
    for (int h = 0; h < image.height(); h++) {
      for (int w = 0; w < width; w++) {
        int from = (h * width + width - 1 - w) * pixel;
        int to = (h * width + w) * pixel;
        for (int b = 0; b < pixel; b++) {
          bytes[to + b] = image.bytes()[from + b];
        }
      }
    }
    return Image.of(image.height(), width, image.channels(), image.dtype(), bytes);
  }

  /// The index that `i` reads from, or -1 for black. Mirrored about the edge pixel, which is not
  /// repeated: -1 reads 1.
  private static int inside(int i, int n, CropMode mode) {
    if (i >= 0 && i < n) {
      return i;
    }
    return switch (mode) {
      case ZERO -> -1;
      case REFLECT -> {
        int period = Math.max(1, 2 * (n - 1));
        int folded = Math.floorMod(i, period);
        yield Math.min(folded, period - folded);
      }
    };
  }

  private static double between(RandomGenerator random, double low, double high) {
    return low + (high - low) * random.nextDouble();
  }

  /// The transforms one after the other.
  public static Transform chain(List<Transform> steps) {
    return steps.stream().reduce(Transform.identity(), Transform::then);
  }
}
