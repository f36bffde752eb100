package bandlimit.conformance;

import bandlimit.backend.Backend;
import bandlimit.backend.Executable;
import bandlimit.config.Optimizer;
import bandlimit.config.TrainConfig;
import bandlimit.data.Normalization;
import bandlimit.eval.Network;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.nn.Activation;
import bandlimit.nn.BatchNorm;
import bandlimit.nn.BlurPool;
import bandlimit.nn.Conv;
import bandlimit.nn.Dropout;
import bandlimit.nn.GlobalAvgPool;
import bandlimit.nn.Layer;
import bandlimit.nn.Linear;
import bandlimit.nn.PolynomialActivation;
import bandlimit.nn.Sequential;
import bandlimit.nn.Variable;
import bandlimit.plan.Plan;
import bandlimit.plan.PlanOptions;
import bandlimit.plan.Planner;
import bandlimit.plan.Procedure;
import bandlimit.plan.Program;
import bandlimit.signal.Boundary;
import bandlimit.signal.Filter;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import bandlimit.train.TrainGraph;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.function.BiConsumer;

/// A training step with something of everything: convolutions, batch norm, both orders of a
/// residual sum, a blur, a polynomial, dropout, clipping, averages. For laws about plans.
public final class SmallTraining {
  private static final int BATCH = 3;

  private final TrainGraph graph;

  public SmallTraining() {
    this(TrainConfig.Precision.FP32);
  }

  public SmallTraining(TrainConfig.Precision precision) {
    this(precision, new Optimizer.Sgd(0.05, 0.9, true, 1e-3, false, Optional.of(1.0)), true);
  }

  public SmallTraining(TrainConfig.Precision precision, Optimizer optimizer, boolean ema) {
    var sample = TensorType.f32(9, 8, 2);
    var normalization = Normalization.uniform(2, 0.1, 0.9);
    var network = new Network(layer(), sample, normalization, List.of("a", "b", "c", "d"));
    var options = new TrainGraph.Options(BATCH, BATCH, 1, 0.1, optimizer, ema);
    this.graph = new TrainGraph(network.in(precision), options);
  }

  public List<Procedure> procedures() {
    return graph.procedures();
  }

  private static Layer layer() {
    var blur = new BlurPool(Filter.binomial(3), 2, Boundary.REFLECT);
    return Sequential.of(
        convNormRelu(5, 3),
        residual(5, true),
        blur,
        new PolynomialActivation(List.of(0.1, 0.5, 0.2), false),
        residual(5, false),
        new GlobalAvgPool(),
        new Dropout(0.25),
        new Linear(4));
  }

  private static Layer convNormRelu(int out, int kernel) {
    return Sequential.of(
        new Conv(
            out, kernel, kernel, ConvGeometry.of(1, kernel / 2), false, bandlimit.nn.Init.TORCH),
        new BatchNorm(),
        Activation.RELU);
  }

  /// relu(norm(conv(x)) + x), the sum written either way round.
  private static Layer residual(int channels, boolean branchFirst) {
    var conv = Conv.of(channels, 3, 1, 1);
    return (scope, x) -> {
      var branch = new BatchNorm().build(scope.in("norm"), conv.build(scope.in("conv"), x));
      var sum =
          branchFirst
              ? scope.apply("sum", new Add(), branch, x)
              : scope.apply("sum", new Add(), x, branch);
      return Activation.RELU.build(scope.in("relu"), sum);
    };
  }

  /// All states after `steps` steps, and the loss of each under `loss`.
  public Map<String, double[]> train(Backend backend, PlanOptions options, int steps) {
    return train(backend, options, steps, Executable::run);
  }

  /// The same, each step run by `run`.
  public Map<String, double[]> train(
      Backend backend, PlanOptions options, int steps, BiConsumer<Executable, Plan> run) {
    Program program = Planner.plan(procedures(), backend, options);
    try (Executable executable = backend.compile(program)) {
      for (Variable variable : graph.variables().all()) {
        executable.write(program.state(variable.path()), variable.initial(5));
      }
      var plan = program.plan(TrainGraph.TRAIN);
      var random = new Random(11);
      double[] losses = new double[steps];
      for (int step = 0; step < steps; step++) {
        var images = HostTensor.allocate(TensorType.f32(BATCH, 9, 8, 2));
        Values.normal().fill(images, random);
        Map<String, HostTensor> inputs =
            Map.of(
                "images", images,
                "labels", HostTensor.of(Shape.of(BATCH), step % 4, 1, 3),
                "weights", HostTensor.of(Shape.of(BATCH), 1f, 1, 1),
                "random", HostTensor.of(Shape.of(2), 99, step),
                "rate", HostTensor.of(Shape.of(), 0.05),
                "ema.share", HostTensor.of(Shape.of(), 0.1),
                "count", HostTensor.of(Shape.of(), step + 1.0));
        plan.inputs()
            .forEach(
                (name, slot) ->
                    executable.write(
                        slot,
                        Objects.requireNonNull(
                            inputs.get(name), () -> "nothing to write into " + name)));
        run.accept(executable, plan);
        losses[step] = read(executable, plan.output("loss"))[0];
      }
      Map<String, double[]> values = new LinkedHashMap<>();
      program.states().forEach((path, slot) -> values.put(path, read(executable, slot)));
      values.put("loss", losses);
      return values;
    }
  }

  private static double[] read(Executable executable, bandlimit.plan.Slot slot) {
    var value = HostTensor.allocate(slot.type().withDType(DType.F64));
    executable.read(slot, value);
    return value.toDoubles();
  }
}
