package bandlimit.train;

import bandlimit.config.Loss;
import bandlimit.error.ConfigException;
import bandlimit.eval.Network;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.Constant;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.OneHot;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.Reduce;
import bandlimit.graph.op.Reshape;
import bandlimit.graph.op.Scale;
import bandlimit.graph.op.SoftmaxCrossEntropy;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;

/// The loss of each sample of a batch, from a network's answers: logits or numbers (N * columns,
/// K).
///
/// @param mixed whether samples are mixed in pairs, so that each has two labels
record Losses(Network network, Loss loss, int batch, boolean mixed) {
  Losses {
    if (loss.isRegression() != network.outputs().isRegression()) {
      throw new ConfigException(
          loss.isRegression()
              ? "loss.name: %s is for numbers, but the network tells classes".formatted(loss.word())
              : "loss.name: %s is for classes, but the network tells numbers; take mae, mse or huber"
                  .formatted(loss.word()));
    }
  }

  /// A number for each sample.
  Node of(Graph graph, Node answers) {
    if (loss.isRegression()) {
      return ofSamples(graph, ofNumbers(graph, answers));
    }
    var each =
        ofSamples(
            graph, crossEntropy(graph, "loss/each", answers, "loss/target", TrainGraph.LABELS));
    return mixed ? mixed(graph, answers, each) : each;
  }

  private Node crossEntropy(
      Graph graph, String name, Node logits, String target, String labelInput) {
    var labels = graph.input(labelInput, TensorType.of(DType.I32, logits.shape().at(0)));
    int classes = network.classNames().size();
    var wanted = graph.apply(target, new OneHot(classes, loss.smoothing(), DType.F32), labels);
    var factors = loss.classWeights();
    if (!factors.isEmpty()) {
      if (factors.size() != classes) {
        throw new ConfigException(
            "loss.class_weights has %d numbers, but there are %d classes: %s"
                .formatted(factors.size(), classes, network.classNames()));
      }
      var weights = new Constant(TensorType.f32(classes), factors);
      wanted =
          graph.apply(
              target + "/weighted", new Mul(), wanted, graph.apply(target + "/weights", weights));
    }
    return graph.apply(name, new SoftmaxCrossEntropy(), logits, wanted);
  }

  /// Of a sample with two labels: other + share * (own - other), which is the cross-entropy to the
  /// target mixed alike.
  private Node mixed(Graph graph, Node logits, Node own) {
    var other = crossEntropy(graph, "loss/other", logits, "loss/other_target", TrainGraph.OTHERS);
    var share = graph.input(TrainGraph.SHARES, TensorType.of(DType.F32, batch));
    var minus = graph.apply("loss/minus_other", new Scale(-1), other);
    var difference = graph.apply("loss/difference", new Add(), own, minus);
    var part = graph.apply("loss/part", new Mul(), difference, share);
    return graph.apply("loss/mixed", new Add(), other, part);
  }

  /// A number for each row: the mean over the K numbers.
  private Node ofNumbers(Graph graph, Node answers) {
    int rows = answers.shape().at(0);
    int k = answers.shape().at(1);
    var targets = graph.input(TrainGraph.TARGETS, answers.type());
    var minus = graph.apply("loss/minus_target", new Scale(-1), targets);
    var error = graph.apply("loss/error", new Add(), answers, minus);
    var each = ofError(graph, error);
    var mean = graph.apply("loss/numbers", new Reduce(Shape.of(rows, 1), 1.0 / k), each);
    return graph.apply("loss/each", new Reshape(Shape.of(rows)), mean);
  }

  private Node ofError(Graph graph, Node error) {
    return switch (loss) {
      case Loss.Mse _ -> graph.apply("loss/square", new Pointwise(Fn.SQUARE), error);
      case Loss.Mae _ -> absolute(graph, error);
      case Loss.Huber(double delta, boolean _) -> {
        // c^2 / 2 + delta (|e| - c) with c = min(|e|, delta): no term outgrows the loss itself
        var size = absolute(graph, error);
        var least = graph.apply("loss/minus_delta", Constant.fill(TensorType.f32(1), -delta));
        var over = graph.apply("loss/over", new Add(), size, least);
        var excess = graph.apply("loss/excess", new Pointwise(Fn.RELU), over);
        var minus = graph.apply("loss/minus_excess", new Scale(-1), excess);
        var clipped = graph.apply("loss/clipped", new Add(), size, minus);
        var square = graph.apply("loss/square", new Pointwise(Fn.SQUARE), clipped);
        yield graph.apply(
            "loss/huber",
            new Add(),
            graph.apply("loss/half_square", new Scale(0.5), square),
            graph.apply("loss/line", new Scale(delta), excess));
      }
      case Loss.CrossEntropy _, Loss.BinaryCrossEntropy _ ->
          throw new IllegalArgumentException(loss.word() + " is of classes");
    };
  }

  /// max(e, 0) + max(-e, 0), whose gradient at 0 is 0.
  private static Node absolute(Graph graph, Node error) {
    var minus = graph.apply("loss/minus_error", new Scale(-1), error);
    return graph.apply(
        "loss/absolute",
        new Add(),
        graph.apply("loss/above", new Pointwise(Fn.RELU), error),
        graph.apply("loss/below", new Pointwise(Fn.RELU), minus));
  }

  /// The mean over a sample's columns, where it has several.
  private Node ofSamples(Graph graph, Node each) {
    int columns = each.shape().at(0) / batch;
    if (columns == 1) {
      return each;
    }
    var apart = graph.apply("loss/columns", new Reshape(Shape.of(batch, columns)), each);
    var mean = graph.apply("loss/mean", new Reduce(Shape.of(batch, 1), 1.0 / columns), apart);
    return graph.apply("loss/samples", new Reshape(Shape.of(batch)), mean);
  }
}
