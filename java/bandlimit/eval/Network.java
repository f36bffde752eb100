package bandlimit.eval;

import bandlimit.data.Normalization;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.nn.InputNormalization;
import bandlimit.nn.Layer;
import bandlimit.nn.Mode;
import bandlimit.nn.Scope;
import bandlimit.nn.Variables;
import bandlimit.plan.Procedure;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A model together with what it is fed and what its outputs mean.
///
/// @param layer from normalised maps (N, H, W, C) to logits (N, K)
/// @param sample element type and extents (H, W, C) of one sample, as data sets give it
/// @param normalization what the first step subtracts and divides by
/// @param classNames K names
public record Network(
    Layer layer, TensorType sample, Normalization normalization, List<String> classNames) {
  public Network {
    classNames = List.copyOf(classNames);
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
    return layer.build(scope, normalize.build(scope.in("input"), images));
  }

  /// The procedure of a [Classifier] for batches of `n`, reading the variables under `statePrefix`.
  public Procedure infer(String name, int n, Variables variables, String statePrefix) {
    var graph = new Graph();
    var scope = Scope.root(graph, Mode.EVAL, variables, statePrefix);
    var logits = logits(scope, graph.input(Classifier.IMAGES, batch(n)));
    return new Procedure(name, graph, Map.of(Classifier.LOGITS, logits), List.of());
  }
}
