package bandlimit.train;

import bandlimit.backend.Executable;
import bandlimit.data.Batch;
import bandlimit.error.DivergedException;
import bandlimit.eval.Classifier;
import bandlimit.nn.Antialias;
import bandlimit.nn.Scope;
import bandlimit.plan.Plan;
import bandlimit.plan.Step;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongToDoubleFunction;

/// One batch through the compiled training procedures, and what came of it.
final class TrainStep {
  private final Executable executable;
  private final int seed;
  private final LongToDoubleFunction temperature;
  private final HostTensor number = HostTensor.of(Shape.of(), 0f);
  private final HostTensor random = HostTensor.of(Shape.of(2), 0, 0);
  private double loss;
  private long correct;
  private int rows;
  private int samples;

  /// @param temperature of learned choices at an update, counted from 0
  TrainStep(Executable executable, int seed, LongToDoubleFunction temperature) {
    this.executable = executable;
    this.seed = seed;
    this.temperature = temperature;
  }

  /// Runs batch `part` of the `accumulate` that make up update number `update` (from 0); `micro` is
  /// the counter of the random streams.
  ///
  /// @throws DivergedException if the loss or the gradient is not finite; no state has changed then
  void run(
      Batch batch,
      int accumulate,
      int part,
      long micro,
      long update,
      double rate,
      double emaDecay) {
    boolean whole = accumulate == 1;
    var plan = executable.program().plan(whole ? TrainGraph.TRAIN : TrainGraph.ACCUMULATE);
    write(plan, batch, part, micro, update, rate, emaDecay);
    executable.run(plan);
    loss = readNumber(plan, TrainGraph.LOSS);
    checkFinite(plan, update);
    rows = plan.output(Classifier.LOGITS).type().shape().at(0);
    samples = batch.weights().shape().at(0);
    if (plan.inputs().containsKey(TrainGraph.LABELS)) {
      count(executable.read(plan.output(Classifier.LOGITS)), batch);
    }
    if (!whole && part == accumulate - 1) {
      var apply = executable.program().plan(TrainGraph.APPLY);
      writeKnobs(apply, update, rate, emaDecay);
      executable.run(apply);
      checkFinite(apply, update);
    }
  }

  /// The temperature of a network's learned choices, if it has any: that of the epoch.
  static LongToDoubleFunction temperature(Antialias antialias, long updatesPerEpoch) {
    return antialias instanceof Antialias.Lps lps
        ? update -> lps.temperature(Math.toIntExact(update / updatesPerEpoch))
        : _ -> 1;
  }

  /// Runs one plan of a step under an observer, whatever comes of it; for comparing devices.
  void observe(
      Batch batch,
      Plan plan,
      long update,
      double rate,
      double emaDecay,
      Executable.Observer observer) {
    write(plan, batch, 0, update, update, rate, emaDecay);
    executable.run(plan, observer);
    loss = readNumber(plan, TrainGraph.LOSS);
  }

  private void write(
      Plan plan, Batch batch, int part, long micro, long update, double rate, double emaDecay) {
    executable.write(plan.input(Classifier.IMAGES), batch.images());
    if (plan.inputs().containsKey(TrainGraph.WINDOWS)) {
      executable.write(plan.input(TrainGraph.WINDOWS), batch.windows());
    }
    if (plan.inputs().containsKey(TrainGraph.LABELS)) {
      executable.write(plan.input(TrainGraph.LABELS), batch.labels());
    } else {
      executable.write(plan.input(TrainGraph.TARGETS), batch.targets().orElseThrow());
    }
    executable.write(plan.input(TrainGraph.WEIGHTS), batch.weights());
    if (plan.inputs().containsKey(TrainGraph.OTHERS)) {
      executable.write(plan.input(TrainGraph.OTHERS), batch.others());
      executable.write(plan.input(TrainGraph.SHARES), batch.shares());
    }
    if (plan.inputs().containsKey(Scope.RANDOM)) {
      random.set(0, seed);
      random.set(1, micro);
      executable.write(plan.input(Scope.RANDOM), random);
    }
    writeNumber(plan, Scope.SHARPNESS, 1 / temperature.applyAsDouble(update));
    writeNumber(plan, TrainGraph.KEEP, part == 0 ? 0 : 1);
    writeKnobs(plan, update, rate, emaDecay);
  }

  private void writeKnobs(Plan plan, long update, double rate, double emaDecay) {
    writeNumber(plan, TrainGraph.RATE, rate);
    writeNumber(plan, TrainGraph.COUNT, update + 1);
    writeNumber(plan, TrainGraph.EMA_SHARE, 1 - emaDecay);
  }

  /// Writes an input that not every plan has: SGD needs no count, for one.
  private void writeNumber(Plan plan, String input, double value) {
    if (plan.inputs().containsKey(input)) {
      executable.write(plan.input(input), number.fill(value));
    }
  }

  private double readNumber(Plan plan, String output) {
    executable.read(plan.output(output), number);
    return number.get(0);
  }

  private void count(HostTensor logits, Batch batch) {
    int classes = logits.shape().at(1);
    correct = 0;
    for (int row = 0; row < rows; row++) {
      int best = 0;
      for (int k = 1; k < classes; k++) {
        if (logits.get((long) row * classes + k) > logits.get((long) row * classes + best)) {
          best = k;
        }
      }
      correct += best == (int) batch.labels().get(row) ? 1 : 0;
    }
  }

  private void checkFinite(Plan plan, long update) {
    double norm = readNumber(plan, TrainGraph.SQUARED_NORM);
    boolean finiteLoss = plan.name().equals(TrainGraph.APPLY) || Double.isFinite(loss);
    if (!finiteLoss || !Double.isFinite(norm)) {
      throw new DivergedException(
          "update %d: the loss is %s, the gradient's squared norm %s; first bad value: %s. Lower"
                  .formatted(update + 1, finiteLoss ? "finite" : loss, norm, firstBad(plan))
              + " optimizer.lr, warm up longer or set optimizer.clip_grad");
    }
  }

  /// Replays the step, whose inputs and states are intact, and names the first bad output.
  private String firstBad(Plan plan) {
    for (var input : plan.inputs().entrySet()) {
      if (!isFinite(executable.read(input.getValue()))) {
        return "input " + input.getKey();
      }
    }
    List<String> bad = new ArrayList<>();
    executable.run(
        plan,
        (Step step, long _) -> {
          if (bad.isEmpty() && !step.out().stream().allMatch(s -> isFinite(executable.read(s)))) {
            bad.add(step.name() + " (" + step.op().getClass().getSimpleName() + ")");
          }
        });
    return bad.isEmpty() ? "none in the replay" : bad.getFirst();
  }

  private static boolean isFinite(HostTensor tensor) {
    if (!tensor.dtype().isFloating()) {
      return true;
    }
    for (long i = 0; i < tensor.shape().size(); i++) {
      if (!Double.isFinite(tensor.get(i))) {
        return false;
      }
    }
    return true;
  }

  double loss() {
    return loss;
  }

  /// Decisions of the batch: one a sample, or one a column of each.
  int rows() {
    return rows;
  }

  /// Correct ones of them, while training; 0 where numbers are told.
  long correct() {
    return correct;
  }

  int samples() {
    return samples;
  }
}
