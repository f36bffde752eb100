package bandlimit.bench;

import bandlimit.backend.Executable;
import bandlimit.backend.cpu.CpuBackend;
import bandlimit.config.Optimizer;
import bandlimit.data.Normalization;
import bandlimit.eval.Network;
import bandlimit.model.Explanation;
import bandlimit.model.ModelSpec;
import bandlimit.model.Models;
import bandlimit.nn.Antialias;
import bandlimit.nn.Layout;
import bandlimit.nn.Variable;
import bandlimit.plan.Planner;
import bandlimit.plan.Slot;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import bandlimit.train.TrainGraph;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/// The losses of the first training steps from the weights and images that libtorch's side starts
/// from (`tests/bench/torch/run.sh BUILD train.NET LAYOUT 2 0` prints its own): if they agree, both
/// programs train the same network.
///
/// `FirstLosses MODEL TAPS BATCH SIZE CLASSES [CHANNELS]`; 0 taps is the plain network.
public final class FirstLosses {
  private static final double RATE = 0.05;
  private static final int STEPS = 5;

  private FirstLosses() {}

  public static void main(String[] args) {
    int taps = Integer.parseInt(args[1]);
    int batch = Integer.parseInt(args[2]);
    int size = Integer.parseInt(args[3]);
    int classes = Integer.parseInt(args[4]);
    int channels = args.length > 5 ? Integer.parseInt(args[5]) : 3;
    StepBench.registerPeers();
    var spec =
        ModelSpec.of(args[0], classes, Shape.of(size, size, channels))
            .withAntialias(taps == 0 ? Antialias.NONE : new Antialias.Lowpass(taps));
    var network =
        new Network(
            Models.create(spec),
            TensorType.of(DType.U8, size, size, channels),
            new Normalization(again(channels, 0.49, 0.48, 0.45), again(channels, 0.25, 0.24, 0.26)),
            IntStream.range(0, classes).mapToObj(i -> "class " + i).toList());
    var sgd = new Optimizer.Sgd(RATE, 0.9, false, 1e-4, true, Optional.empty());
    var graph = new TrainGraph(network, new TrainGraph.Options(batch, batch, 1, 0, sgd, false));
    try (var backend = new CpuBackend();
        var executable = backend.compile(Planner.plan(graph.procedures(), backend))) {
      var plan = executable.program().plan(TrainGraph.TRAIN);
      for (var variable : graph.variables().all()) {
        start(executable, variable);
      }
      plan.inputs().forEach((name, slot) -> executable.write(slot, input(name, slot, classes)));
      var explanation = Explanation.of(spec);
      System.out.printf(
          "%d parameters, %d multiply-accumulates; losses",
          explanation.parameters(), explanation.macs());
      for (int i = 0; i < STEPS; i++) {
        executable.run(plan);
        System.out.printf(Locale.ROOT, " %.6f", executable.read(plan.output("loss")).get(0));
      }
      System.out.println();
    }
  }

  /// The same three again and again where there are more channels than colours.
  private static List<Double> again(int channels, double... colours) {
    return IntStream.range(0, channels).mapToObj(c -> colours[c % colours.length]).toList();
  }

  /// Convolutions and the linear layer start from noise, norms and statistics as they always do.
  private static void start(Executable executable, Variable variable) {
    var value = variable.initial(0);
    var shape = variable.type().shape();
    if (variable.path().endsWith("weight") && shape.rank() > 1) {
      double bound = SameStart.bound(shape.at(0), shape.size());
      boolean conv = variable.layout() == Layout.CONV_WEIGHT;
      int in = shape.at(-1);
      int area = conv ? shape.at(1) * shape.at(2) : 1;
      for (int j = 0; j < shape.size(); j++) { // j counts as PyTorch does: (out, in, kh, kw)
        int o = j / (in * area);
        int i = j / area % in;
        value.set(
            (long) (o * area + j % area) * in + i, bound * SameStart.uniform(variable.path(), j));
      }
    } else if (variable.path().equals("fc.bias")) {
      value.fill(0);
    }
    executable.write(executable.program().state(variable.path()), value);
  }

  private static HostTensor input(String name, Slot slot, int classes) {
    var value = HostTensor.allocate(slot.type());
    for (int j = 0; j < value.shape().size(); j++) {
      value.set(
          j,
          switch (name) {
            case "images" -> SameStart.pixel(j);
            case "labels" -> j % classes;
            case "weights" -> 1;
            case "rate" -> RATE;
            default -> throw new IllegalStateException("no value for input " + name);
          });
    }
    return value;
  }
}
