package bandlimit.train;

import bandlimit.backend.Backend;
import bandlimit.backend.Executable;
import bandlimit.config.Loss;
import bandlimit.config.Optimizer;
import bandlimit.config.TrainConfig;
import bandlimit.data.Dataset;
import bandlimit.data.Loader;
import bandlimit.data.OnFloats;
import bandlimit.data.Transform;
import bandlimit.data.Windows;
import bandlimit.error.ConfigException;
import bandlimit.eval.Classifier;
import bandlimit.eval.Network;
import bandlimit.graph.Gradients;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.Constant;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.PrepareImages;
import bandlimit.graph.op.Reduce;
import bandlimit.graph.op.Scale;
import bandlimit.graph.op.SquaredNorm;
import bandlimit.nn.Mode;
import bandlimit.nn.Scope;
import bandlimit.nn.Variable;
import bandlimit.nn.Variables;
import bandlimit.plan.Procedure;
import bandlimit.plan.Procedure.Update;
import bandlimit.signal.Boundary;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The training of one network as procedures over one state.
///
/// - `train`: forward, loss, gradients, update - one whole step
/// - `accumulate` and `apply`: the same in two halves, for gradients averaged over several batches
/// - `infer` and `inferEma`: logits, from the weights or from their average
/// - `inferFloats`: the same from samples in F32, from the average where there is one; only where
///   asked for
///
/// Every update is guarded: where the loss or the gradient's norm is not finite, all states keep
/// their values, and the trainer replays the step from them to find the first bad node.
public final class TrainGraph {
  public static final String TRAIN = "train";
  public static final String ACCUMULATE = "accumulate";
  public static final String APPLY = "apply";
  public static final String INFER = "infer";
  public static final String INFER_EMA = "inferEma";
  public static final String INFER_FLOATS = "inferFloats";

  // inputs besides Classifier.IMAGES and Scope.RANDOM
  static final String WINDOWS = "windows"; // to be cut from the images, where they come uncut
  static final String LABELS = "labels";
  static final String TARGETS = "targets"; // in place of labels, numbers
  static final String OTHERS = "others"; // labels of what was mixed in
  static final String SHARES = "shares"; // of the own label
  static final String WEIGHTS = "weights";
  static final String RATE = "rate"; // learning rate
  public static final String COUNT = "count"; // number of this update, from 1
  static final String EMA_SHARE = "ema.share"; // 1 - decay
  static final String KEEP = "keep"; // 0 on the first batch of an accumulation, else 1

  // outputs besides Classifier.LOGITS
  public static final String LOSS = "loss";
  static final String SQUARED_NORM = "gradient.squared_norm";

  static final String EMA = "ema/";
  static final String SUM = "gradient/";

  static final TensorType NUMBER = new TensorType(DType.F32, Shape.of());

  /// What shapes the step.
  ///
  /// @param batch samples in a training batch, `evalBatch` in an evaluation batch
  /// @param accumulate batches in an update
  /// @param loss what is minimised
  /// @param ema whether an average of all variables is kept under `ema/`
  /// @param floats whether there is an `inferFloats`
  /// @param floatImages whether training batches are F32 although samples are bytes
  /// @param mixed whether samples are mixed in pairs, so that each has two labels
  /// @param windows of training images, where these come uncut
  public record Options(
      int batch,
      int evalBatch,
      int accumulate,
      Loss loss,
      Optimizer optimizer,
      boolean ema,
      boolean floats,
      boolean floatImages,
      boolean mixed,
      Optional<Windows> windows) {
    /// Cross-entropy with label smoothing, samples as they are.
    public Options(
        int batch,
        int evalBatch,
        int accumulate,
        double smoothing,
        Optimizer optimizer,
        boolean ema) {
      this(
          batch,
          evalBatch,
          accumulate,
          new Loss.CrossEntropy(smoothing, List.of()),
          optimizer,
          ema,
          false,
          false,
          false,
          Optional.empty());
    }

    /// For a backend that may want to cut `windows`.
    public static Options of(TrainConfig config, Backend backend, Windows windows) {
      return of(config, backend.cutsWindows() ? Optional.of(windows) : Optional.empty());
    }

    public static Options of(TrainConfig config) {
      return of(config, Optional.empty());
    }

    private static Options of(TrainConfig config, Optional<Windows> windows) {
      return new Options(
          config.data().batchSize(),
          config.data().evalBatch(),
          config.train().gradAccumSteps(),
          config.loss(),
          config.optimizer(),
          config.ema().enabled(),
          config.shift().protocols().stream().anyMatch(TrainConfig.Protocol::readsFloats),
          config.augment().onFloats(),
          config.augment().mixes(),
          windows);
    }
  }

