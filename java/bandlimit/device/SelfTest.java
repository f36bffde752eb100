package bandlimit.device;

import bandlimit.backend.Backend;
import bandlimit.graph.Gradients;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.Constant;
import bandlimit.graph.op.Conv2d;
import bandlimit.graph.op.ConvGeometry;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.MatMul;
import bandlimit.graph.op.Moments;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.Over;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.Reduce;
import bandlimit.graph.op.Resample;
import bandlimit.graph.op.Reshape;
import bandlimit.graph.op.SgdMomentum;
import bandlimit.graph.op.SgdStep;
import bandlimit.graph.op.SoftmaxCrossEntropy;
import bandlimit.plan.Planner;
import bandlimit.plan.Procedure;
import bandlimit.signal.Boundary;
import bandlimit.signal.Filter;
import bandlimit.signal.Resampler;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/// A few training steps of a tiny network - convolution, batch norm, ReLU, blur, convolution,
/// linear - that show in a second whether a device computes what it should.
///
/// It proves the installation, not the kernels: those have the conformance tests.
final class SelfTest {
  static final int STEPS = 3;
  static final String CONTENT =
      "%d training steps of conv - batch norm - ReLU - blur - conv - linear".formatted(STEPS);

  /// Largest relative 2-norm of a state's difference: float32 leaves some 1e-6, a wrong kernel
  /// 1e-1.
  static final double TOLERANCE = 1e-4;

  private static final int BATCH = 16;
  private static final int SIZE = 12;
  private static final int CHANNELS = 8;
  private static final int CLASSES = 5;
  private static final String LOSS = "loss";

  /// @param where the state with the largest relative difference, or the first that is not equal
  record Result(boolean passed, double difference, String where) {}

  private SelfTest() {}

  /// Trains on both devices and compares all they have learnt.
  static Result agrees(Backend judge, Backend tested) {
    var expected = train(judge);
    var got = train(tested);
    double worst = 0;
    var where = "";
    for (var state : expected.entrySet()) {
      double difference = relative(got.get(state.getKey()), state.getValue());
      if (!(difference <= worst)) { // also takes NaN
        worst = difference;
        where = state.getKey();
      }
    }
    return new Result(worst <= TOLERANCE, worst, where);
  }

  /// Trains on each of the devices; they must agree in every bit.
  static Result repeats(List<Supplier<Backend>> devices) {
    List<Map<String, HostTensor>> runs = new ArrayList<>();
    for (var device : devices) {
      try (var backend = device.get()) {
        runs.add(train(backend));
      }
    }
    for (var run : runs) {
      for (var state : runs.getFirst().entrySet()) {
        var other = run.get(state.getKey());
        if (other == null || state.getValue().data().mismatch(other.data()) != -1) {
          return new Result(
              false,
              other == null ? Double.NaN : relative(other, state.getValue()),
              state.getKey());
        }
      }
    }
    return new Result(true, 0, "");
  }

  private static double relative(
      @org.jspecify.annotations.Nullable HostTensor got, HostTensor want) {
    if (got == null) {
      return Double.NaN;
    }
    double difference = 0;
    double size = 0;
    for (long i = 0; i < want.shape().size(); i++) {
      double d = got.get(i) - want.get(i);
      difference += d * d;
      size += want.get(i) * want.get(i);
    }
    return Math.sqrt(difference) / Math.max(Math.sqrt(size), 1e-12);
  }

  /// All states after the last step, and its loss.
  private static Map<String, HostTensor> train(Backend backend) {
    var program = Planner.plan(List.of(procedure()), backend);
    try (var executable = backend.compile(program)) {
      var plan = program.plans().values().iterator().next();
      program.states().forEach((path, slot) -> executable.write(slot, initial(path, slot.type())));
      plan.inputs().forEach((name, slot) -> executable.write(slot, input(name, slot.type())));
      for (int i = 0; i < STEPS; i++) {
        executable.run(plan);
      }
      Map<String, HostTensor> learnt = new LinkedHashMap<>();
      program.states().forEach((path, slot) -> learnt.put(path, executable.read(slot)));
      learnt.put(LOSS, executable.read(plan.output(LOSS)));
      return learnt;
    }
  }

