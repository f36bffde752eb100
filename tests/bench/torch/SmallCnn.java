import org.bytedeco.pytorch.Tensor;

/// `java/bandlimit/model/SmallCnn`: so small that the cost of each call shows.
final class SmallCnn extends Net {
  SmallCnn(int taps, int classes, boolean nhwc) {
    super(taps, classes, nhwc);
  }

  @Override
  Tensor forward(Tensor x) {
    var y = stage("1", x, 16, 1);
    y = taps > 0 ? blur(maxPool(y, 2, 1, 0)) : maxPool(y, 2, 2, 0);
    y = stage("2", y, 32, 2);
    y = stage("3", y, 48, 2);
    return classify(stage("4", y, 48, 1));
  }

  private Tensor stage(String number, Tensor x, int width, int stride) {
    boolean blurred = taps > 0 && stride > 1;
    var y = conv("conv" + number, x, width, 3, blurred ? 1 : stride, 1);
    y = normRelu("bn" + number, y);
    return blurred ? blur(y) : y;
  }
}
