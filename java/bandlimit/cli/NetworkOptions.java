package bandlimit.cli;

import bandlimit.config.TrainConfig;
import bandlimit.data.Datasets;
import bandlimit.data.Normalization;
import bandlimit.data.Split;
import bandlimit.eval.Network;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import java.util.Optional;
import java.util.stream.IntStream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// The options of verbs that need a network and no data: its samples are those of the config's data
/// set, or are given.
final class NetworkOptions {
  @Option(
      names = "--input",
      paramLabel = "HxWxC",
      converter = ImageSize.class,
      description = "Size of a sample; the data set is not looked at. Needs --classes.")
  private Optional<ImageSize.Size> input = Optional.empty();

  @Option(names = "--classes", paramLabel = "N", description = "Number of classes, with --input.")
  private Optional<Integer> classes = Optional.empty();

  void check(CommandSpec spec) {
    if (input.isPresent() != classes.isPresent()) {
      throw new ParameterException(spec.commandLine(), "--input and --classes go together");
    }
  }

  /// Whether the size of samples was given, so that no data set is needed.
  boolean given() {
    return input.isPresent();
  }

  /// The network `model`, for the samples of `config`.
  Network network(TrainConfig config, TrainConfig.Model model) {
    if (input.isPresent()) {
      var type = new TensorType(DType.U8, input.get().with(3));
      var names = IntStream.range(0, classes.orElseThrow()).mapToObj(i -> "class " + i).toList();
      var numbers =
          config.loss().isRegression()
              ? Optional.of(Normalization.uniform(names.size(), 0, 1))
              : Optional.<Normalization>empty();
      return Network.of(
          config, model, type, Normalization.uniform(type.shape().at(2), 0, 1), names, numbers);
    }
    var data = Datasets.open(config.data().spec(), Split.TRAIN);
    return Network.of(config, model, data);
  }
}