  private final Network network;
  private final Options options;
  private final Variables variables = new Variables();
  private final List<Procedure> procedures = new ArrayList<>();
  private int columns = 1; // decisions of one sample, known when the network is built

  public TrainGraph(Network network, Options options) {
    this.network = network;
    this.options = options;
    if (options.accumulate() == 1) {
      procedures.add(train());
    } else {
      procedures.add(accumulate());
      procedures.add(apply());
    }
    procedures.add(network.infer(INFER, options.evalBatch(), variables, ""));
    if (options.ema()) {
      procedures.add(network.infer(INFER_EMA, options.evalBatch(), variables, EMA));
    }
    if (options.floats() && network.sample().dtype() != DType.F32) {
      procedures.add(
          network
              .onFloats()
              .infer(INFER_FLOATS, options.evalBatch(), variables, options.ema() ? EMA : ""));
    }
  }

  /// The training batches that this graph takes: `data` through `augment` and what `config` does to
  /// floats.
  Loader loader(TrainConfig config, Dataset data, Transform augment, int workers) {
    int batch = config.data().batchSize();
    if (data.columns() != columns) {
      throw new ConfigException(
          "%s gives %d decisions a sample, but %s has labels for %d; data.signal.target and stride"
                  .formatted(config.model().name(), columns, data.name(), data.columns())
              + " say for how many");
    }
    return takesUncut()
        ? Loader.trainUncut(data, augment, batch, config.seed(), workers)
        : Loader.train(
            data, augment, OnFloats.of(config.augment(), data), batch, config.seed(), workers);
  }

  /// One of a compiled program's networks, with `inferFloats` where the program has it.
  static Classifier classifier(Executable executable, String name) {
    var program = executable.program();
    var floats =
        Optional.ofNullable(program.plans().get(INFER_FLOATS))
            .map(plan -> new Classifier(executable, plan));
    return new Classifier(executable, program.plan(name), floats);
  }

  public List<Procedure> procedures() {
    return procedures;
  }

  /// Whether training images come as they are stored, with the windows to cut from them: the
  /// options say so, and they are bytes.
  public boolean takesUncut() {
    return options.windows().isPresent()
        && network.sample().dtype() == DType.U8
        && !options.floatImages();
  }

  public Variables variables() {
    return variables;
  }

  /// Forward and backward on one batch.
  private record Pass(
      Graph graph, Scope scope, Node logits, Node loss, Map<Variable, Node> gradients) {}

  private Pass pass() {
    var graph = new Graph();
    var scope = Scope.root(graph, Mode.TRAIN, variables);
    var fed = options.floatImages() ? network.onFloats() : network;
    var images = graph.input(Classifier.IMAGES, fed.batch(options.batch()));
    var logits = takesUncut() ? uncut(scope, images) : fed.logits(scope, images);
    columns = logits.shape().at(0) / options.batch();
    var losses = new Losses(network, options.loss(), options.batch(), options.mixed());
    var each = losses.of(graph, logits);
    // rows of weight 0 stand for files that could not be decoded
    var weights = graph.input(WEIGHTS, TensorType.of(DType.F32, options.batch()));
    var weighted = graph.apply("loss/weighted", new Mul(), each, weights);
    var loss = graph.apply("loss", new Reduce(Shape.of(), 1.0 / options.batch()), weighted);
    var one = graph.apply("loss/one", Constant.fill(NUMBER, 1));
    var gradients = Gradients.of(graph, loss, one);
    Map<Variable, Node> byVariable = new LinkedHashMap<>();
    for (Variable variable : variables.trainable()) {
      var dp = gradients.of(graph.state(variable.path(), variable.type()));
      byVariable.put(variable, dp.orElseThrow(() -> unused(variable)));
    }
    return new Pass(graph, scope, logits, loss, byVariable);
  }

