package bandlimit.data;

import bandlimit.error.ConfigException;
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
public record AugmentSpec(
    int cropPadding, CropMode cropMode, double flip, Optional<ResizedCrop> randomResizedCrop) {

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
    if (!(flip >= 0 && flip <= 1)) {
      throw new ConfigException("flip is a probability, 0 to 1, got " + flip);
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
    return new Windows(cropPadding, cropMode, flip);
  }

  public boolean isNone() {
    return cropPadding == 0 && flip == 0 && randomResizedCrop.isEmpty();
  }
}
