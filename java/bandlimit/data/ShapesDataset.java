package bandlimit.data;

import bandlimit.error.ConfigException;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// The embedded data set: ten classes of coloured shapes and textures in front of waves and noise,
/// generated from (seed, split, index).
///
/// Every picture is a finite Fourier series that ends below three quarters of Nyquist, so it can be
/// rendered at any fractional shift without interpolation. Levels are doubles inside 0..255 and
/// become bytes by floor(level + 1/2): the one inexact step, an error of at most half a level,
/// which is white and not band-limited.
public final class ShapesDataset implements Dataset, ExactShifts {
  private static final long CACHE_BYTES = 256L << 20;
  private static final int DEFAULT_SIZE = 32;
  private static final int MIN_SIZE = 16;
  private static final int CHANNELS = 3;
  private static final int PLANE = 2; // planeShift's canvas is so many times the image

  private final Split split;
  private final int count;
  private final int size;
  private final long seed;
  private final Spectrum.Table circle;
  private final Spectrum.Table plane;
  private final AtomicReferenceArray<@Nullable Image> cache;

  public ShapesDataset(DataSpec spec, Split split) {
    int all = split == Split.TRAIN ? spec.trainSize() : spec.testSize();
    this.split = split;
    this.count = Math.min(all, spec.limit().orElse(all));
    this.size = spec.imageSize().orElse(DEFAULT_SIZE);
    this.seed = spec.seed();
    if (size < MIN_SIZE) { // below, there is no room between the object's size and the cutoff
      throw new ConfigException(
          "data.image_size of shapes must be " + MIN_SIZE + " or more, got " + size);
    }
    this.circle = Spectrum.table(size, size);
    this.plane = Spectrum.table(PLANE * size, size);
    long bytes = (long) count * size * size * CHANNELS;
    this.cache = new AtomicReferenceArray<>(bytes <= CACHE_BYTES ? count : 0);
  }

  @Override
  public String name() {
    return "shapes";
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
    return Arrays.stream(ShapeKind.values()).map(ShapeKind::label).toList();
  }

  @Override
  public Normalization normalization() {
    return Normalization.uniform(CHANNELS, 0.5, 0.2);
  }

  /// Classes take turns, so every stretch of indices is balanced.
  @Override
  public int label(int index) {
    return index % ShapeKind.values().length;
  }

  @Override
  public Image image(int index) {
    if (cache.length() == 0) {
      return circularShift(index, 0, 0);
    }
    Image image = cache.get(index);
    if (image == null) { // two threads may both render it, to the same bytes
      image = circularShift(index, 0, 0);
      cache.set(index, image);
    }
    return image;
  }

  @Override
  public Image circularShift(int index, double dx, double dy) {
    return bytes(levels(index, size, circle, dx, dy));
  }

  @Override
  public Image planeShift(int index, double dx, double dy) {
    return bytes(levels(index, PLANE * size, plane, dx, dy));
  }

  /// [#circularShift] before it is rounded to bytes: (H, W, C), inside 0..255.
  public double[] circularLevels(int index, double dx, double dy) {
    return levels(index, size, circle, dx, dy);
  }

  private double[] levels(int index, int period, Spectrum.Table table, double dx, double dy) {
    if (index < 0 || index >= count) {
      throw new IndexOutOfBoundsException("sample " + index + " of " + count);
    }
    SplittableRandom random = Draws.at(seed, split.ordinal(), index);
    Spectrum[] spectra = Scene.spectra(ShapeKind.values()[label(index)], size, period, random);
    var levels = new double[size * size * CHANNELS];
    for (int c = 0; c < CHANNELS; c++) {
      double[] channel = spectra[c].render(table, dx, dy);
      for (int i = 0; i < channel.length; i++) {
        levels[i * CHANNELS + c] = channel[i];
      }
    }
    return levels;
  }

  private Image bytes(double[] levels) {
    var bytes = new byte[levels.length];
    for (int i = 0; i < levels.length; i++) {
      bytes[i] = (byte) (int) (levels[i] + 0.5);
    }
    return Image.of(size, size, CHANNELS, bytes);
  }
}
