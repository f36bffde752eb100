package bandlimit.eval;

import bandlimit.config.TrainConfig;
import bandlimit.data.Dataset;
import bandlimit.data.Normalization;
import bandlimit.error.ConfigException;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.Cast;
import bandlimit.graph.op.PrepareImages;
import bandlimit.model.ModelSpec;
import bandlimit.model.Models;
import bandlimit.nn.InputNormalization;
import bandlimit.nn.Layer;
import bandlimit.nn.Mode;
import bandlimit.nn.Scope;
import bandlimit.nn.Variables;
import bandlimit.plan.Procedure;
import bandlimit.signal.Boundary;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A model together with what it is fed and what its outputs mean.
///
/// @param layer from normalised maps (N, H, W, C) to (N, K) outputs, or (N * columns, K) where each
///   column of a signal has its own
/// @param sample element type and extents (H, W, C) of one sample, as data sets give it
/// @param normalization what the first step subtracts and divides by
/// @param classNames names of classes, or of the numbers that are told
/// @param outputs what the outputs mean; the network's own answer is logits, one for each class, or
///   the numbers in their unit
/// @param activations element type of everything between images and outputs; parameters, statistics
///   and outputs are float32 whatever it is
public record Network(
    Layer layer,
    TensorType sample,
    Normalization normalization,
    List<String> classNames,
    Outputs outputs,
    DType activations) {
  /// Of classes, in float32.
  public Network(
      Layer layer, TensorType sample, Normalization normalization, List<String> classNames) {
    this(layer, sample, normalization, classNames, Outputs.CLASSES, DType.F32);
  }

  public Network {
    classNames = List.copyOf(classNames);
  }

  /// The network of a config, for `data`.
  public static Network of(TrainConfig config, Dataset data) {
    return of(config, config.model(), data);
  }

  /// The same with another model.
  public static Network of(TrainConfig config, TrainConfig.Model model, Dataset data) {
    return of(
        config, model, data.sampleType(), data.normalization(), data.classNames(), data.targets());
  }

  /// The same for samples like these. Asked for more classes than have names, it names the rest
  /// `class 10`, `class 11`, ...
  ///
  /// @param targets mean and deviation of numbers to be told; empty where there are classes
  public static Network of(
      TrainConfig config,
      TrainConfig.Model model,
      TensorType sample,
      Normalization normalization,
      List<String> classNames,
      Optional<Normalization> targets) {
    var outputs = Outputs.of(config, classNames, targets);
    int classes = model.numClasses().orElse(classNames.size());
    if (classes < classNames.size()) {
      throw new ConfigException(
          "model.num_classes is %d, but the data set has %d classes"
              .formatted(classes, classNames.size()));
    }
    var names = new ArrayList<>(classNames);
    while (names.size() < classes) {
      names.add("class " + names.size());
    }
    var spec =
        new ModelSpec(
            model.name(),
            outputs.width(classes),
            sample.shape(),
            model.antialias(),
            model.activation(),
            model.norm(),
            model.padding().flatMap(TrainConfig.Padding::boundary),
            model.layerScale(),
            model.dropout(),
            model.dropPath(),
            config.context());
    return new Network(Models.create(spec), sample, normalization, names, outputs, DType.F32);
  }

  /// The same network, computing as `precision` says.
  public Network in(TrainConfig.Precision precision) {
    var type =
        switch (precision) {
          case FP32, TF32 -> DType.F32;
          case BF16_MIXED -> DType.BF16;
        };
    return new Network(layer, sample, normalization, classNames, outputs, type);
  }

  /// The same network, taking samples in F32: 0 to 1 for bytes of 0 to 255.
  public Network onFloats() {
    var floats = new TensorType(DType.F32, sample.shape());
    return new Network(layer, floats, normalization, classNames, outputs, activations);
  }

  /// The type of a batch of `n` samples.
  public TensorType batch(int n) {
    var dims = new ArrayList<Integer>();
    dims.add(n);
    dims.addAll(sample.shape().dims());
    return sample.withShape(new Shape(dims));
  }

  /// Writes the network into a graph: images as the data set gives them to logits, or to numbers.
  public Node logits(Scope scope, Node images) {
    var normalize = new InputNormalization(normalization.mean(), normalization.std());
    var input = normalize.build(scope.in("input"), images);
    return fromInput(
        scope,
        activations == DType.F32
            ? input
            : scope.in("input").apply("narrow", new Cast(activations), input));
  }

  /// The same from byte images and the windows (N, 3) to cut from them.
  public Node logits(Scope scope, Node images, Node windows, Boundary outside) {
    var prepare =
        new PrepareImages(
            sample.shape().at(0),
            sample.shape().at(1),
            outside,
            normalization.mean(),
            normalization.std(),
            activations);
    return fromInput(scope, scope.in("input").apply(prepare, images, windows));
  }

  private Node fromInput(Scope scope, Node input) {
    var output = layer.build(scope, input);
    var wide =
        activations == DType.F32 ? output : scope.in("output").apply(new Cast(DType.F32), output);
    return outputs.build(scope.in("output"), wide);
  }

  /// The procedure of a [Classifier] for batches of `n`, reading the variables under `statePrefix`.
  public Procedure infer(String name, int n, Variables variables, String statePrefix) {
    var graph = new Graph();
    var scope = Scope.root(graph, Mode.EVAL, variables, statePrefix);
    var logits = logits(scope, graph.input(Classifier.IMAGES, batch(n)));
    return new Procedure(name, graph, Map.of(Classifier.LOGITS, logits), List.of());
  }
}
