package bandlimit.eval;

import bandlimit.data.Dataset;
import bandlimit.data.Image;
import bandlimit.data.Interpolation;
import bandlimit.data.Transform;
import bandlimit.data.Transforms;
import bandlimit.error.ConfigException;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.SplittableRandom;

/// Where crops are taken from: an area somewhat larger than a sample, and how far a crop may move
/// in it.
///
/// - `reflect4`, samples of up to 64 pixels and signals: the sample, mirrored by 4 pixels on each
///   side; crops at 0..7 (a signal only along time)
/// - `int32`, larger images: the stored image, shorter side resized to size + 32, centre crop of
///   size + 32; crops at 0..31 (for samples of 224 this is the published protocol)
///
/// A sweep also takes the offset after the last, 8 or 32, as published.
record CropCanvas(Kind kind, int height, int width, Interpolation interpolation) {
  private static final int LARGEST_SMALL = 64;

  enum Kind {
    REFLECT4(8),
    INT32(32);

    final int offsets;

    Kind(int offsets) {
      this.offsets = offsets;
    }
  }

  static CropCanvas of(Dataset dataset) {
    TensorType sample = dataset.sampleType();
    Shape shape = sample.shape();
    int height = shape.at(0);
    int width = shape.at(1);
    boolean large = Math.min(height, width) > LARGEST_SMALL && sample.dtype() == DType.U8;
    var canvas =
        new CropCanvas(large ? Kind.INT32 : Kind.REFLECT4, height, width, dataset.interpolation());
    if (!large && (width < 5 || (height > 1 && height < 5))) {
      throw new ConfigException(
          "shift.protocols: crop, diagonal and adversarial mirror 4 pixels on each side, which"
              + " takes"
              + " samples of 5 or more, got %d x %d; leave them out".formatted(height, width));
    }
    return canvas;
  }

  int offsets() {
    return kind.offsets;
  }

  boolean isSignal() {
    return height == 1;
  }

  /// The end of a protocol's label: `crop-reflect4`, `diagonal-int32`.
  String label() {
    return switch (kind) {
      case REFLECT4 -> "reflect4";
      case INT32 -> "int32";
    };
  }

  String inWords() {
    return switch (kind) {
      case REFLECT4 -> "The sample is mirrored by 4 pixels at its borders.";
      case INT32 ->
          "The image's shorter side is resized to %d and the middle %d x %d taken."
              .formatted(Math.max(height, width) + 32, height + 32, width + 32);
    };
  }

  /// The area to crop from; `stored` as in the data set, `sample` after its evaluation transform.
  Image area(Image stored, Image sample) {
    return switch (kind) {
      case REFLECT4 -> sample;
      case INT32 -> {
        Transform toArea =
            Transforms.resizeShortSide(Math.max(height, width) + 32, interpolation)
                .then(Transforms.centerCrop(height + 32, width + 32));
        yield toArea.apply(stored, new SplittableRandom(0)); // neither step draws
      }
    };
  }

  /// The sample at offset (top, left), each 0 to offsets().
  Image crop(Image area, int top, int left) {
    int mirrored = kind == Kind.REFLECT4 ? 4 : 0;
    int row = isSignal() ? 0 : top - mirrored;
    return Shifts.crop(area, row, left - mirrored, height, width);
  }
}
