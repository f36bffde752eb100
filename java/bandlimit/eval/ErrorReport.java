package bandlimit.eval;

import bandlimit.config.Loss;
import bandlimit.data.Batch;
import bandlimit.data.Dataset;
import bandlimit.data.Loader;
import bandlimit.data.SignalDataset;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// How well a network tells the numbers of a test set; all but the loss in the targets' unit.
///
/// @param loss the run's own
/// @param mae mean absolute error; its interval is that of [Errors#interval] over `stretch` samples
/// @param constant what always saying the mean of the training targets would give
/// @param numbers each by itself
public record ErrorReport(
    String dataset,
    int samples,
    double loss,
    double mae,
    Interval interval,
    int stretch,
    double rmse,
    Number constant,
    List<Number> numbers) {
  public record Number(String name, double mae, double rmse) {}

  public static ErrorReport of(
      Classifier classifier, Dataset data, Loss loss, int workers, Consumer<Batch> seen) {
    classifier.checkColumns(data);
    var mean = data.targets().orElseThrow().mean();
    var errors = new Errors(loss, mean.size());
    var constant = new Errors(loss, mean.size());
    try (var loader = Loader.evaluation(data, classifier.batch(), workers)) {
      var same = same(mean, classifier);
      for (loader.startEpoch(0, 0); loader.next(); ) {
        var batch = loader.batch();
        errors.add(classifier.logits(batch.images()), batch);
        constant.add(same, batch);
        seen.accept(batch);
      }
    }
    var numbers = new ArrayList<Number>();
    for (int k = 0; k < mean.size(); k++) {
      numbers.add(new Number(data.classNames().get(k), errors.mae(k), errors.rmse(k)));
    }
    int stretch =
        data instanceof SignalDataset s ? Math.ceilDiv(s.spec().window(), s.spec().hop()) : 1;
    return new ErrorReport(
        data.name(),
        errors.samples(),
        errors.loss(),
        errors.mae(),
        errors.interval(0.95, stretch),
        stretch,
        errors.rmse(),
        new Number("mean", constant.mae(), constant.rmse()),
        List.copyOf(numbers));
  }

  private static HostTensor same(List<Double> mean, Classifier classifier) {
    int rows = classifier.batch() * classifier.columns();
    var same = HostTensor.allocate(TensorType.f32(rows, mean.size()));
    for (long i = 0; i < same.shape().size(); i++) {
      same.set(i, mean.get((int) (i % mean.size())));
    }
    return same;
  }
}
