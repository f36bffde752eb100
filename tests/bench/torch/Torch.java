import bandlimit.bench.SameStart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// libtorch's functions with the arguments that are the same everywhere here.
final class Torch {
  static final torch.ScalarType F32 = torch.ScalarType.Float;
  private static final long[] ONE = {1, 1};

  private Torch() {}

  static Tensor tensor(float[] values, long... dims) {
    return torch.from_blob(new FloatPointer(values), dims, new TensorOptions(F32)).clone();
  }

  static Tensor filled(double value, long size) {
    var values = new float[(int) size];
    java.util.Arrays.fill(values, (float) value);
    return tensor(values, size);
  }

  /// Uniform within -`bound`..`bound`, from the tensor's name.
  static Tensor random(String name, double bound, long... dims) {
    long size = 1;
    for (long extent : dims) {
      size *= extent;
    }
    var values = new float[(int) size];
    for (int j = 0; j < size; j++) {
      values[j] = (float) (bound * SameStart.uniform(name, j));
    }
    return tensor(values, dims);
  }

  /// Bytes (n, c, h, w) that lie as (n, h, w, c), or where `nhwc` is false as they read.
  static Tensor images(int batch, int size, int channels, boolean nhwc) {
    var bytes = new byte[batch * size * size * channels];
    for (int j = 0; j < bytes.length; j++) {
      bytes[j] = (byte) SameStart.pixel(j);
    }
    var type = new TensorOptions(torch.ScalarType.Byte);
    var dims = new long[] {batch, size, size, channels};
    var images = torch.from_blob(new BytePointer(bytes), dims, type).clone().permute(0, 3, 1, 2);
    return nhwc ? images : images.contiguous();
  }

  static Tensor labels(int batch, int classes) {
    var labels = new long[batch];
    for (int n = 0; n < batch; n++) {
      labels[n] = n % classes;
    }
    var type = new TensorOptions(torch.ScalarType.Long);
    return torch.from_blob(new LongPointer(labels), new long[] {batch}, type).clone();
  }

  static Tensor conv(
      Tensor x, Tensor weight, TensorOptional bias, int stride, int pad, long groups) {
    var strides = new long[] {stride, stride};
    return torch.conv2d(x, weight, bias, strides, new long[] {pad, pad}, ONE, groups);
  }

  /// Depthwise convolution by a fixed filter on reflected edges.
  static Tensor lowpass(Tensor x, Tensor filter, int stride) {
    long taps = filter.size(2);
    long before = (taps - 1) / 2;
    long after = taps / 2;
    var padded = pad(x, "reflect", before, after);
    return conv(padded, filter, new TensorOptional(), stride, 0, x.size(1));
  }

  static Tensor pad(Tensor x, String mode, long before, long after) {
    return torch.pad(x, new long[] {before, after, before, after}, mode, new DoubleOptional());
  }

  /// The binomial filter of `taps` x `taps` for each channel.
  static Tensor binomial(int channels, int taps) {
    var row = new double[taps];
    row[0] = 1;
    for (int n = 1; n < taps; n++) {
      for (int k = n; k > 0; k--) {
        row[k] += row[k - 1];
      }
    }
    var values = new float[channels * taps * taps];
    for (int j = 0; j < values.length; j++) {
      values[j] = (float) (row[j / taps % taps] * row[j % taps] / Math.pow(4, taps - 1));
    }
    return tensor(values, channels, 1, taps, taps);
  }

  /// The gradients of <y, dy> with respect to `leaves`.
  static void gradients(Tensor y, Tensor dy, Tensor... leaves) {
    var of = new TensorVector(leaves);
    torch.grad(new TensorVector(y), of, new TensorVector(dy), new BoolOptional(), false, false);
  }
}
