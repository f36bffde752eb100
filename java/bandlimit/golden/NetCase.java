package bandlimit.golden;

import bandlimit.backend.Executable;
import bandlimit.config.Optimizer;
import bandlimit.data.Normalization;
import bandlimit.eval.Network;
import bandlimit.graph.Gradients;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.Constant;
import bandlimit.nn.Mode;
import bandlimit.nn.Scope;
import bandlimit.nn.Sequential;
import bandlimit.nn.Variable;
import bandlimit.plan.Plan;
import bandlimit.plan.Planner;
import bandlimit.plan.Procedure;
import bandlimit.plan.Program;
import bandlimit.plan.Slot;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import bandlimit.train.TrainGraph;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// A whole training run: the layers of the metadata as a network, the trainer's own step graph.
final class NetCase {
  private static final String GRADIENTS = "gradients";

  private final GoldenCase golden;
  private final GoldenOptions options;
  private final Verdict verdict;
  private final int batch;

  private NetCase(GoldenCase golden, Verdict verdict) {
    this.golden = golden;
    this.options = golden.options();
    this.verdict = verdict;
    this.batch = golden.tensor("batch0/x").shape().at(0);
  }

  static void run(GoldenCase golden, Verdict verdict) {
    new NetCase(golden, verdict).run();
  }

  private void run() {
    var network = network();
    var train =
        new TrainGraph(
            network,
            new TrainGraph.Options(
                batch, batch, 1, options.number("label_smoothing"), optimizer(), false));
    var procedures = new ArrayList<>(train.procedures());
    procedures.add(gradients(network, train));
    var machine = verdict.machine();
    Program program = Planner.plan(procedures, machine.backend());
    try (Executable executable = machine.backend().compile(program)) {
      for (Variable variable : train.variables().all()) {
        executable.write(program.state(variable.path()), start(variable));
      }
      firstStep(executable, train);
      steps(executable, train);
    }
  }

  private void firstStep(Executable executable, TrainGraph train) {
    var plan = executable.program().plan(GRADIENTS);
    executable.write(plan.input("images"), images(0));
    executable.write(plan.input("labels"), golden.tensor("batch0/target"));
    executable.run(plan);
    var tolerance = Tolerance.parameterGradient(verdict.machine());
    verdict.compare("step0/logits", read(executable, plan.output("logits")), tolerance);
    for (Variable variable : train.variables().trainable()) {
      GoldenVariables.split(variable, read(executable, plan.output(variable.path())))
          .forEach((name, value) -> verdict.compare("step0/grad/" + name, value, tolerance));
    }
  }

  private void steps(Executable executable, TrainGraph train) {
    var plan = executable.program().plan(TrainGraph.TRAIN);
    var losses = new double[options.integer("steps")];
    writeWeights(executable, plan);
    executable.write(plan.input("rate"), UpdateCase.number(options.number("lr")));
    for (int step = 0; step < losses.length; step++) {
      executable.write(plan.input("images"), images(step));
      executable.write(plan.input("labels"), golden.tensor("batch" + step + "/target"));
      if (plan.inputs().containsKey("count")) {
        executable.write(plan.input("count"), UpdateCase.number(step + 1));
      }
      executable.run(plan);
      losses[step] = read(executable, plan.output("loss"))[0];
    }
    verdict.compare("loss", losses, Tolerance.netLoss(verdict.machine()));
    for (Variable variable : train.variables().all()) {
      var last = read(executable, executable.program().state(variable.path()));
      GoldenVariables.split(variable, last)
          .forEach(
              (name, value) ->
                  verdict.compare("final/" + name, value, Tolerance.netWeights(verdict.machine())));
    }
  }

  /// Every sample counts.
  private static void writeWeights(Executable executable, Plan plan) {
    var slot = plan.input("weights");
    executable.write(slot, HostTensor.allocate(slot.type()).fill(1));
  }

  private Network network() {
    var parts = new ArrayList<Sequential.Part>();
    for (GoldenOptions layer : options.layers()) {
      String name = layer.has("name") ? layer.text("name") : String.valueOf(parts.size());
      Shape weight = layer.has("weight_shape") ? ours(layer.shape("weight_shape")) : Shape.of();
      boolean bias = golden.has("init/" + name + ".b");
      parts.add(new Sequential.Part(name, GoldenLayers.of(layer, weight, bias)));
    }
    var sample = images(0).shape();
    return new Network(
        new Sequential(parts),
        TensorType.f32(sample.h(), sample.w(), sample.c()),
        Normalization.uniform(sample.c(), 0, 1),
        IntStream.range(0, classes()).mapToObj(String::valueOf).toList());
  }

  private int classes() {
    return golden.tensor("step0/logits").shape().at(1);
  }

  private Optimizer optimizer() {
    if (!options.text("optimizer").equals("SGD")) {
      throw options.unknown("optimizer", options.text("optimizer"));
    }
    if (!options.text("weight_decay_on").equals("all parameters")) {
      throw options.unknown("weight_decay_on", options.text("weight_decay_on"));
    }
    if (!options.text("loss").equals("cross-entropy, mean")) {
      throw options.unknown("loss", options.text("loss"));
    }
    return new Optimizer.Sgd(
        options.number("lr"),
        options.number("momentum"),
        options.flag("nesterov", false),
        options.number("weight_decay"),
        true,
        Optional.empty());
  }

  /// Logits and gradients without an update, for step 0.
  private Procedure gradients(Network network, TrainGraph train) {
    var graph = new Graph();
    var scope = Scope.root(graph, Mode.TRAIN, train.variables());
    var images = graph.input("images", network.batch(batch));
    var labels = graph.input("labels", TensorType.of(DType.I32, batch));
    Map<String, Node> outputs = new LinkedHashMap<>();
    var logits = network.logits(scope, images);
    outputs.put("logits", logits);
    var loss = LossCase.loss(graph, logits, labels, options.number("label_smoothing"));
    var one = graph.apply("loss/one", Constant.fill(loss.type(), 1));
    var gradients = Gradients.of(graph, loss, one);
    for (Variable variable : train.variables().trainable()) {
      var state = graph.state(variable.path(), variable.type());
      outputs.put(variable.path(), gradients.of(state).orElseThrow());
    }
    return new Procedure(GRADIENTS, graph, outputs, List.of());
  }

  /// Running statistics are not in the file: they start at 0 and 1.
  private HostTensor start(Variable variable) {
    return variable.trainable()
        ? GoldenVariables.join(variable, name -> golden.tensor("init/" + name))
        : variable.initial(0);
  }

  private HostTensor images(int step) {
    return Nchw.toNhwc(golden.tensor("batch" + step + "/x"));
  }

  /// A convolution's [out, in/groups, k, k] with the channels last.
  private static Shape ours(Shape w) {
    return w.rank() == 4 ? Shape.of(w.at(0), w.at(2), w.at(3), w.at(1)) : w;
  }

  private static double[] read(Executable executable, Slot slot) {
    var values = HostTensor.allocate(slot.type().withDType(DType.F64));
    executable.read(slot, values);
    return values.toDoubles();
  }
}
