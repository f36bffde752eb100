package bandlimit.data;

import bandlimit.error.ConfigException;
import bandlimit.tensor.DType;
import java.util.List;
import java.util.Optional;

/// What is done at random to a training sample; [Transforms#of] makes the transform.
///
/// @param cropPadding pad by so many pixels on each side, then crop back to size at a random
///   offset; 0 is off. Signals (height 1) are padded along time only
/// @param cropMode what the padding holds
/// @param flip probability of a horizontal flip
/// @param randomResizedCrop a random part of the image, resized to the sample size; comes before
///   the others
/// @param autoAugment [RandAugment] in timm's grammar, after crop and flip
/// @param colorJitter brightness, contrast and saturation by up to this share, after those; 0 is
///   off
/// @param erase parts overwritten, after all these
/// @param mixup,cutmix Beta parameters of mixing samples in pairs, after erasing; 0 is off
/// @param mixupProb probability of a batch to be mixed
/// @param mixupSwitchProb of those by CutMix, where both are on
/// @param mixupOffEpoch epochs before mixing ends; 0 never ends it
public record AugmentSpec(
    int cropPadding,
    CropMode cropMode,
    double flip,
    Optional<ResizedCrop> randomResizedCrop,
    Optional<String> autoAugment,
    double colorJitter,
    Erase erase,
    double mixup,
    double cutmix,
    double mixupProb,
    double mixupSwitchProb,
    int mixupOffEpoch) {

  /// Crops and flips alone.
  public AugmentSpec(
      int cropPadding, CropMode cropMode, double flip, Optional<ResizedCrop> randomResizedCrop) {
    this(
        cropPadding,
        cropMode,
        flip,
        randomResizedCrop,
        Optional.empty(),
        0,
        Erase.NONE,
        0,
        0,
        1,
        0.5,
        0);
  }

  /// What an erased part holds: the mean colour, one random colour, or noise.
  public enum EraseMode {
    CONST,
    RAND,
    PIXEL
  }

  /// @param prob of a sample to lose parts
  /// @param count of parts, at most
  public record Erase(double prob, EraseMode mode, int count) {
    static final Erase NONE = new Erase(0, EraseMode.PIXEL, 1);

    public Erase {
      probability("erase.prob", prob);
      if (count < 1) {
        throw new ConfigException("erase.count must be 1 or more, got " + count);
      }
    }
  }

  /// What lies outside the image under a padded crop: black, or the image mirrored about its edge
  /// pixels.
  public enum CropMode {
    ZERO,
    REFLECT
  }

  /// A crop with an area of `scale` = [least, most] of the image's and an aspect ratio, width to
  /// height, of `ratio` = [least, most].
  public record ResizedCrop(List<Double> scale, List<Double> ratio) {
    public ResizedCrop {
      scale = List.copyOf(scale);
      ratio = List.copyOf(ratio);
      increasing("random_resized_crop.scale", scale);
      increasing("random_resized_crop.ratio", ratio);
      if (scale.get(1) > 1) {
        throw new ConfigException(
            "random_resized_crop.scale must end at 1 or less, got " + scale.get(1));
      }
    }

    /// The usual choice for ImageNet: scale 0.08 to 1, ratio 3/4 to 4/3.
    public static ResizedCrop imagenet() {
      return new ResizedCrop(List.of(0.08, 1.0), List.of(3.0 / 4, 4.0 / 3));
    }

    private static void increasing(String key, List<Double> range) {
      if (range.size() != 2 || !(range.get(0) > 0) || !(range.get(0) <= range.get(1))) {
        throw new ConfigException(
            key + " must be two increasing positive numbers [least, most], got " + range);
      }
    }
  }

  public AugmentSpec {
    if (cropPadding < 0) {
      throw new ConfigException("crop_padding must be 0 or more, got " + cropPadding);
    }
    probability("flip", flip);
    probability("mixup_prob", mixupProb);
    probability("mixup_switch_prob", mixupSwitchProb);
    autoAugment.ifPresent(RandAugment::parse);
    if (!(colorJitter >= 0) || !(mixup >= 0) || !(cutmix >= 0) || mixupOffEpoch < 0) {
      throw new ConfigException(
          "color_jitter, mixup, cutmix and mixup_off_epoch must be 0 or more, got %s, %s, %s, %d"
              .formatted(colorJitter, mixup, cutmix, mixupOffEpoch));
    }
  }

  private static void probability(String key, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new ConfigException(key + " is a probability, 0 to 1, got " + value);
    }
  }

  public static AugmentSpec none() {
    return new AugmentSpec(0, CropMode.ZERO, 0, Optional.empty());
  }

  /// The usual choice for CIFAR: crop from 4 pixels of black padding, flip every second image.
  public static AugmentSpec cifar() {
    return new AugmentSpec(4, CropMode.ZERO, 0.5, Optional.empty());
  }

  /// The usual choice for ImageNet: random resized crop, flip every second image.
  public static AugmentSpec imagenet() {
    return new AugmentSpec(0, CropMode.ZERO, 0.5, Optional.of(ResizedCrop.imagenet()));
  }

  /// What of it comes last and moves pixels only.
  public Windows windows() {
    return changesColours() ? Windows.WHOLE : new Windows(cropPadding, cropMode, flip);
  }

  /// Whether values change after pixels have moved.
  boolean changesColours() {
    return autoAugment.isPresent() || colorJitter > 0;
  }

  /// Whether samples are mixed in pairs.
  public boolean mixes() {
    return mixup > 0 || cutmix > 0;
  }

  /// Whether training samples lie between bytes, so that batches are F32.
  public boolean onFloats() {
    return mixes() || erase.prob > 0;
  }

  /// @throws ConfigException if samples of `dataset` cannot be augmented so
  void check(Dataset dataset) {
    var sample = dataset.sampleType();
    int channels = sample.shape().at(2);
    if (dataset.columns() > 1 && (!windows().equals(Windows.WHOLE) || mixes())) {
      throw new ConfigException(
          "augment: %s has a label for each of %d columns, which a crop, a flip or a mix would not"
                  .formatted(dataset.name(), dataset.columns())
              + " move along; leave them out");
    }
    boolean picture = sample.dtype() == DType.U8 && (channels == 1 || channels == 3);
    if (changesColours() && !picture) {
      throw new ConfigException(
          "augment.auto_augment and augment.color_jitter take byte images of 1 or 3 channels, but"
              + " %s has samples of %s; leave them out".formatted(dataset.name(), sample));
    }
    if (erase.prob > 0 && sample.shape().at(0) == 1) {
      throw new ConfigException(
          "augment.erase takes images, but %s has signals of %s; leave it out"
              .formatted(dataset.name(), sample.shape()));
    }
  }
}