  private static HostTensor initial(String path, TensorType type) {
    if (path.startsWith("momentum/") || path.endsWith("beta")) {
      return HostTensor.allocate(type);
    }
    return path.endsWith("gamma") ? HostTensor.allocate(type).fill(1) : noise(path, type, 0.3);
  }

  private static HostTensor input(String name, TensorType type) {
    if (!name.equals("target")) {
      return noise(name, type, 1);
    }
    var target = HostTensor.allocate(type);
    for (int n = 0; n < BATCH; n++) {
      target.set((long) n * CLASSES + n % CLASSES, 1);
    }
    return target;
  }

  /// Numbers that float32 holds exactly, so that all devices start from the same ones.
  private static HostTensor noise(String name, TensorType type, double scale) {
    var random = new Random(name.hashCode());
    var tensor = HostTensor.allocate(type.withDType(DType.F32));
    for (long i = 0; i < type.shape().size(); i++) {
      tensor.set(i, scale * random.nextGaussian());
    }
    return tensor;
  }

  private static Procedure procedure() {
    var graph = new Graph();
    var parameters = new ArrayList<Node>();
    var x = graph.input("images", TensorType.f32(BATCH, SIZE, SIZE, 3));
    var y = block(graph, parameters, "block1", x);
    var blur = Resampler.decimate(Filter.binomial(3).taps(), 2);
    y = graph.apply("pad", new Pad(Boundary.REFLECT, 1, 1, 1, 1), y);
    y = graph.apply("blur", new Resample(blur, blur), y);
    y = block(graph, parameters, "block2", y);
    var area = y.shape().h() * y.shape().w();
    y = graph.apply("mean", new Reduce(y.shape().with(1, 1).with(2, 1), 1.0 / area), y);
    y = graph.apply("flat", new Reshape(Shape.of(BATCH, CHANNELS)), y);
    var linear = parameter(graph, parameters, "linear.weight", CLASSES, CHANNELS);
    y = graph.apply("linear", new MatMul(false, true), y, linear);
    var target = graph.input("target", TensorType.f32(BATCH, CLASSES));
    var each = graph.apply("each", new SoftmaxCrossEntropy(), y, target);
    var loss = graph.apply(LOSS, new Reduce(Shape.of(), 1.0 / BATCH), each);
    var number = TensorType.f32();
    var one = graph.apply("one", Constant.fill(number, 1));
    var rate = graph.apply("rate", Constant.fill(number, 0.0625));
    var gradients = Gradients.of(graph, loss, one);
    var updates = new ArrayList<Procedure.Update>();
    for (var p : parameters) {
      var buffer = graph.state("momentum/" + p.path(), p.type());
      var dp = gradients.of(p).orElseThrow();
      var nextBuffer =
          graph.apply(buffer.path() + "/next", new SgdMomentum(0.9, 1e-4), p, dp, buffer);
      var next =
          graph.apply(p.path() + "/next", new SgdStep(0.9, false, 1e-4), p, dp, nextBuffer, rate);
      updates.add(new Procedure.Update(p, next));
      updates.add(new Procedure.Update(buffer, nextBuffer));
    }
    return new Procedure("self-test", graph, Map.of(LOSS, loss), updates);
  }

  private static Node block(Graph graph, List<Node> parameters, String name, Node x) {
    var weight = parameter(graph, parameters, name + ".weight", CHANNELS, 3, 3, x.shape().c());
    var gamma = parameter(graph, parameters, name + ".gamma", CHANNELS);
    var beta = parameter(graph, parameters, name + ".beta", CHANNELS);
    var y = graph.apply(name, new Conv2d(ConvGeometry.of(1, 1)), x, weight);
    var moments = graph.apply(name + "/moments", new Moments(Over.BATCH), y);
    var normalize = new Normalize(Over.BATCH, 1e-5, true);
    y = graph.apply(name + "/norm", normalize, y, moments, gamma, beta);
    return graph.apply(name + "/relu", new Pointwise(Fn.RELU), y);
  }

  private static Node parameter(Graph graph, List<Node> all, String path, Integer... dims) {
    var node = graph.state(path, TensorType.f32(dims));
    all.add(node);
    return node;
  }
}
