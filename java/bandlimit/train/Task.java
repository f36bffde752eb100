package bandlimit.train;

import bandlimit.config.TrainConfig;
import bandlimit.data.Dataset;
import bandlimit.data.Datasets;
import bandlimit.data.Split;
import bandlimit.data.Transform;
import bandlimit.data.Transforms;
import bandlimit.eval.Network;
import bandlimit.eval.Outputs;
import bandlimit.nn.Layer;
import bandlimit.tensor.DType;

/// What is trained on what. A config says it by names ([#of]); a program may bring any layer, data
/// set or transform of its own, and the trainer cannot tell the difference.
///
/// @param augment what is done to training samples, anew in each epoch
public record Task(Network network, Dataset train, Dataset test, Transform augment) {
  /// What `config` describes.
  public static Task of(TrainConfig config) {
    var train = Datasets.open(config.data().spec(), Split.TRAIN);
    var test = Datasets.open(config.data().spec(), Split.TEST);
    var network = Network.of(config, train);
    return new Task(network, train, test, Transforms.of(config.augment(), train));
  }

  /// A layer of your own, from normalised samples (N, H, W, C) to logits (N, K), or to numbers less
  /// their mean and over their deviation where the data have those, on data of your own, unchanged
  /// in training.
  public static Task of(Layer layer, Dataset train, Dataset test) {
    var network =
        new Network(
            layer,
            train.sampleType(),
            train.normalization(),
            train.classNames(),
            Outputs.of(train.targets()),
            DType.F32);
    return new Task(network, train, test, train.evaluationTransform());
  }

  /// The same with training samples changed by `transform`.
  public Task withAugment(Transform transform) {
    return new Task(network, train, test, transform);
  }
}
