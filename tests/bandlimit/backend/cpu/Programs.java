package bandlimit.backend.cpu;

import bandlimit.backend.Backend;
import bandlimit.backend.Executable;
import bandlimit.config.Optimizer;
import bandlimit.data.Normalization;
import bandlimit.eval.Network;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.AdamWStep;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.ChannelGradSums;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.Conv2dInputGrad;
import bandlimit.graph.op.Conv2dWeightGrad;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.Dropout;
import bandlimit.graph.op.Expand;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.Fold;
import bandlimit.graph.op.MatMul;
import bandlimit.graph.op.MaxPool;
import bandlimit.graph.op.MaxPoolGrad;
import bandlimit.graph.op.Moments;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.NormalizeGrad;
import bandlimit.graph.op.Over;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.Permute;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.PointwiseGrad;
import bandlimit.graph.op.Polynomial;
import bandlimit.graph.op.PolynomialCoefficientGrad;
import bandlimit.graph.op.PolynomialGrad;
import bandlimit.graph.op.Reduce;
import bandlimit.graph.op.Resample;
import bandlimit.graph.op.Softmax;
import bandlimit.graph.op.SquaredNorm;
import bandlimit.model.ModelSpec;
import bandlimit.model.Models;
import bandlimit.plan.Plan;
import bandlimit.plan.Planner;
import bandlimit.plan.Procedure;
import bandlimit.plan.Program;
import bandlimit.signal.Boundary;
import bandlimit.signal.Filter;
import bandlimit.signal.Resampler;
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
import java.util.Random;

/// Programs large enough that every kernel is cut into several tasks.
final class Programs {
  private Programs() {}

  /// The training step of a small network.
  static List<Procedure> training(String model, int batch) {
    var spec = ModelSpec.of(model, 10, Shape.of(32, 32, 3));
    var network =
        new Network(
            Models.create(spec),
            TensorType.of(DType.U8, 32, 32, 3),
            new Normalization(List.of(0.49, 0.48, 0.45), List.of(0.25, 0.24, 0.26)),
            List.of("a", "b", "c", "d", "e", "f", "g", "h", "i", "j"));
    var sgd = new Optimizer.Sgd(0.1, 0.9, true, 1e-4, false, Optional.of(1.0));
    return new TrainGraph(network, new TrainGraph.Options(batch, batch, 1, 0.1, sgd, true))
        .procedures();
  }

