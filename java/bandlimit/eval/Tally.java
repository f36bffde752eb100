package bandlimit.eval;

import bandlimit.config.Loss;
import bandlimit.data.Batch;
import bandlimit.tensor.HostTensor;
import java.util.List;
import java.util.SequencedMap;

/// What is collected of a network's answers over batches, on the host in double, in order.
public sealed interface Tally permits Scores, Errors {
  /// Adds the rows of `batch` that have a weight, every column of a signal by itself.
  void add(HostTensor outputs, Batch batch);

  /// Rows so far.
  long count();

  double loss();

  /// By names as in [#metricsOf].
  SequencedMap<String, Double> metrics();

  /// For a bar: a word and a number.
  String brief();

  /// For a log line.
  String line();

  /// An empty one for what `outputs` tell.
  static Tally of(Outputs outputs, Loss loss) {
    return switch (outputs) {
      case Outputs.Classes _, Outputs.Binary _ -> new Scores();
      case Outputs.Numbers(var scale) -> new Errors(loss, scale.channels());
    };
  }

  /// Names of what is measured.
  static List<String> metricsOf(Outputs outputs) {
    return outputs.isRegression()
        ? List.of("loss", "mae", "rmse")
        : List.of("loss", "top1", "top5");
  }
}