  private Node uncut(Scope scope, Node images) {
    var type = TensorType.of(DType.I32, options.batch(), PrepareImages.WINDOW);
    var outside =
        switch (options.windows().orElseThrow().outside()) {
          case ZERO -> Boundary.ZERO;
          case REFLECT -> Boundary.REFLECT;
        };
    return network.logits(scope, images, scope.graph().input(WINDOWS, type), outside);
  }

  private static IllegalStateException unused(Variable variable) {
    return new IllegalStateException(
        "parameter %s does not reach the loss; remove it or use it".formatted(variable.path()));
  }

  private Procedure train() {
    var pass = pass();
    var graph = pass.graph;
    var norm = squaredNorm(graph, pass.gradients);
    var states = new Updates(graph, options.optimizer());
    var updates = new ArrayList<>(states.of(pass.gradients, norm));
    pass.scope.renewals().forEach(r -> updates.add(new Update(r.state(), r.next())));
    if (options.ema()) {
      updates.addAll(states.averages(variables, updates));
    }
    var ok = states.bothFinite(pass.loss, norm);
    return procedure(TRAIN, pass, norm, states.guarded(ok, updates));
  }

  private Procedure accumulate() {
    var pass = pass();
    var graph = pass.graph;
    var keep = graph.input(KEEP, NUMBER);
    var updates = new ArrayList<Update>();
    pass.gradients.forEach(
        (variable, dp) -> {
          var sum = graph.state(SUM + variable.path(), variable.type());
          var kept = graph.apply(sum.path() + "/kept", new Mul(), sum, keep);
          var part = graph.apply(sum.path() + "/part", new Scale(1.0 / options.accumulate()), dp);
          updates.add(new Update(sum, graph.apply(sum.path() + "/next", new Add(), kept, part)));
        });
    pass.scope.renewals().forEach(r -> updates.add(new Update(r.state(), r.next())));
    var norm = squaredNorm(graph, pass.gradients);
    var states = new Updates(graph, options.optimizer());
    var ok = states.bothFinite(pass.loss, norm);
    return procedure(ACCUMULATE, pass, norm, states.guarded(ok, updates));
  }

  private Procedure apply() {
    var graph = new Graph();
    Map<Variable, Node> sums = new LinkedHashMap<>();
    for (Variable variable : variables.trainable()) {
      sums.put(variable, graph.state(SUM + variable.path(), variable.type()));
    }
    var norm = squaredNorm(graph, sums);
    var states = new Updates(graph, options.optimizer());
    var updates = new ArrayList<>(states.of(sums, norm));
    if (options.ema()) {
      updates.addAll(states.averages(variables, updates));
    }
    var ok = graph.apply("ok", new Pointwise(Fn.IS_FINITE), norm);
    return new Procedure(APPLY, graph, Map.of(SQUARED_NORM, norm), states.guarded(ok, updates));
  }

  private static Procedure procedure(String name, Pass pass, Node norm, List<Update> updates) {
    Map<String, Node> outputs = new LinkedHashMap<>();
    outputs.put(LOSS, pass.loss);
    outputs.put(Classifier.LOGITS, pass.logits);
    outputs.put(SQUARED_NORM, norm);
    return new Procedure(name, pass.graph, outputs, updates);
  }

  private static Node squaredNorm(Graph graph, Map<Variable, Node> gradients) {
    return graph.apply(SQUARED_NORM, new SquaredNorm(), gradients.values().toArray(Node[]::new));
  }
}