  /// Everything that sums or cuts, once; each result an output.
  static List<Procedure> everyKernel() {
    var graph = new Graph();
    Map<String, Node> outputs = new LinkedHashMap<>();
    var x = graph.input("x", TensorType.f32(7, 33, 31, 24));
    var dy = graph.input("dy", TensorType.f32(7, 33, 31, 24));
    var w = graph.input("w", TensorType.f32(40, 3, 3, 24));
    var gamma = graph.input("gamma", TensorType.f32(24));
    var beta = graph.input("beta", TensorType.f32(24));
    var counter = graph.input("counter", TensorType.of(DType.I32, 2));
    for (var boundary : List.of(Boundary.ZERO, Boundary.CIRCULAR)) {
      var geometry = ConvGeometry.of(1, 1).withBoundary(boundary);
      var y = graph.apply("y", new Conv2d(geometry), x, w);
      outputs.put("conv " + boundary, y);
      outputs.put(
          "conv dx " + boundary, graph.apply("dx", new Conv2dInputGrad(geometry, x.shape()), y, w));
      outputs.put(
          "conv dw " + boundary,
          graph.apply("dw", new Conv2dWeightGrad(geometry, w.shape()), x, y));
    }
    var chunks = graph.input("chunks", TensorType.f32(5, 1, 33, 24));
    var taps = graph.input("taps", TensorType.f32(150, 1, 5, 24));
    outputs.put("few pixels", graph.apply("y", new Conv2d(ConvGeometry.of(1, 0)), chunks, taps));
    var kernels = graph.input("kernels", TensorType.f32(24, 7, 7, 1));
    for (int stride : List.of(1, 2)) {
      var geometry = ConvGeometry.of(stride, 3).withGroups(24).withBoundary(Boundary.CIRCULAR);
      var y = graph.apply("y", new Conv2d(geometry), x, kernels);
      outputs.put("depthwise /" + stride, y);
      outputs.put(
          "depthwise dx /" + stride,
          graph.apply("dx", new Conv2dInputGrad(geometry, x.shape()), y, kernels));
      outputs.put(
          "depthwise dw /" + stride,
          graph.apply("dw", new Conv2dWeightGrad(geometry, kernels.shape()), x, y));
    }
    for (var over : List.of(Over.BATCH, Over.CHANNELS, Over.groups(4))) {
      var statistics = graph.apply("statistics", new Moments(over), x);
      var y = graph.apply("y", new Normalize(over, 1e-5, true), x, statistics, gamma, beta);
      var sums = graph.apply("sums", new ChannelGradSums(over, 1e-5), x, statistics, dy);
      var grad = new NormalizeGrad(over, 1e-5, true);
      outputs.put("moments " + over, statistics);
      outputs.put("normalize " + over, y);
      outputs.put("sums " + over, sums);
      outputs.put("dx " + over, graph.apply("dx", grad, x, statistics, gamma, sums, dy));
    }
    for (var fn : List.of(Fn.RELU, Fn.GELU, Fn.SILU, Fn.TANH)) {
      var y = graph.apply("y", new Pointwise(fn), x);
      outputs.put("fn " + fn, y);
      outputs.put(
          "fn grad " + fn, graph.apply("dx", new PointwiseGrad(fn), fn.fromOutput() ? y : x, dy));
    }
    var a = graph.input("a", TensorType.f32(24, 4));
    outputs.put("polynomial", graph.apply("y", new Polynomial(3), x, a));
    outputs.put("polynomial dx", graph.apply("dx", new PolynomialGrad(3), x, a, dy));
    outputs.put("polynomial da", graph.apply("da", new PolynomialCoefficientGrad(3, false), x, dy));
    outputs.put(
        "polynomial shared da", graph.apply("da", new PolynomialCoefficientGrad(3, true), x, dy));
    var blur = Resampler.decimate(Filter.binomial(5).taps(), 2);
    var resampled = graph.apply("y", new Resample(blur, blur), x);
    outputs.put("resample", resampled);
    outputs.put(
        "resample dx",
        graph.apply("dx", new Resample(blur.transpose(33), blur.transpose(31)), resampled));
    var pad = new Pad(Boundary.REFLECT, 2, 2, 2, 2);
    var lowpassed = graph.apply("y", new Resample(blur, blur), graph.apply("pad", pad, x));
    outputs.put("padded resample", lowpassed);
    var stuffed = graph.apply("t", new Resample(blur.transpose(37), blur.transpose(35)), lowpassed);
    outputs.put(
        "folded resample", graph.apply("dx", new Fold(Boundary.REFLECT, 2, 2, 2, 2), stuffed));
    var padded = graph.apply("y", new Pad(Boundary.REFLECT, 2, 1, 1, 2), x);
    outputs.put("pad", padded);
    outputs.put("fold", graph.apply("dx", new Fold(Boundary.REFLECT, 2, 1, 1, 2), padded));
    var pool = MaxPool.of(3, 2, 1);
    var pooled = graph.apply("y", pool, x);
    outputs.put("pool", pooled);
    outputs.put("pool dx", graph.apply("dx", new MaxPoolGrad(pool), x, pooled));
    var pair = MaxPool.of(2, 1, 0);
    var largest = graph.apply("y", pair, x);
    outputs.put("pair pool dx", graph.apply("dx", new MaxPoolGrad(pair), x, largest));
    outputs.put(
        "blurred pool",
        graph.apply(
            "y", new Resample(blur, blur), graph.apply("pad", pad, graph.apply("max", pair, dy))));
    var moments = graph.apply("statistics", new Moments(Over.BATCH), dy);
    var relu =
        graph.apply(
            "relu",
            new Pointwise(Fn.RELU),
            graph.apply("norm", new Normalize(Over.BATCH, 1e-5, true), dy, moments, gamma, beta));
    outputs.put(
        "blurred activation",
        graph.apply("y", new Resample(blur, blur), graph.apply("pad", pad, relu)));
    outputs.put("mean", graph.apply("y", new Reduce(Shape.of(7, 1, 1, 24), 0.001), x));
    outputs.put("channel sum", graph.apply("y", new Reduce(Shape.of(24), 1), x));
    outputs.put("pixel sum", graph.apply("y", new Reduce(x.shape().with(3, 1), 1), x));
    outputs.put("sum", graph.apply("y", new Reduce(Shape.of(), 1), x));
    outputs.put("norm", graph.apply("y", new SquaredNorm(), x, dy, w));
    outputs.put("add", graph.apply("y", new Add(), x, beta));
    outputs.put("mul", graph.apply("y", new Mul(), x, dy));
    outputs.put("expand", graph.apply("y", new Expand(x.shape(), 2), gamma));
    outputs.put("softmax", graph.apply("y", new Softmax(), x));
    outputs.put("permute", graph.apply("y", new Permute(List.of(0, 3, 1, 2)), x));
    outputs.put("dropout", graph.apply("y", Dropout.at("d", 0.3, false), x, counter));
    var left = graph.input("left", TensorType.f32(301, 257));
    var right = graph.input("right", TensorType.f32(257, 129));
    outputs.put("matmul", graph.apply("y", new MatMul(false, false), left, right));
    var rate = graph.input("rate", TensorType.f32());
    outputs.put(
        "adam", graph.apply("y", new AdamWStep(0.9, 0.99, 1e-8, 0.1), x, dy, x, rate, rate));
    return List.of(new Procedure("all", graph, outputs, List.of()));
  }

