import bandlimit.bench.StepTimer;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// libtorch's side of the comparison: the training step of `java/bandlimit/model/CifarResNet`, 20
/// layers, as a PyTorch user writes it (in-place ReLU and addition, depthwise convolution on
/// reflected edges as the blur, SGD with momentum).
///
/// `ResNet20Torch NAME TAPS LAYOUT [BATCH] [THREADS] [SECONDS]`; layout nchw or nhwc
/// (channels_last), 0 taps is the plain network.
final class ResNet20Torch {
  private static final torch.ScalarType F32 = torch.ScalarType.Float;
  private static final int BLOCKS = 3;

  private final Map<String, Tensor> parameters = new TreeMap<>();
  private final Map<String, Tensor> statistics = new TreeMap<>();
  private final Map<Integer, Tensor> filters = new TreeMap<>();
  private final int taps;
  private final boolean nhwc;
  private long macs; // of convolutions and the linear layer, one image
  private boolean counting = true;

  private ResNet20Torch(int taps, boolean nhwc) {
    this.taps = taps;
    this.nhwc = nhwc;
  }

  public static void main(String[] args) {
    int taps = Integer.parseInt(args[1]);
    boolean nhwc = args[2].equals("nhwc");
    int batch = args.length > 3 ? Integer.parseInt(args[3]) : 128;
    int threads = args.length > 4 ? Integer.parseInt(args[4]) : 2;
    double seconds = args.length > 5 ? Double.parseDouble(args[5]) : 10;
    torch.set_num_threads(threads);
    var net = new ResNet20Torch(taps, nhwc);
    var images = images(batch, nhwc);
    var labels = labels(batch);
    var mean = vector(0.49 * 255, 0.48 * 255, 0.45 * 255);
    var factor = vector(1 / (0.25 * 255), 1 / (0.24 * 255), 1 / (0.26 * 255));
    try (var scope = new PointerScope()) { // a first pass makes the parameters
      net.forward(images.to(F32).sub(mean).mul(factor), batch);
    }
    net.counting = false;
    var options = new SGDOptions(0.05);
    options.momentum().put(0.9);
    options.weight_decay().put(1e-4);
    var sgd = new SGD(new TensorVector(net.parameters.values().toArray(Tensor[]::new)), options);
    for (var statistic : net.statistics.entrySet()) { // the first pass has moved them
      statistic.getValue().fill_(new Scalar(statistic.getKey().endsWith("var") ? 1.0 : 0.0));
    }
    long count = net.parameters.values().stream().mapToLong(Tensor::numel).sum();
    String head =
        "\"program\":\"%s\",\"net\":\"resnet20\",\"taps\":%d,\"layout\":\"%s\",\"threads\":%d,\"parameters\":%d,\"macs\":%d"
            .formatted(args[0], taps, args[2], threads, count, net.macs);
    StepTimer.run(
        head,
        batch,
        seconds,
        () -> {
          try (var scope = new PointerScope()) {
            sgd.zero_grad();
            var logits = net.forward(images.to(F32).sub(mean).mul(factor), batch);
            var loss =
                torch.cross_entropy_loss(logits, labels, new TensorOptional(), 1, -100, 0); // mean
            loss.backward();
            sgd.step();
            return loss.item_float();
          }
        });
    Runtime.getRuntime().halt(0); // libtorch's threads and finalizers need not be waited for
  }

  private Tensor forward(Tensor x, int batch) {
    var y = norm("bn1", conv("conv1", x, 16, 1)).relu_();
    for (int stage = 0; stage < 3; stage++) {
      for (int i = 0; i < BLOCKS; i++) {
        int stride = stage > 0 && i == 0 ? 2 : 1;
        y = block("layer%d.%d.".formatted(stage + 1, i), y, 16 << stage, stride);
      }
    }
    var features = y.mean(new long[] {2, 3}, false, new ScalarTypeOptional());
    var weight = parameter("fc.weight", 10, features.size(1));
    macs += counting ? weight.numel() : 0;
    return torch.linear(features, weight, new TensorOptional(parameter("fc.bias", 10)));
  }

