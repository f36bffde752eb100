package bandlimit.eval;

import bandlimit.config.TrainConfig;
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
/// @param layer from normalised maps (N, H, W, C) to logits (N, K), or (N * columns, K) where each
///   column of a signal has its own
/// @param sample element type and extents (H, W, C) of one sample, as data sets give it
/// @param normalization what the first step subtracts and divides by
/// @param classNames K names
/// @param activations element type of everything between images and logits; parameters, statistics
///   and logits are float32 whatever it is
public record Network(
    Layer layer,
    TensorType sample,
    Normalization normalization,
    List<String> classNames,
    DType activations) {
  /// In float32.
  public Network(
      Layer layer, TensorType sample, Normalization normalization, List<String> classNames) {
    this(layer, sample, normalization, classNames, DType.F32);
  }

  public Network {
    classNames = List.copyOf(classNames);
  }

  /// The network that a config's `model` describes, for samples like these. Asked for more classes
  /// than have names, it names the rest `class 10`, `class 11`, ...
  public static Network of(
      TrainConfig.Model model,
      TensorType sample,
      Normalization normalization,
      List<String> classNames) {
    return of(model, Optional.empty(), sample, normalization, classNames);
  }

  /// The network of a config, for samples like these.
  public static Network of(
      TrainConfig config, TensorType sample, Normalization normalization, List<String> classNames) {
    return of(config.model(), config.context(), sample, normalization, classNames);
  }

  /// @param context samples of the past in each signal, with signal padding
  public static Network of(
      TrainConfig.Model model,
      Optional<Integer> context,
      TensorType sample,
      Normalization normalization,
      List<String> classNames) {
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
            classes,
            sample.shape(),
            model.antialias(),
            model.activation(),
            model.norm(),
            model.padding().flatMap(TrainConfig.Padding::boundary),
            model.layerScale(),
            model.dropout(),
            model.dropPath(),
            context);
    return new Network(Models.create(spec), sample, normalization, names);
  }

  /// The same network, computing as `precision` says.
  public Network in(TrainConfig.Precision precision) {
    var type =
        switch (precision) {
          case FP32, TF32 -> DType.F32;
          case BF16_MIXED -> DType.BF16;
        };
    return new Network(layer, sample, normalization, classNames, type);
  }

  /// The same network, taking samples in F32: 0 to 1 for bytes of 0 to 255.
  public Network onFloats() {
    var floats = new TensorType(DType.F32, sample.shape());
    return new Network(layer, floats, normalization, classNames, activations);
  }

  /// The type of a batch of `n` samples.
  public TensorType batch(int n) {
    var dims = new ArrayList<Integer>();
    dims.add(n);
    dims.addAll(sample.shape().dims());
    return sample.withShape(new Shape(dims));
  }

  /// Writes the network into a graph: images as the data set gives them to logits.
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
    return activations == DType.F32
        ? output
        : scope.in("output").apply(new Cast(DType.F32), output);
  }

  /// The procedure of a [Classifier] for batches of `n`, reading the variables under `statePrefix`.
  public Procedure infer(String name, int n, Variables variables, String statePrefix) {
    var graph = new Graph();
    var scope = Scope.root(graph, Mode.EVAL, variables, statePrefix);
    var logits = logits(scope, graph.input(Classifier.IMAGES, batch(n)));
    return new Procedure(name, graph, Map.of(Classifier.LOGITS, logits), List.of());
  }
}