  /// Numbers that do not depend on the backend, positive where a root is taken of them.
  static void fill(Executable executable, Plan plan) {
    var random = new Random(7);
    executable
        .program()
        .states()
        .forEach(
            (path, slot) -> {
              var host = HostTensor.allocate(slot.type());
              for (int i = 0; i < host.shape().size(); i++) {
                host.set(i, path.endsWith("weight") ? 0.1 * random.nextGaussian() : 1);
              }
              executable.write(slot, host);
            });
    plan.inputs()
        .forEach(
            (name, slot) -> {
              var host = HostTensor.allocate(slot.type());
              for (int i = 0; i < host.shape().size(); i++) {
                host.set(
                    i,
                    switch (slot.type().dtype()) {
                      case U8 -> random.nextInt(256);
                      case I32 -> random.nextInt(10);
                      default -> host.shape().size() == 1 ? 0.01 : random.nextDouble() + 0.1;
                    });
              }
              executable.write(slot, host);
            });
  }

  /// All states and outputs after `runs` runs of the first plan.
  static Map<String, HostTensor> results(Backend backend, List<Procedure> procedures, int runs) {
    Program program = Planner.plan(procedures, backend);
    Map<String, HostTensor> results = new LinkedHashMap<>();
    try (var executable = backend.compile(program)) {
      var plan = program.plan(procedures.getFirst().name());
      fill(executable, plan);
      for (int i = 0; i < runs; i++) {
        executable.run(plan);
      }
      plan.outputs().forEach((name, slot) -> results.put(name, executable.read(slot)));
      program.states().forEach((path, slot) -> results.put(path, executable.read(slot)));
    }
    return results;
  }

  /// Names of the results that differ in any bit.
  static List<String> differences(Map<String, HostTensor> a, Map<String, HostTensor> b) {
    var names = new ArrayList<String>();
    a.forEach(
        (name, value) -> {
          var other = b.get(name);
          if (other == null || value.data().mismatch(other.data()) >= 0) {
            names.add(name);
          }
        });
    return names;
  }
}
