package bandlimit.train;

import bandlimit.data.Normalization;
import bandlimit.eval.Network;
import bandlimit.tensor.DType;
import java.util.List;

/// What a checkpoint says of its network beside the config: how samples look and what the outputs
/// are called. `network.json`.
///
/// @param sample extents (H, W, C)
public record NetworkInfo(
    DType dtype,
    List<Integer> sample,
    List<Double> mean,
    List<Double> std,
    List<String> classNames) {
  static NetworkInfo of(Network network) {
    return new NetworkInfo(
        network.sample().dtype(),
        network.sample().shape().dims(),
        network.normalization().mean(),
        network.normalization().std(),
        network.classNames());
  }

  public Normalization normalization() {
    return new Normalization(mean, std);
  }
}
