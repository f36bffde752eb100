package bandlimit.bench;

import bandlimit.backend.Executable;
import bandlimit.backend.cpu.CpuBackend;
import bandlimit.config.Optimizer;
import bandlimit.data.Normalization;
import bandlimit.eval.Network;
import bandlimit.model.ModelSpec;
import bandlimit.model.Models;
import bandlimit.nn.Antialias;
import bandlimit.nn.Layout;
import bandlimit.nn.Variable;
import bandlimit.plan.Plan;
import bandlimit.plan.Planner;
import bandlimit.plan.Slot;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import bandlimit.train.TrainGraph;
import java.util.List;
import java.util.Optional;

/// Bandlimit's side of the comparison with libtorch (tests/bench/step.sh): one training step of
/// ResNet-20 on 32x32 images, from the weights and images that the other side starts from.
///
/// `ResNet20Step TAPS [BATCH] [THREADS] [SECONDS]`; 0 taps is the plain network.
public final class ResNet20Step {
  private static final double RATE = 0.05;

  private ResNet20Step() {}

  public static void main(String[] args) {
    int taps = Integer.parseInt(args[0]);
    int batch = args.length > 1 ? Integer.parseInt(args[1]) : 128;
    int threads = args.length > 2 ? Integer.parseInt(args[2]) : 2;
    double seconds = args.length > 3 ? Double.parseDouble(args[3]) : 10;
    var spec =
        ModelSpec.of("resnet20", 10, Shape.of(32, 32, 3))
            .withAntialias(taps == 0 ? Antialias.NONE : new Antialias.Lowpass(taps));
    var network =
        new Network(
            Models.create(spec),
            TensorType.of(DType.U8, 32, 32, 3),
            new Normalization(List.of(0.49, 0.48, 0.45), List.of(0.25, 0.24, 0.26)),
            List.of("a", "b", "c", "d", "e", "f", "g", "h", "i", "j"));
    var sgd = new Optimizer.Sgd(RATE, 0.9, false, 1e-4, true, Optional.empty());
    var graph = new TrainGraph(network, new TrainGraph.Options(batch, batch, 1, 0, sgd, false));
    try (var backend = new CpuBackend(threads);
        var executable = backend.compile(Planner.plan(graph.procedures(), backend))) {
      var plan = executable.program().plan(TrainGraph.TRAIN);
      for (var variable : graph.variables().all()) {
        start(executable, variable);
      }
      plan.inputs().forEach((name, slot) -> executable.write(slot, input(name, slot)));
      var loss = HostTensor.allocate(TensorType.f32());
      String head =
          "\"program\":\"bandlimit\",\"net\":\"resnet20\",\"taps\":%d,\"layout\":\"nhwc\",\"threads\":%d,\"parameters\":%d"
              .formatted(taps, threads, graph.variables().parameterCount());
      StepTimer.run(head, batch, seconds, () -> step(executable, plan, loss));
    }
  }

  private static double step(Executable executable, Plan plan, HostTensor loss) {
    executable.run(plan);
    executable.read(plan.output("loss"), loss);
    return loss.get(0);
  }

  /// Convolutions and the linear layer start from noise, norms and statistics as they always do.
  private static void start(Executable executable, Variable variable) {
    var value = variable.initial(0);
    var shape = variable.type().shape();
    if (variable.path().endsWith("weight") && shape.rank() > 1) {
      double bound = Math.sqrt(6.0 * shape.at(0) / shape.size());
      boolean conv = variable.layout() == Layout.CONV_WEIGHT;
      int in = shape.at(-1);
      int area = conv ? shape.at(1) * shape.at(2) : 1;
      for (int j = 0; j < shape.size(); j++) { // j counts as PyTorch does: (out, in, kh, kw)
        int o = j / (in * area);
        int i = j / area % in;
        value.set(
            (long) (o * area + j % area) * in + i, bound * StepTimer.uniform(variable.path(), j));
      }
    } else if (variable.path().equals("fc.bias")) {
      value.fill(0);
    }
    executable.write(executable.program().state(variable.path()), value);
  }

  private static HostTensor input(String name, Slot slot) {
    var value = HostTensor.allocate(slot.type());
    for (int j = 0; j < value.shape().size(); j++) {
      value.set(
          j,
          switch (name) {
            case "images" -> StepTimer.pixel(j);
            case "labels" -> j % 10;
            case "weights" -> 1;
            case "rate" -> RATE;
            default -> throw new IllegalStateException("no value for input " + name);
          });
    }
    return value;
  }
}
