package bandlimit.nn;

import bandlimit.tensor.HostTensor;
import bandlimit.tensor.TensorType;

/// What a model keeps between runs under `path`: a parameter, or a running statistic (`trainable`
/// false).
///
/// @param path torchvision's name where the model has one: `layer1.0.conv1.weight`
/// @param decay whether weight decay applies when norms and biases are spared
public record Variable(
    String path, TensorType type, Init init, boolean trainable, boolean decay, Layout layout) {

  /// The value training starts from: a function of seed and path, whatever else the model holds.
  public HostTensor initial(long seed) {
    var value = HostTensor.allocate(type);
    init.fill(value, Draws.stream(seed, path));
    return value;
  }
}
