import bandlimit.bench.Timing;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// libtorch's side of the comparison: one operation or one training step, as a PyTorch user writes
/// it (in-place ReLU and addition, depthwise convolution on reflected edges as the low-pass, SGD
/// with momentum), timed as Bandlimit's side is.
///
/// `TorchBench PROGRAM CASE LAYOUT [THREADS] [SECONDS]` prints one line of JSON; layout nchw or
/// nhwc (channels_last). 0 seconds: no time, for training steps the first losses alone.
final class TorchBench {
  private static final Pattern STEP =
      Pattern.compile(
          "train\\.(resnet20|cifar_resnet18|resnet18_224|smallcnn"
              + "|(?:gelu|afc)_stage1(?:_mask|_spectrum)?)(?:_(plain|aa(\\d)))?_b(\\d+)");
  private static final int CHECKED_STEPS = 5;

  private final LinkedHashMap<String, Object> fields = new LinkedHashMap<>();
  private final boolean nhwc;
  private final double seconds;

  private TorchBench(boolean nhwc, double seconds) {
    this.nhwc = nhwc;
    this.seconds = seconds;
  }

  public static void main(String[] args) {
    int threads = args.length > 3 ? Integer.parseInt(args[3]) : 2;
    double seconds = args.length > 4 ? Double.parseDouble(args[4]) : 5;
    torch.set_num_threads(threads);
    var bench = new TorchBench(args[2].equals("nhwc"), seconds);
    bench.fields.put("program", args[0]);
    bench.fields.put("case", args[1]);
    bench.fields.put("layout", args[2]);
    bench.fields.put("threads", threads);
    var step = STEP.matcher(args[1]);
    if (step.matches()) {
      bench.step(step.toMatchResult());
    } else {
      bench.operation(args[1]);
    }
    System.out.println(json(bench.fields));
    System.out.flush();
    Runtime.getRuntime().halt(0); // libtorch's threads and finalizers need not be waited for
  }

  private void operation(String name) {
    var operation = Operations.of(name, nhwc);
    time(operation);
  }

  private void time(Runnable once) {
    Timing.of(
            seconds,
            () -> {
              try (var scope = new PointerScope()) {
                once.run();
              }
            })
        .into(fields);
  }

  private void step(MatchResult match) {
    boolean large = match.group(1).equals("resnet18_224");
    boolean stage = match.group(1).contains("stage1");
    int size = large ? 224 : stage ? Stage1.SIZE : 32;
    int channels = stage ? Stage1.CHANNELS : 3;
    int classes = large || stage ? 1000 : 10;
    int taps = match.group(3) == null ? 0 : Integer.parseInt(match.group(3));
    int batch = Integer.parseInt(match.group(4));
    var net =
        switch (match.group(1)) {
          case "resnet20" -> new ResNet20(taps, classes, nhwc);
          case "smallcnn" -> new SmallCnn(taps, classes, nhwc);
          case "gelu_stage1" -> new Stage1(Optional.empty(), classes, nhwc);
          case "afc_stage1_mask" -> new Stage1(Optional.of(AliasFree.MASK), classes, nhwc);
          case "afc_stage1_spectrum" -> new Stage1(Optional.of(AliasFree.SPECTRUM), classes, nhwc);
          default -> new ResNet18(!large, taps, classes, nhwc);
        };
    var images = Torch.images(batch, size, channels, nhwc);
    var labels = Torch.labels(batch, classes);
    var mean = vector(channels, 0.49 * 255, 0.48 * 255, 0.45 * 255);
    var factor = vector(channels, 1 / (0.25 * 255), 1 / (0.24 * 255), 1 / (0.26 * 255));
    try (var scope = new PointerScope()) { // a first pass makes the parameters
      net.forward(images.to(Torch.F32).sub(mean).mul(factor));
    }
    net.start();
    var options = new SGDOptions(0.05);
    options.momentum().put(0.9);
    options.weight_decay().put(1e-4);
    var sgd = new SGD(new TensorVector(net.parameters()), options);
    var loss = new double[1];
    Runnable once =
        () -> {
          sgd.zero_grad();
          var logits = net.forward(images.to(Torch.F32).sub(mean).mul(factor));
          var mean0 = torch.cross_entropy_loss(logits, labels, new TensorOptional(), 1, -100, 0);
          mean0.backward();
          sgd.step();
          loss[0] = mean0.item_float();
        };
    fields.put("batch", batch);
    fields.put("parameters", net.parameterCount());
    fields.put("macs", net.macs());
    if (seconds == 0) {
      fields.put("losses", losses(once, loss));
    } else {
      time(once);
      if (!Double.isFinite(loss[0])) { // fast, and means nothing
        throw new IllegalStateException("the loss is " + loss[0]);
      }
    }
  }

  private static List<String> losses(Runnable once, double[] loss) {
    var losses = new ArrayList<String>();
    for (int i = 0; i < CHECKED_STEPS; i++) {
      try (var scope = new PointerScope()) {
        once.run();
      }
      losses.add(String.format(Locale.ROOT, "%.6f", loss[0]));
    }
    return losses;
  }

  /// The same three again and again where there are more channels than colours.
  private static Tensor vector(int channels, double... colours) {
    var values = new float[channels];
    for (int c = 0; c < channels; c++) {
      values[c] = (float) colours[c % colours.length];
    }
    return Torch.tensor(values, 1, channels, 1, 1);
  }

  private static String json(LinkedHashMap<String, Object> fields) {
    var text = new StringBuilder("{");
    fields.forEach(
        (name, value) ->
            text.append(text.length() == 1 ? "" : ",")
                .append('"' + name + "\":")
                .append(value instanceof String ? "\"" + value + "\"" : value));
    return text.append('}').toString();
  }
}
