package bandlimit.config;

import java.util.List;

/// What training minimises: the mean over the outputs of a sample, its columns, and the batch.
@Tag(
    key = "name",
    def = "cross_entropy",
    doc =
        "what training minimises; the first two are for data with classes, the others for data with"
            + " numbers")
public sealed interface Loss {
  /// Whether numbers are told and not classes.
  default boolean isRegression() {
    return false;
  }

  default double smoothing() {
    return 0;
  }

  default List<Double> classWeights() {
    return List.of();
  }

  /// Whether the network's outputs are scaled to the training targets; of losses of numbers.
  default boolean normalize() {
    return false;
  }

  /// As in a config.
  default String word() {
    return Union.word(getClass());
  }

  /// Of the softmax over the classes.
  record CrossEntropy(
      @Key(
              value = "label smoothing: share of the target spread over all classes",
              def = "0",
              min = 0,
              below = 1)
          double smoothing,
      @Key(value = WEIGHTS, def = "[]", min = 0) List<Double> classWeights)
      implements Loss {
    public CrossEntropy {
      classWeights = List.copyOf(classWeights);
    }
  }

  /// Of the logistic function of one output, which is that of the second of two classes.
  record BinaryCrossEntropy(@Key(value = WEIGHTS, def = "[]", min = 0) List<Double> classWeights)
      implements Loss {
    public BinaryCrossEntropy {
      classWeights = List.copyOf(classWeights);
    }
  }

  /// The squared error.
  record Mse(@Key(value = NORMALIZE, def = "true") boolean normalize) implements Loss {
    @Override
    public boolean isRegression() {
      return true;
    }
  }

  /// The absolute error.
  record Mae(@Key(value = NORMALIZE, def = "true") boolean normalize) implements Loss {
    @Override
    public boolean isRegression() {
      return true;
    }
  }

  /// Half the squared error up to `delta`, and from there on a straight line (Huber 1964), as
  /// PyTorch's HuberLoss.
  record Huber(
      @Key(
              value = "error from which the loss grows linearly, in the targets' unit",
              def = "1",
              above = 0)
          double delta,
      @Key(value = NORMALIZE, def = "true") boolean normalize)
      implements Loss {
    @Override
    public boolean isRegression() {
      return true;
    }
  }

  String WEIGHTS =
      "factor of the loss of each class, in the order of the data set's classes; [] is 1 for all."
          + " Evaluation does without";
  String NORMALIZE =
      "whether the last layer's outputs are multiplied by the deviation of the training targets and"
          + " added to their mean, so that an untrained network says about that; loss, metrics and"
          + " answers are in the targets' unit either way";
}
