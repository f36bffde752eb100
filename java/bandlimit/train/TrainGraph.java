package bandlimit.train;

import bandlimit.backend.Backend;
import bandlimit.backend.Executable;
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
import bandlimit.graph.op.ClipFactor;
import bandlimit.graph.op.Constant;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.Lerp;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.OneHot;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.PrepareImages;
import bandlimit.graph.op.Reduce;
import bandlimit.graph.op.Reshape;
import bandlimit.graph.op.Scale;
import bandlimit.graph.op.Select;
import bandlimit.graph.op.SoftmaxCrossEntropy;
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

  private static final TensorType NUMBER = new TensorType(DType.F32, Shape.of());

  /// What shapes the step.
  ///
  /// @param batch samples in a training batch, `evalBatch` in an evaluation batch
  /// @param accumulate batches in an update
  /// @param smoothing label smoothing
  /// @param ema whether an average of all variables is kept under `ema/`
  /// @param floats whether there is an `inferFloats`
  /// @param floatImages whether training batches are F32 although samples are bytes
  /// @param mixed whether samples are mixed in pairs, so that each has two labels
  /// @param windows of training images, where these come uncut
  /// @param classWeights factors of the loss of each class; none is 1 for all
  public record Options(
      int batch,
      int evalBatch,
      int accumulate,
      double smoothing,
      Optimizer optimizer,
      boolean ema,
      boolean floats,
      boolean floatImages,
      boolean mixed,
      Optional<Windows> windows,
      List<Double> classWeights) {
    public Options {
      classWeights = List.copyOf(classWeights);
    }

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
          smoothing,
          optimizer,
          ema,
          false,
          false,
          false,
          Optional.empty(),
          List.of());
    }

    /// For a backend that may want to cut `windows`.
    public static Options of(TrainConfig config, Backend backend, Windows windows) {
      var options = of(config);
      return new Options(
          options.batch,
          options.evalBatch,
          options.accumulate,
          options.smoothing,
          options.optimizer,
          options.ema,
          options.floats,
          options.floatImages,
          options.mixed,
          backend.cutsWindows() ? Optional.of(windows) : Optional.empty(),
          options.classWeights);
    }

    public static Options of(TrainConfig config) {
      return new Options(
          config.data().batchSize(),
          config.data().evalBatch(),
          config.train().gradAccumSteps(),
          config.loss().smoothing(),
          config.optimizer(),
          config.ema().enabled(),
          config.shift().protocols().stream().anyMatch(TrainConfig.Protocol::readsFloats),
          config.augment().onFloats(),
          config.augment().mixes(),
          Optional.empty(),
          config.loss().classWeights());
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
    var each = ofSamples(graph, crossEntropy(graph, "loss/each", logits, "loss/target", LABELS));
    if (options.mixed()) {
      each = mixed(graph, logits, each);
    }
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

  private Node crossEntropy(
      Graph graph, String name, Node logits, String target, String labelInput) {
    var labels = graph.input(labelInput, TensorType.of(DType.I32, logits.shape().at(0)));
    int classes = network.classNames().size();
    var oneHot = new OneHot(classes, options.smoothing(), DType.F32);
    var wanted = graph.apply(target, oneHot, labels);
    if (!options.classWeights().isEmpty()) {
      if (options.classWeights().size() != classes) {
        throw new ConfigException(
            "loss.class_weights has %d numbers, but there are %d classes: %s"
                .formatted(options.classWeights().size(), classes, network.classNames()));
      }
      var weights = new Constant(TensorType.f32(classes), options.classWeights());
      wanted =
          graph.apply(
              target + "/weighted", new Mul(), wanted, graph.apply(target + "/weights", weights));
    }
    return graph.apply(name, new SoftmaxCrossEntropy(), logits, wanted);
  }

  /// The mean over a sample's columns, where it has several.
  private Node ofSamples(Graph graph, Node each) {
    int n = options.batch();
    int columns = each.shape().at(0) / n;
    if (columns == 1) {
      return each;
    }
    var apart = graph.apply("loss/columns", new Reshape(Shape.of(n, columns)), each);
    var mean = graph.apply("loss/mean", new Reduce(Shape.of(n, 1), 1.0 / columns), apart);
    return graph.apply("loss/samples", new Reshape(Shape.of(n)), mean);
  }

  /// Of a sample with two labels: other + share * (own - other), which is the cross-entropy to the
  /// target mixed alike.
  private Node mixed(Graph graph, Node logits, Node own) {
    var other = crossEntropy(graph, "loss/other", logits, "loss/other_target", OTHERS);
    var share = graph.input(SHARES, TensorType.of(DType.F32, options.batch()));
    var minus = graph.apply("loss/minus_other", new Scale(-1), other);
    var difference = graph.apply("loss/difference", new Add(), own, minus);
    var part = graph.apply("loss/part", new Mul(), difference, share);
    return graph.apply("loss/mixed", new Add(), other, part);
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
    var updates = new ArrayList<>(parameterUpdates(graph, pass.gradients, norm));
    pass.scope.renewals().forEach(r -> updates.add(new Update(r.state(), r.next())));
    if (options.ema()) {
      updates.addAll(averages(graph, updates));
    }
    var ok = bothFinite(graph, pass.loss, norm);
    return procedure(TRAIN, pass, norm, guarded(graph, ok, updates));
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
    var ok = bothFinite(graph, pass.loss, norm);
    return procedure(ACCUMULATE, pass, norm, guarded(graph, ok, updates));
  }

  private Procedure apply() {
    var graph = new Graph();
    Map<Variable, Node> sums = new LinkedHashMap<>();
    for (Variable variable : variables.trainable()) {
      sums.put(variable, graph.state(SUM + variable.path(), variable.type()));
    }
    var norm = squaredNorm(graph, sums);
    var updates = new ArrayList<>(parameterUpdates(graph, sums, norm));
    if (options.ema()) {
      updates.addAll(averages(graph, updates));
    }
    var ok = graph.apply("ok", new Pointwise(Fn.IS_FINITE), norm);
    return new Procedure(APPLY, graph, Map.of(SQUARED_NORM, norm), guarded(graph, ok, updates));
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

  private List<Update> parameterUpdates(
      Graph graph, Map<Variable, Node> gradients, Node squaredNorm) {
    var rate = graph.input(RATE, NUMBER);
    var count = graph.input(COUNT, NUMBER);
    var rule = new UpdateRule(graph, options.optimizer(), rate, count);
    Optional<Node> factor =
        options
            .optimizer()
            .clipGrad()
            .map(most -> graph.apply("gradient.clip", new ClipFactor(most), squaredNorm));
    var updates = new ArrayList<Update>();
    gradients.forEach(
        (variable, dp) -> {
          var p = graph.state(variable.path(), variable.type());
          var used =
              factor.map(f -> graph.apply(p.path() + "/clipped", new Mul(), dp, f)).orElse(dp);
          updates.addAll(rule.next(p, used, variable.decay()));
        });
    return updates;
  }

  /// The averages of all variables, from their next values where they have one.
  private List<Update> averages(Graph graph, List<Update> updates) {
    Map<Node, Node> next = new LinkedHashMap<>();
    updates.forEach(u -> next.put(u.state(), u.value()));
    var share = graph.input(EMA_SHARE, NUMBER);
    var averages = new ArrayList<Update>();
    for (Variable variable : variables.all()) {
      var state = graph.state(variable.path(), variable.type());
      var average = graph.state(EMA + variable.path(), variable.type());
      var value = next.getOrDefault(state, state);
      averages.add(
          new Update(
              average, graph.apply(average.path() + "/next", new Lerp(), average, value, share)));
    }
    return averages;
  }

  private static Node bothFinite(Graph graph, Node loss, Node squaredNorm) {
    var finiteLoss = graph.apply("ok/loss", new Pointwise(Fn.IS_FINITE), loss);
    var finiteNorm = graph.apply("ok/gradient", new Pointwise(Fn.IS_FINITE), squaredNorm);
    return graph.apply("ok", new Mul(), finiteLoss, finiteNorm);
  }

  private static List<Update> guarded(Graph graph, Node ok, List<Update> updates) {
    return updates.stream()
        .map(
            u ->
                new Update(
                    u.state(),
                    graph.apply(
                        u.state().path() + "/guarded", new Select(), ok, u.value(), u.state())))
        .toList();
  }
}
