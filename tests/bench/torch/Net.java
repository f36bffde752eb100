import bandlimit.bench.SameStart;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/// A network written as a function: the first pass makes its parameters, named as Bandlimit and
/// torchvision name them, and counts its multiplications.
abstract class Net {
  final int taps;
  final int classes;
  final boolean nhwc;
  private final Map<String, Tensor> parameters = new TreeMap<>();
  private final Map<String, Tensor> statistics = new TreeMap<>();
  private final Map<Integer, Tensor> filters = new TreeMap<>();
  private boolean counting = true;
  private long macs;

  /// `taps` of the low-pass at every loss of resolution; 0 is the plain network.
  Net(int taps, int classes, boolean nhwc) {
    this.taps = taps;
    this.classes = classes;
    this.nhwc = nhwc;
  }

  abstract Tensor forward(Tensor x);

  /// Ends the first pass: statistics are again what they start from.
  void start() {
    counting = false;
    statistics.forEach((path, value) -> value.fill_(new Scalar(path.endsWith("var") ? 1.0 : 0.0)));
  }

  Tensor[] parameters() {
    return parameters.values().toArray(Tensor[]::new);
  }

  long parameterCount() {
    return parameters.values().stream().mapToLong(Tensor::numel).sum();
  }

  /// Of convolutions, low-passes and the linear layer, one image.
  long macs() {
    return macs;
  }

  Tensor conv(String path, Tensor x, int width, int kernel, int stride, int pad) {
    var weight = parameter(path + ".weight", width, x.size(1), kernel, kernel);
    var y = Torch.conv(x, weight, new TensorOptional(), stride, pad, 1);
    count(weight.numel() * y.size(2) * y.size(3));
    return y;
  }

  /// Batch norm of a training step.
  Tensor norm(String path, Tensor x) {
    long channels = x.size(1);
    return torch.batch_norm(
        x,
        new TensorOptional(parameter(path + ".weight", channels)),
        new TensorOptional(parameter(path + ".bias", channels)),
        new TensorOptional(statistic(path + ".mean", channels)),
        new TensorOptional(statistic(path + ".var", channels)),
        true,
        0.1,
        1e-5,
        false);
  }

  Tensor normRelu(String path, Tensor x) {
    return norm(path, x).relu_();
  }

  /// The low-pass at stride 2.
  Tensor blur(Tensor x) {
    int channels = (int) x.size(1);
    var filter = filters.computeIfAbsent(channels, c -> keep(Torch.binomial(c, taps)));
    var y = Torch.lowpass(x, filter, 2);
    // as Bandlimit counts: rows of the padded map, then columns
    count(taps * channels * y.size(2) * (x.size(3) + taps - 1 + y.size(3)));
    return y;
  }

  Tensor maxPool(Tensor x, int kernel, int stride, int pad) {
    var one = new long[] {1, 1};
    return torch.max_pool2d(x, square(kernel), square(stride), square(pad), one, false);
  }

  private static long[] square(int extent) {
    return new long[] {extent, extent};
  }

  Tensor classify(Tensor x) {
    var features = x.mean(new long[] {2, 3}, false, new ScalarTypeOptional());
    var weight = parameter("fc.weight", classes, features.size(1));
    count(weight.numel());
    return torch.linear(features, weight, new TensorOptional(parameter("fc.bias", classes)));
  }

  void count(long products) {
    macs += counting ? products : 0;
  }

  private Tensor statistic(String path, long channels) {
    return statistics.computeIfAbsent(path, _ -> keep(Torch.filled(0, channels)));
  }

  Tensor parameter(String path, long... dims) {
    if (dims.length == 1) {
      return constant(path, path.endsWith("bias") ? 0 : 1, dims[0]);
    }
    long size = java.util.Arrays.stream(dims).reduce(1, (a, b) -> a * b);
    return parameter(path, () -> Torch.random(path, SameStart.bound(dims[0], size), dims));
  }

  /// Of `size` numbers that start from one value.
  Tensor constant(String path, double value, long size) {
    return parameter(path, () -> Torch.filled(value, size));
  }

  private Tensor parameter(String path, Supplier<Tensor> start) {
    return parameters.computeIfAbsent(
        path,
        _ -> {
          var parameter = keep(start.get());
          parameter.set_requires_grad(true);
          return parameter;
        });
  }

  /// In the layout of this run, and beyond the scope in which it was made.
  private Tensor keep(Tensor tensor) {
    var kept =
        nhwc && tensor.dim() == 4 ? tensor.contiguous(torch.MemoryFormat.ChannelsLast) : tensor;
    return kept.retainReference();
  }
}
