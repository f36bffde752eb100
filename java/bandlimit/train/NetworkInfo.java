package bandlimit.train;

import bandlimit.config.TrainConfig;
import bandlimit.data.Normalization;
import bandlimit.eval.Network;
import bandlimit.eval.Outputs;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Optional;

/// What a checkpoint says of its network beside the config: how samples look and what the outputs
/// are called. `network.json`.
///
/// @param sample extents (H, W, C)
/// @param classNames names of classes, or of the numbers that are told
/// @param targets mean and deviation of those numbers, as the last layer has them; empty where
///   there are classes
public record NetworkInfo(
    DType dtype,
    List<Integer> sample,
    List<Double> mean,
    List<Double> std,
    List<String> classNames,
    Optional<Normalization> targets) {
  /// Components that the first checkpoints lack.
  static final List<String> LATER = List.of("targets");

  static NetworkInfo of(Network network) {
    return new NetworkInfo(
        network.sample().dtype(),
        network.sample().shape().dims(),
        network.normalization().mean(),
        network.normalization().std(),
        network.classNames(),
        network.outputs() instanceof Outputs.Numbers(var scale)
            ? Optional.of(scale)
            : Optional.empty());
  }

  /// The network, as `config` describes it.
  public Network network(TrainConfig config) {
    return Network.of(config, config.model(), sampleType(), normalization(), classNames, targets);
  }

  public TensorType sampleType() {
    return new TensorType(dtype, new Shape(sample));
  }

  public Normalization normalization() {
    return new Normalization(mean, std);
  }
}
