import org.bytedeco.pytorch.Tensor;

/// `java/bandlimit/model/ResNet` with 18 layers, for 224x224 or with the small stem for 32x32.
final class ResNet18 extends Net {
  private final boolean smallStem;

  ResNet18(boolean smallStem, int taps, int classes, boolean nhwc) {
    super(taps, classes, nhwc);
    this.smallStem = smallStem;
  }

  @Override
  Tensor forward(Tensor x) {
    var y =
        smallStem
            ? normRelu("bn1", conv("conv1", x, 64, 3, 1, 1))
            : pool(normRelu("bn1", conv("conv1", x, 64, 7, 2, 3)));
    for (int stage = 0; stage < 4; stage++) {
      for (int i = 0; i < 2; i++) {
        int stride = stage > 0 && i == 0 ? 2 : 1;
        y = block("layer%d.%d.".formatted(stage + 1, i), y, 64 << stage, stride);
      }
    }
    return classify(y);
  }

  private Tensor pool(Tensor x) {
    return taps > 0 ? blur(maxPool(x, 2, 1, 0)) : maxPool(x, 3, 2, 1);
  }

  private Tensor block(String path, Tensor x, int width, int stride) {
    boolean blurred = taps > 0 && stride > 1;
    var y = normRelu(path + "bn1", conv(path + "conv1", x, width, 3, blurred ? 1 : stride, 1));
    y = norm(path + "bn2", conv(path + "conv2", blurred ? blur(y) : y, width, 3, 1, 1));
    return y.add_(stride == 1 ? x : shortcut(path + "downsample.", x, width, blurred)).relu_();
  }

  private Tensor shortcut(String path, Tensor x, int width, boolean blurred) {
    var y = conv(path + "0", blurred ? blur(x) : x, width, 1, blurred ? 1 : 2, 0);
    return norm(path + "1", y);
  }
}