  private Tensor block(String path, Tensor x, int width, int stride) {
    boolean blurred = taps > 0 && stride > 1;
    var y = norm(path + "bn1", conv(path + "conv1", x, width, blurred ? 1 : stride)).relu_();
    y = norm(path + "bn2", conv(path + "conv2", blurred ? blur(y) : y, width, 1));
    return y.add_(stride == 1 ? x : shortcut(blurred ? blur(x) : every2nd(x), width)).relu_();
  }

  /// Zeros for the new channels, half of them on either side.
  private static Tensor shortcut(Tensor x, int width) {
    long added = width - x.size(1);
    return torch.constant_pad_nd(x, 0, 0, 0, 0, added / 2, added - added / 2);
  }

  private static Tensor every2nd(Tensor x) {
    var all = new LongOptional();
    return x.slice(2, all, all, 2).slice(3, all, all, 2);
  }

  private Tensor blur(Tensor x) {
    int channels = (int) x.size(1);
    long before = (taps - 1) / 2;
    long after = taps - 1 - before;
    var padded =
        torch.pad(x, new long[] {before, after, before, after}, "reflect", new DoubleOptional());
    var filter = filters.computeIfAbsent(channels, this::filter);
    return torch.conv2d(
        padded,
        filter,
        new TensorOptional(),
        new long[] {2, 2},
        new long[] {0, 0},
        new long[] {1, 1},
        channels);
  }

  private Tensor filter(int channels) {
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
    return keep(tensor(values, channels, 1, taps, taps));
  }

  private Tensor conv(String path, Tensor x, int width, int stride) {
    var weight = parameter(path + ".weight", width, x.size(1), 3, 3);
    var y =
        torch.conv2d(
            x,
            weight,
            new TensorOptional(),
            new long[] {stride, stride},
            new long[] {1, 1},
            new long[] {1, 1},
            1);
    macs += counting ? weight.numel() * y.size(2) * y.size(3) : 0;
    return y;
  }

  private Tensor norm(String path, Tensor x) {
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

  private Tensor statistic(String path, long channels) {
    return statistics.computeIfAbsent(path, _ -> keep(tensor(new float[(int) channels], channels)));
  }

  private Tensor parameter(String path, long... dims) {
    return parameters.computeIfAbsent(
        path,
        _ -> {
          long size = 1;
          for (long extent : dims) {
            size *= extent;
          }
          var values = new float[(int) size];
          double bound = Math.sqrt(6.0 * dims[0] / size);
          for (int j = 0; j < size; j++) {
            values[j] =
                dims.length > 1
                    ? (float) (bound * StepTimer.uniform(path, j))
                    : path.endsWith("bias") ? 0 : 1;
          }
          var parameter = keep(tensor(values, dims));
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

  private static Tensor tensor(float[] values, long... dims) {
    return torch.from_blob(new FloatPointer(values), dims, new TensorOptions(F32)).clone();
  }

  private static Tensor vector(double r, double g, double b) {
    return tensor(new float[] {(float) r, (float) g, (float) b}, 1, 3, 1, 1);
  }

  private static Tensor images(int batch, boolean nhwc) {
    var bytes = new byte[batch * 32 * 32 * 3];
    for (int j = 0; j < bytes.length; j++) {
      bytes[j] = (byte) StepTimer.pixel(j);
    }
    var type = new TensorOptions(torch.ScalarType.Byte);
    var stored = torch.from_blob(new BytePointer(bytes), new long[] {batch, 32, 32, 3}, type);
    var images = stored.clone().permute(0, 3, 1, 2); // channels_last as it is
    return nhwc ? images : images.contiguous();
  }

  private static Tensor labels(int batch) {
    var labels = new long[batch];
    for (int n = 0; n < batch; n++) {
      labels[n] = n % 10;
    }
    var type = new TensorOptions(torch.ScalarType.Long);
    return torch.from_blob(new LongPointer(labels), new long[] {batch}, type).clone();
  }
}
