package bandlimit.certify;

import bandlimit.data.DataSpec;
import bandlimit.data.Dataset;
import bandlimit.data.Image;
import bandlimit.data.Normalization;
import bandlimit.data.ShapesDataset;
import bandlimit.data.Split;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// What is pushed through a network: normalised as its first step does, without the Nyquist
/// frequency of even sizes.
///
/// @param source in words
/// @param generated whether they are made up
public record Images(String source, boolean generated, List<Field> fields) {
  private static final int SMALLEST_SHAPES = 16;
  private static final double FALL = 1.5; // of the amplitudes of generated images with frequency

  public Images {
    fields = List.copyOf(fields);
  }

  /// `count` samples of a data set, drawn by `seed`.
  public static Images of(Dataset data, Normalization normalization, int count, long seed) {
    var random = new SplittableRandom(seed);
    var fields = new ArrayList<Field>();
    int wanted = Math.min(count, data.size());
    for (int i = 0; i < wanted; i++) {
      // one of each stretch: no sample twice, whatever order the set has
      long from = (long) data.size() * i / wanted;
      long to = (long) data.size() * (i + 1) / wanted;
      var stored = data.image((int) random.nextLong(from, to));
      if (!stored.isPlaceholder()) {
        var image = data.evaluationTransform().apply(stored, new SplittableRandom(0));
        fields.add(field(image, normalization).lowpassed());
      }
    }
    String source = "%d test samples of %s".formatted(fields.size(), data.name());
    return new Images(source, false, fields);
  }

  /// Made-up samples of this type: the generated data set where it has such, else noise whose
  /// amplitudes fall with frequency as those of photographs do.
  public static Images generated(
      TensorType sample, Normalization normalization, int count, long seed) {
    var shape = sample.shape();
    boolean shapes =
        sample.dtype() == DType.U8
            && shape.at(0) == shape.at(1)
            && shape.at(0) >= SMALLEST_SHAPES
            && shape.at(2) == 3;
    if (shapes) {
      var spec =
          DataSpec.of("shapes").withSeed(seed).withSizes(1, count).withImageSize(shape.at(0));
      var made = of(new ShapesDataset(spec, Split.TEST), normalization, count, seed);
      return new Images(count + " generated samples (shapes)", true, made.fields);
    }
    var fields = new ArrayList<Field>();
    for (int i = 0; i < count; i++) {
      fields.add(smooth(shape.at(0), shape.at(1), shape.at(2), seed * 31 + i));
    }
    return new Images(count + " generated samples (smooth noise)", true, fields);
  }

  /// White noise of variance 1 without the Nyquist frequency.
  static List<Field> noise(int h, int w, int c, int count, long seed) {
    var fields = new ArrayList<Field>();
    for (int i = 0; i < count; i++) {
      fields.add(white(h, w, c, seed * 1009 + i).lowpassed());
    }
    return fields;
  }

  private static Field white(int h, int w, int c, long seed) {
    var random = new java.util.Random(seed);
    var values = new double[h * w * c];
    java.util.Arrays.setAll(values, _ -> random.nextGaussian());
    return new Field(h, w, c, values);
  }

  /// A sum of narrower and narrower bands of white noise.
  private static Field smooth(int h, int w, int c, long seed) {
    var sum = new Field(h, w, c, new double[h * w * c]);
    double amplitude = 1;
    for (int band = 1; band < Math.max(h, w); band = 2 * band + 1) {
      var part =
          white(h, w, c, seed * 31 + band)
              .along(
                  bandlimit.signal.IdealResampler.lowpass(h, odd(Math.min(h, band))),
                  bandlimit.signal.IdealResampler.lowpass(w, odd(Math.min(w, band))));
      double size = Math.sqrt(part.energy() / part.values().length);
      sum = sum.plus(size == 0 ? 0 : amplitude / size, part);
      amplitude /= FALL;
    }
    return sum;
  }

  private static int odd(int n) {
    return n % 2 == 0 ? n - 1 : n;
  }

  private static Field field(Image image, Normalization normalization) {
    int c = image.channels();
    var values = new double[image.height() * image.width() * c];
    double unit = image.dtype() == DType.U8 ? 255 : 1;
    for (int i = 0; i < values.length; i++) {
      int channel = i % c;
      int pixel = i / c;
      double level = image.at(pixel / image.width(), pixel % image.width(), channel) / unit;
      values[i] = (level - normalization.mean().get(channel)) / normalization.std().get(channel);
    }
    return new Field(image.height(), image.width(), c, values);
  }
}
