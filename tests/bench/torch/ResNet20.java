import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// `java/bandlimit/model/CifarResNet` with 20 layers: parameter-free shortcuts.
final class ResNet20 extends Net {
  private static final int BLOCKS = 3;

  ResNet20(int taps, int classes, boolean nhwc) {
    super(taps, classes, nhwc);
  }

  @Override
  Tensor forward(Tensor x) {
    var y = normRelu("bn1", conv("conv1", x, 16, 3, 1, 1));
    for (int stage = 0; stage < 3; stage++) {
      for (int i = 0; i < BLOCKS; i++) {
        int stride = stage > 0 && i == 0 ? 2 : 1;
        y = block("layer%d.%d.".formatted(stage + 1, i), y, 16 << stage, stride);
      }
    }
    return classify(y);
  }

  private Tensor block(String path, Tensor x, int width, int stride) {
    boolean blurred = taps > 0 && stride > 1;
    var y = normRelu(path + "bn1", conv(path + "conv1", x, width, 3, blurred ? 1 : stride, 1));
    y = norm(path + "bn2", conv(path + "conv2", blurred ? blur(y) : y, width, 3, 1, 1));
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
}
