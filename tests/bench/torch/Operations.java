import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/// The operations of `java/bandlimit/bench/PeerCases`, by the same names; `poly2` in two spellings.
final class Operations {
  private static final int BATCH = 32;
  private static final Pattern LOWPASS =
      Pattern.compile("lowpass_k(\\d)_s(\\d)_(\\d+)x(\\d+)x(\\d+)x(\\d+)");

  private final boolean nhwc;
  private final boolean backwards;

  private Operations(boolean nhwc, boolean backwards) {
    this.nhwc = nhwc;
    this.backwards = backwards;
  }

  static Runnable of(String name, boolean nhwc) {
    var operations = new Operations(nhwc, name.endsWith(".fwdbwd"));
    var base = name.replaceFirst("\\.fwd(bwd)?$", "");
    var lowpass = LOWPASS.matcher(base);
    if (lowpass.matches()) {
      var x = operations.map("x", number(lowpass.group(4)), number(lowpass.group(5)));
      var filter = operations.placed(Torch.binomial((int) x.size(1), number(lowpass.group(1))));
      int stride = number(lowpass.group(2));
      return operations.timed(() -> Torch.lowpass(x, filter, stride), x);
    }
    return switch (base) {
      case "poly2_horner", "poly2_addcmul" -> operations.polynomial(base.endsWith("horner"));
      case "afcact_spectrum" -> operations.aliasFree(AliasFree.SPECTRUM);
      case "afcact_mask" -> operations.aliasFree(AliasFree.MASK);
      case "dw7x7_circular_96" -> operations.depthwise();
      case "conv3x3_s1_64_64" -> operations.conv(1, 64, 64);
      case "conv3x3_s2_64_128" -> operations.conv(2, 64, 128);
      default -> throw new IllegalArgumentException("no case " + name);
    };
  }

  private static int number(String digits) {
    return Integer.parseInt(digits);
  }

  private Tensor placed(Tensor tensor) {
    return nhwc && tensor.dim() == 4 ? tensor.contiguous(torch.MemoryFormat.ChannelsLast) : tensor;
  }

  private Tensor map(String name, int channels, int size) {
    return placed(Torch.random(name, 1, BATCH, channels, size, size));
  }

  /// Without a tape, or with the gradients of all `leaves`.
  private Runnable timed(Supplier<Tensor> operation, Tensor... leaves) {
    if (!backwards) {
      return () -> {
        try (var guard = new NoGradGuard()) {
          operation.get();
        }
      };
    }
    for (var leaf : leaves) {
      leaf.set_requires_grad(true);
    }
    var y = operation.get();
    var dims = new long[] {y.size(0), y.size(1), y.size(2), y.size(3)};
    var dy = placed(Torch.random("dy", 1, dims));
    return () -> Torch.gradients(operation.get(), dy, leaves);
  }

  /// By Horner's rule in four passes, or in two of a fused multiplication and addition.
  private Runnable polynomial(boolean horner) {
    var x = map("x", 96, 56);
    var a = coefficients();
    return timed(
        () ->
            horner
                ? a[2].mul(x).add(a[1]).mul(x).add(a[0])
                : torch.addcmul(a[0], torch.addcmul(a[1], a[2], x), x),
        x,
        a[0],
        a[1],
        a[2]);
  }

  private static Tensor[] coefficients() {
    var a = new Tensor[3];
    for (int i = 0; i < a.length; i++) {
      a[i] = Torch.random("a" + i, 0.5, 1, 96, 1, 1);
    }
    return a;
  }

  private Runnable aliasFree(AliasFree form) {
    var x = map("x", 96, 56);
    var a = coefficients();
    var masks = AliasFree.Masks.of(56);
    return timed(() -> form.on(x, a, masks), x, a[0], a[1], a[2]);
  }

  private Runnable depthwise() {
    var x = map("x", 96, 56);
    var weight = placed(Torch.random("w", 0.1, 96, 1, 7, 7));
    var bias = Torch.random("b", 0.1, 96);
    return timed(
        () ->
            Torch.conv(Torch.pad(x, "circular", 3, 3), weight, new TensorOptional(bias), 1, 0, 96),
        x,
        weight,
        bias);
  }

  private Runnable conv(int stride, int in, int out) {
    var x = map("x", in, 56);
    var weight = placed(Torch.random("w", 0.05, out, in, 3, 3));
    return timed(() -> Torch.conv(x, weight, new TensorOptional(), stride, 1, 1), x, weight);
  }
}
