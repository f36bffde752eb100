package bandlimit.eval;

import bandlimit.config.Loss;
import bandlimit.config.TrainConfig;
import bandlimit.data.Normalization;
import bandlimit.error.ConfigException;
import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.Constant;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Op;
import bandlimit.graph.op.Reshape;
import bandlimit.nn.Scope;
import bandlimit.tensor.TensorType;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// What the numbers mean that a network's last layer gives.
public sealed interface Outputs {
  Outputs CLASSES = new Classes();

  /// The logits of K classes.
  record Classes() implements Outputs {}

  /// One number z, the logit of the second of two classes. The network's logits are (0, z), whose
  /// softmax is the logistic function of z.
  record Binary() implements Outputs {}

  /// Numbers that are told, less their mean and over their deviation.
  record Numbers(Normalization scale) implements Outputs {}

  /// What `config` asks for, for data with these names of classes or numbers.
  ///
  /// @param targets mean and deviation of numbers; empty where the data have classes
  static Outputs of(TrainConfig config, List<String> names, Optional<Normalization> targets) {
    var loss = config.loss();
    var data = config.data().name();
    if (loss.isRegression()) {
      var scale =
          targets.orElseThrow(
              () ->
                  new ConfigException(
                      "loss.name: %s is for numbers, but the data set %s gives classes; give it floats as targets, or take cross_entropy"
                          .formatted(loss.word(), data)));
      int k = scale.channels();
      if (config.model().numClasses().filter(n -> n != k).isPresent()) {
        throw new ConfigException(
            "model.num_classes is %d, but %d numbers are to be told of a sample of %s; leave it out"
                .formatted(config.model().numClasses().get(), k, data));
      }
      return new Numbers(loss.normalize() ? scale : Normalization.uniform(k, 0, 1));
    }
    if (targets.isPresent()) {
      throw new ConfigException(
          "loss.name: %s is for classes, but the targets of the data set %s are numbers; take mae, mse or huber, or give it integers"
              .formatted(loss.word(), data));
    }
    if (!(loss instanceof Loss.BinaryCrossEntropy)) {
      return CLASSES;
    }
    int classes = config.model().numClasses().orElse(names.size());
    if (classes != 2) {
      throw new ConfigException(
          "loss.name: binary_cross_entropy is for two classes, but there are %d; take cross_entropy"
              .formatted(classes));
    }
    return new Binary();
  }

  /// Of a network whose data have these.
  static Outputs of(Optional<Normalization> targets) {
    return targets.<Outputs>map(Numbers::new).orElse(CLASSES);
  }

  default boolean isRegression() {
    return this instanceof Numbers;
  }

  /// Outputs of the last layer for `names` of them.
  default int width(int names) {
    return this instanceof Binary ? 1 : names;
  }

  /// From what the last layer gives to logits or to numbers in the targets' unit.
  ///
  /// Rows that were columns of a map are computed as that map: so a stream has them, too.
  default Node build(Scope scope, Node raw) {
    if (this instanceof Classes) {
      return raw;
    }
    if (raw.op() instanceof Reshape
        && raw.input(0).shape().rank() == 4
        && raw.input(0).shape().c() == raw.shape().at(-1)) {
      var map = build(scope, raw.input(0));
      var rows = raw.shape().with(raw.shape().rank() - 1, map.shape().c());
      return scope.apply("rows", new Reshape(rows), map);
    }
    return switch (this) {
      case Classes _ -> raw;
      case Binary _ -> with(scope, "logits", new Mul(), raw, List.of(0.0, 1.0));
      case Numbers(var scale) -> {
        int k = scale.channels();
        boolean plain =
            scale.mean().equals(Collections.nCopies(k, 0.0))
                && scale.std().equals(Collections.nCopies(k, 1.0));
        yield plain
            ? raw
            : with(
                scope,
                "values",
                new Add(),
                with(scope, "scaled", new Mul(), raw, scale.std()),
                scale.mean());
      }
    };
  }

  private static Node with(Scope scope, String name, Op op, Node x, List<Double> numbers) {
    var constant = new Constant(TensorType.f32(numbers.size()), numbers);
    return scope.apply(name, op, x, scope.apply(name + "_by", constant));
  }
}
