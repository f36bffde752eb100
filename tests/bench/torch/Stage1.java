import java.util.Optional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/// `java/bandlimit/bench/Stage1`: blocks of a ConvNeXt-Tiny's first stage, alias-free or with GELU
/// and layer norm.
final class Stage1 extends Net {
  static final int CHANNELS = 96;
  static final int SIZE = 56;
  private static final int BLOCKS = 3;
  private static final double EPSILON = 1e-6;

  private final Optional<AliasFree> aliasFree;
  private final AliasFree.Masks masks = AliasFree.Masks.of(SIZE);

  Stage1(Optional<AliasFree> aliasFree, int classes, boolean nhwc) {
    super(0, classes, nhwc);
    this.aliasFree = aliasFree;
  }

  @Override
  Tensor forward(Tensor x) {
    var y = x;
    for (int i = 0; i < BLOCKS; i++) {
      y = block("blocks." + i, y);
    }
    return classify(y);
  }

  private Tensor block(String path, Tensor x) {
    long c = x.size(1);
    var weight = parameter(path + ".dwconv.weight", c, 1, 7, 7);
    var bias = new TensorOptional(parameter(path + ".dwconv.bias", c));
    var y = Torch.conv(Torch.pad(x, "circular", 3, 3), weight, bias, 1, 0, c);
    count(weight.numel() * x.size(2) * x.size(3));
    var gamma = parameter(path + ".norm.weight", c);
    var beta = parameter(path + ".norm.bias", c);
    y = aliasFree.isPresent() ? aliasFreeNorm(y, gamma, beta) : layerNorm(y, gamma, beta);
    y = pointwise(path + ".pwconv1", y, 4 * c);
    y = aliasFree.isPresent() ? activation(path + ".act", y, aliasFree.get()) : torch.gelu(y);
    y = pointwise(path + ".pwconv2", y, c);
    return y.mul(constant(path + ".layer_scale", 0.1, c).view(1, c, 1, 1)).add_(x);
  }

  private Tensor activation(String path, Tensor x, AliasFree form) {
    long c = x.size(1);
    var a = new Tensor[3];
    for (int i = 0; i < a.length; i++) {
      a[i] = constant(path + ".coefficients." + i, new double[] {0, 0.5, 0.25}[i], c);
      a[i] = a[i].view(1, c, 1, 1);
    }
    return form.on(x, a, masks);
  }

  /// The mean over the channels of each pixel goes, one deviation for the sample divides.
  private static Tensor aliasFreeNorm(Tensor x, Tensor gamma, Tensor beta) {
    long c = x.size(1);
    var none = new ScalarTypeOptional();
    var centred = x.sub(x.mean(new long[] {1}, true, none));
    var variance = centred.square().mean(new long[] {1, 2, 3}, true, none);
    var one = centred.mul(variance.add(new org.bytedeco.pytorch.Scalar(EPSILON)).rsqrt());
    return torch.addcmul(beta.view(1, c, 1, 1), one, gamma.view(1, c, 1, 1));
  }

  private static Tensor layerNorm(Tensor x, Tensor gamma, Tensor beta) {
    var y = x.permute(0, 2, 3, 1);
    var extents = new long[] {x.size(1)};
    var weight = new TensorOptional(gamma);
    var bias = new TensorOptional(beta);
    return torch.layer_norm(y, extents, weight, bias, EPSILON, false).permute(0, 3, 1, 2);
  }

  private Tensor pointwise(String path, Tensor x, long width) {
    var weight = parameter(path + ".weight", width, x.size(1), 1, 1);
    count(weight.numel() * x.size(2) * x.size(3));
    var bias = new TensorOptional(parameter(path + ".bias", width));
    return Torch.conv(x, weight, bias, 1, 0, 1);
  }
}
