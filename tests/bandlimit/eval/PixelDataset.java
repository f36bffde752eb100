package bandlimit.eval;

import bandlimit.data.Dataset;
import bandlimit.data.Image;
import bandlimit.data.Normalization;
import bandlimit.data.Split;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.SplittableRandom;

/// Random bytes, labels in turn.
final class PixelDataset implements Dataset {
  private final int size;
  private final int height;
  private final int width;
  private final int channels;
  private final int classes;
  private final long seed;

  PixelDataset(int size, int height, int width, int channels, int classes, long seed) {
    this.size = size;
    this.height = height;
    this.width = width;
    this.channels = channels;
    this.classes = classes;
    this.seed = seed;
  }

  @Override
  public String name() {
    return "pixels";
  }

  @Override
  public Split split() {
    return Split.TEST;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public TensorType sampleType() {
    return TensorType.of(DType.U8, height, width, channels);
  }

  @Override
  public List<String> classNames() {
    return java.util.stream.IntStream.range(0, classes).mapToObj(k -> "class " + k).toList();
  }

  @Override
  public Normalization normalization() {
    return Normalization.uniform(channels, 0, 1);
  }

  @Override
  public int label(int index) {
    return index % classes;
  }

  @Override
  public Image image(int index) {
    var bytes = new byte[height * width * channels];
    new SplittableRandom(seed + index).nextBytes(bytes);
    return Image.of(height, width, channels, bytes);
  }
}
