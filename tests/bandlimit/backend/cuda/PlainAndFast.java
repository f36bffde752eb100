package bandlimit.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.backend.Backend;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.conformance.Compare;
import bandlimit.conformance.Harness;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.FusedOp;
import bandlimit.graph.op.Op;
import bandlimit.plan.PlanOptions;
import bandlimit.plan.Procedure;
import bandlimit.plan.Slot;
import bandlimit.plan.Step;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.BiFunction;

/// One op three times: by its plain kernel, by its fast one, and by the reference.
final class PlainAndFast implements AutoCloseable {
  private static final PlanOptions AS_WRITTEN = new PlanOptions(true, true, false, true, true);

  private final CudaBackend plain = Emulator.open(CudaOptions.DEFAULT.withFast(false));
  private final CudaBackend fast = Emulator.open();
  private final EmulatedDevice device = new EmulatedDevice(Emulator.library().orElseThrow());

  /// How inputs are filled: input and element to value.
  @FunctionalInterface
  interface Fill {
    double at(Random random, int input);
  }

  /// Both kernels are within rounding of the reference; with `bitwise`, equal to one another.
  void agree(Op op, boolean bitwise, List<TensorType> in) {
    agree(op, bitwise, in, (random, _) -> random.nextGaussian());
  }

  void agree(Op op, boolean bitwise, List<TensorType> in, Fill fill) {
    String what = op + " of " + in;
    var inputs = inputs(what, in, fill);
    var expected = run(new ReferenceBackend(), op, in, inputs, true);
    var byPlain = run(plain, op, in, inputs, false);
    var byFast = run(fast, op, in, inputs, false);
    var shape = op.infer(in).shape();
    double tolerance = epsilon(op.infer(in).dtype()) * Math.max(1, Compare.max(expected));
    assertThat(Compare.difference(shape, expected, byPlain, tolerance))
        .as("plain " + what)
        .isEmpty();
    assertThat(Compare.difference(shape, byPlain, byFast, bitwise ? 0 : tolerance))
        .as("fast " + what)
        .isEmpty();
  }

  /// A few roundings, or that of the result.
  static double epsilon(DType dtype) {
    return dtype == DType.BF16 ? 0x1p-8 : 0x1p-20;
  }

  /// The kernels that the op runs on these types.
  List<String> kernels(CudaOptions options, Op op, List<TensorType> in) {
    var out = new Slot(Slot.Space.ARENA, 0, op.infer(in));
    var slots = in.stream().map(type -> new Slot(Slot.Space.ARENA, 0, type)).toList();
    var step = new Step("y", op, slots, List.of(out), Optional.empty());
    return new CudaSteps(device, options, _ -> 256).prepare(step).stream().map(Work::name).toList();
  }

  List<String> kernels(Op op, TensorType... in) {
    return kernels(CudaOptions.DEFAULT, op, List.of(in));
  }

  private static List<HostTensor> inputs(String what, List<TensorType> in, Fill fill) {
    var random = new Random(what.hashCode());
    var inputs = new ArrayList<HostTensor>();
    for (int k = 0; k < in.size(); k++) {
      var tensor = HostTensor.allocate(in.get(k));
      for (long i = 0; i < tensor.shape().size(); i++) {
        tensor.set(i, fill.at(random, k));
      }
      inputs.add(tensor);
    }
    return inputs;
  }

  private static double[] run(
      Backend backend, Op op, List<TensorType> in, List<HostTensor> inputs, boolean defined) {
    return run(
        backend,
        (graph, nodes) ->
            defined && op instanceof FusedOp fused
                ? fused.define(graph, "y", nodes)
                : graph.apply("y", op, nodes),
        in,
        inputs);
  }

  private static double[] run(
      Backend backend,
      BiFunction<Graph, List<Node>, Node> write,
      List<TensorType> in,
      List<HostTensor> inputs) {
    var graph = new Graph();
    var nodes = new ArrayList<Node>();
    for (int i = 0; i < in.size(); i++) {
      nodes.add(graph.input("x" + i, in.get(i)));
    }
    var procedure = new Procedure("one", graph, Map.of("y", write.apply(graph, nodes)), List.of());
    try (var harness = Harness.of(backend, procedure, AS_WRITTEN)) {
      for (int i = 0; i < in.size(); i++) {
        harness.write("x" + i, inputs.get(i));
      }
      return harness.run().read("y");
    }
  }

  @Override
  public void close() {
    plain.close();
    fast.close();
    device.close();
  }
}
