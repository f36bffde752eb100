package bandlimit.data;

import bandlimit.error.ConfigException;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// RandAugment (Cubuk et al. 2020): a few operations drawn with replacement, each of one magnitude.
///
/// As text in timm's grammar: `rand` and, each after a hyphen, `m9` magnitude 0 to 10 (default 10),
/// `n2` operations (2), `mstd0.5` deviation of a magnitude drawn anew for each operation (0; above
/// 100 it is uniform from 0 to m), `p0.5` probability of each operation (0.5), `inc1` operations
/// that all grow with the magnitude (0: strength of four runs from weak to strong, and posterize
/// and solarize fall).
public record RandAugment(
    int magnitude, int layers, double deviation, double probability, boolean increasing) {
  private static final int MOST = 10;
  private static final Pattern PART = Pattern.compile("(mstd|inc|m|n|p)(\\d+(?:\\.\\d+)?|inf)");

  enum Operation {
    AUTO_CONTRAST,
    EQUALIZE,
    INVERT,
    ROTATE,
    POSTERIZE,
    SOLARIZE,
    SOLARIZE_ADD,
    COLOR,
    CONTRAST,
    BRIGHTNESS,
    SHARPNESS,
    SHEAR_X,
    SHEAR_Y,
    TRANSLATE_X,
    TRANSLATE_Y
  }

  private static final List<Operation> OPERATIONS = List.of(Operation.values());

  /// @throws ConfigException if `text` is not of that grammar
  public static RandAugment parse(String text) {
    String[] parts = text.split("-", -1);
    double magnitude = MOST;
    double layers = 2;
    double deviation = 0;
    double probability = 0.5;
    boolean increasing = false;
    if (!parts[0].equals("rand")) {
      throw wrong(text, "starts with " + parts[0] + ", but only rand is there");
    }
    for (int i = 1; i < parts.length; i++) {
      Matcher part = PART.matcher(parts[i]);
      if (!part.matches() || (part.group(2).equals("inf") && !part.group(1).equals("mstd"))) {
        throw wrong(text, "has a part " + parts[i]);
      }
      double value =
          part.group(2).equals("inf")
              ? Double.POSITIVE_INFINITY
              : Double.parseDouble(part.group(2));
      switch (part.group(1)) {
        case "m" -> magnitude = value;
        case "n" -> layers = value;
        case "mstd" -> deviation = value;
        case "p" -> probability = value;
        default -> increasing = value != 0;
      }
    }
    if (magnitude > MOST || magnitude != Math.rint(magnitude)) {
      throw wrong(text, "has a magnitude that is no whole number of 0 to 10");
    }
    if (layers < 1 || layers > OPERATIONS.size() || layers != Math.rint(layers)) {
      throw wrong(text, "has a number of operations that is no whole number of 1 to 15");
    }
    if (probability > 1) {
      throw wrong(text, "has a probability above 1");
    }
    return new RandAugment((int) magnitude, (int) layers, deviation, probability, increasing);
  }

  private static ConfigException wrong(String text, String what) {
    return new ConfigException(
        ("auto_augment \"%s\" %s; write rand, then of m0..m10, n1..n15, mstd, p0..p1, inc0 or inc1"
                + " what you want, as in rand-m9-mstd0.5-inc1")
            .formatted(text, what));
  }

  /// For U8 images of 1 or 3 channels; `fill` is what turns and moves let in.
  Transform transform(int[] fill) {
    return (image, random) -> {
      Image result = image;
      for (int i = 0; i < layers; i++) {
        Operation operation = OPERATIONS.get(random.nextInt(OPERATIONS.size()));
        if (random.nextDouble() < probability) {
          double level = level(random) / MOST;
          result = apply(operation, result, level, random.nextBoolean() ? 1 : -1, fill);
        }
      }
      return result;
    };
  }

  private double level(RandomGenerator random) {
    if (deviation == 0) {
      return magnitude;
    }
    double drawn =
        deviation > 100
            ? random.nextDouble() * magnitude
            : random.nextGaussian(magnitude, deviation);
    return Math.clamp(drawn, 0, MOST);
  }

  /// @param level 0 to 1
  /// @param sign 1 or -1, for what goes two ways
  Image apply(Operation operation, Image image, double level, int sign, int[] fill) {
    double strength = increasing ? Math.max(0.1, 1 + 0.9 * sign * level) : 0.1 + 1.8 * level;
    int bits = (int) (4 * level);
    int threshold = (int) (256 * level);
    double by = sign * level;
    return switch (operation) {
      case AUTO_CONTRAST -> Pixels.autoContrast(image);
      case EQUALIZE -> Pixels.equalize(image);
      case INVERT -> Pixels.invert(image);
      case POSTERIZE -> Pixels.posterize(image, increasing ? 4 - bits : bits);
      case SOLARIZE -> Pixels.solarize(image, increasing ? 256 - threshold : threshold);
      case SOLARIZE_ADD -> Pixels.solarizeAdd(image, (int) (110 * level));
      case COLOR -> Pixels.color(image, strength);
      case CONTRAST -> Pixels.contrast(image, strength);
      case BRIGHTNESS -> Pixels.brightness(image, strength);
      case SHARPNESS -> Pixels.sharpness(image, strength);
      case ROTATE -> rotate(image, Math.toRadians(30 * by), fill);
      case SHEAR_X -> Pixels.affine(image, new double[] {1, 0.3 * by, 0, 0, 1, 0}, fill);
      case SHEAR_Y -> Pixels.affine(image, new double[] {1, 0, 0, 0.3 * by, 1, 0}, fill);
      case TRANSLATE_X ->
          Pixels.affine(image, new double[] {1, 0, 0.45 * by * image.width(), 0, 1, 0}, fill);
      case TRANSLATE_Y ->
          Pixels.affine(image, new double[] {1, 0, 0, 0, 1, 0.45 * by * image.height()}, fill);
    };
  }

  /// Counter-clockwise about the middle.
  private static Image rotate(Image image, double angle, int[] fill) {
    double cos = StrictMath.cos(angle);
    double sin = StrictMath.sin(angle);
    double x = image.width() / 2.0;
    double y = image.height() / 2.0;
    var matrix = new double[] {cos, -sin, x - cos * x + sin * y, sin, cos, y - sin * x - cos * y};
    return Pixels.affine(image, matrix, fill);
  }
}
