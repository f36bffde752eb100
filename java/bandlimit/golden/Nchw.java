package bandlimit.golden;

import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;

/// Activations between libtorch's order of axes, NCHW, and ours, NHWC. Other ranks stay as they
/// are.
final class Nchw {
  private Nchw() {}

  static HostTensor toNhwc(HostTensor x) {
    return x.shape().rank() == 4 ? permuted(x, 0, 2, 3, 1) : x;
  }

  static HostTensor toNchw(HostTensor x) {
    return x.shape().rank() == 4 ? permuted(x, 0, 3, 1, 2) : x;
  }

  /// Axis i of the result is axis `order[i]` of x.
  private static HostTensor permuted(HostTensor x, int... order) {
    var from = x.shape();
    var to = Shape.of(from.at(order[0]), from.at(order[1]), from.at(order[2]), from.at(order[3]));
    var y = HostTensor.allocate(x.type().withShape(to));
    var index = new int[4];
    long flat = 0;
    for (index[order[0]] = 0; index[order[0]] < to.at(0); index[order[0]]++) {
      for (index[order[1]] = 0; index[order[1]] < to.at(1); index[order[1]]++) {
        for (index[order[2]] = 0; index[order[2]] < to.at(2); index[order[2]]++) {
          for (index[order[3]] = 0; index[order[3]] < to.at(3); index[order[3]]++) {
            int row = index[0] * from.at(1) + index[1];
            y.set(flat++, x.get((row * from.at(2) + index[2]) * from.at(3) + index[3]));
          }
        }
      }
    }
    return y;
  }
}
