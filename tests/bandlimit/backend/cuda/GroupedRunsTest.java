package bandlimit.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import bandlimit.backend.Executable;
import bandlimit.conformance.SmallTraining;
import bandlimit.graph.Graph;
import bandlimit.graph.Node;
import bandlimit.graph.op.AdamWStep;
import bandlimit.graph.op.Add;
import bandlimit.graph.op.Cast;
import bandlimit.graph.op.Fn;
import bandlimit.graph.op.Lerp;
import bandlimit.graph.op.Mul;
import bandlimit.graph.op.Pointwise;
import bandlimit.graph.op.Scale;
import bandlimit.graph.op.Select;
import bandlimit.graph.op.SgdMomentum;
import bandlimit.graph.op.SgdStep;
import bandlimit.plan.PlanOptions;
import bandlimit.plan.Planner;
import bandlimit.plan.Procedure;
import bandlimit.plan.Procedure.Update;
import bandlimit.plan.Slot;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.TensorType;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// A launch for many tensors leaves the bits that a launch for each does.
class GroupedRunsTest {
  /// Around the sizes of a vector and of a block, and several blocks.
  private static final List<Integer> SIZES = List.of(1, 3, 4, 31, 33, 4096, 4097, 20_003);

  private static final CudaOptions SINGLE = CudaOptions.DEFAULT.withGroups(false);

  private final Graph graph = new Graph();
  private final List<Update> updates = new ArrayList<>();
  private final Map<String, Node> outputs = new LinkedHashMap<>();

  @Test
  void aGroupLeavesTheBitsOfItsSteps() {
    var procedure = everyUpdate(SIZES);
    var grouped = run(procedure, CudaOptions.DEFAULT, false);
    var single = run(procedure, SINGLE, false);
    var observed = run(procedure, CudaOptions.DEFAULT, true);
    assertThat(grouped).hasSizeGreaterThan(7 * SIZES.size());
    grouped.forEach(
        (name, bytes) -> {
          assertThat(single.get(name)).as(name + ", single").isEqualTo(bytes);
          assertThat(observed.get(name)).as(name + ", observed").isEqualTo(bytes);
        });
  }

  @Test
  void eachUpdateIsOneLaunchForAllTensors() {
    // of one element, an operand looks like a number: such stay alone
    var procedure = everyUpdate(SIZES.subList(1, SIZES.size()));
    assertThat(launches(procedure, SINGLE)).hasSizeGreaterThan(17 * (SIZES.size() - 1));
    assertThat(launches(procedure, CudaOptions.DEFAULT))
        .containsExactlyInAnyOrder(
            "cast_many_f32_bf16",
            "cast_many_bf16_f32",
            "mul_number_many_f32",
            "square_many_f32",
            "lerp_many_f32", // m and v have shares of their own, the average has another
            "lerp_many_f32",
            "lerp_many_f32",
            "adamw_many_f32",
            "momentum_many_f32",
            "nesterov_many_f32",
            "sgd_many_f32",
            "mul_many_f32",
            "add_many_f32",
            "scale_many_f32",
            "scale_many_bf16",
            "select_many_bytes");
  }

  @Test
  void trainingGroupedIsTrainingStepByStep() {
    try (var grouped = Emulator.open();
        var single = Emulator.open(SINGLE)) {
      var expected = new SmallTraining().train(single, PlanOptions.ALL, 2);
      var actual = new SmallTraining().train(grouped, PlanOptions.ALL, 2);
      assertThat(actual.keySet()).isEqualTo(expected.keySet());
      actual.forEach((name, values) -> assertThat(values).as(name).isEqualTo(expected.get(name)));
    }
  }

  /// What optimizers, averages and mixed precision do, to parameters of every size.
  private Procedure everyUpdate(List<Integer> sizes) {
    var number = TensorType.f32();
    var rate = graph.input("rate", number);
    var count = graph.input("count", number);
    var ok = graph.input("ok", number);
    var clip = graph.input("clip", number);
    var share = graph.input("share", number);
    var shareM = graph.input("share.m", number);
    var shareV = graph.input("share.v", number);
    for (int size : sizes) {
      var type = TensorType.f32(size);
      String at = "p" + size + "/";
      var p = graph.state(at + "p", type);
      var m = graph.state(at + "m", type);
      var v = graph.state(at + "v", type);
      var q = graph.state(at + "q", type);
      var buffer = graph.state(at + "buffer", type);
      var average = graph.state(at + "average", type);
      var half = graph.apply(at + "half", new Cast(DType.BF16), p);
      outputs.put(at + "half", graph.apply(at + "thrice", new Scale(3), half));
      var dp = graph.input(at + "dp", type.withDType(DType.BF16));
      var wide = graph.apply(at + "wide", new Cast(DType.F32), dp);
      var clipped = graph.apply(at + "clipped", new Mul(), wide, clip);
      var square = graph.apply(at + "square", new Pointwise(Fn.SQUARE), clipped);
      var nextM = graph.apply(at + "m/next", new Lerp(), m, clipped, shareM);
      var nextV = graph.apply(at + "v/next", new Lerp(), v, square, shareV);
      var adamW = new AdamWStep(0.9, 0.999, 1e-8, 0.01);
      var next = graph.apply(at + "p/next", adamW, p, nextM, nextV, rate, count);
      var nextBuffer =
          graph.apply(at + "buffer/next", new SgdMomentum(0.9, 1e-3), q, clipped, buffer);
      var nesterov = new SgdStep(0.9, true, 1e-3);
      var nextQ = graph.apply(at + "q/next", nesterov, q, clipped, nextBuffer, rate);
      var plain = graph.apply(at + "sgd", new SgdStep(0, false, 0), nextQ, wide, wide, rate);
      var product = graph.apply(at + "product", new Mul(), plain, nextV);
      var sum = graph.apply(at + "sum", new Add(), product, plain);
      outputs.put(at + "sum", graph.apply(at + "half sum", new Scale(0.5), sum));
      var nextAverage = graph.apply(at + "average/next", new Lerp(), average, next, share);
      update(ok, p, next);
      update(ok, m, nextM);
      update(ok, v, nextV);
      update(ok, q, nextQ);
      update(ok, buffer, nextBuffer);
      update(ok, average, nextAverage);
    }
    return new Procedure("updates", graph, outputs, updates);
  }

  private void update(Node ok, Node state, Node next) {
    updates.add(
        new Update(state, graph.apply(state.path() + "/guarded", new Select(), ok, next, state)));
  }

  private static List<String> launches(Procedure procedure, CudaOptions options) {
    try (var backend = Emulator.open(options)) {
      var program = Planner.plan(List.of(procedure), backend);
      try (var executable = (CudaExecutable) backend.compile(program)) {
        return executable.work(program.plan("updates")).stream()
            .flatMap(step -> step.work().stream())
            .map(Work::name)
            .toList();
      }
    }
  }

  /// Bytes of all states and outputs after a good step, a refused one and another good one.
  private static Map<String, byte[]> run(
      Procedure procedure, CudaOptions options, boolean observed) {
    try (var backend = Emulator.open(options)) {
      var program = Planner.plan(List.of(procedure), backend);
      var plan = program.plan("updates");
      try (var executable = backend.compile(program)) {
        var random = new Random(5);
        program.states().values().forEach(slot -> fill(executable, slot, random));
        for (int step = 1; step <= 3; step++) {
          plan.inputs().values().forEach(slot -> fill(executable, slot, random));
          number(executable, plan.input("count"), step);
          number(executable, plan.input("ok"), step == 2 ? 0 : 1);
          if (observed) {
            executable.run(plan, (_, _) -> {});
          } else {
            executable.run(plan);
          }
        }
        Map<String, byte[]> bytes = new LinkedHashMap<>();
        program.states().forEach((name, slot) -> bytes.put(name, bytes(executable, slot)));
        plan.outputs().forEach((name, slot) -> bytes.put(name, bytes(executable, slot)));
        return bytes;
      }
    }
  }

  private static void fill(Executable executable, Slot slot, Random random) {
    var tensor = HostTensor.allocate(slot.type());
    for (int i = 0; i < slot.type().shape().size(); i++) {
      tensor.set(i, random.nextDouble());
    }
    executable.write(slot, tensor);
  }

  private static void number(Executable executable, Slot slot, double value) {
    executable.write(slot, HostTensor.allocate(slot.type()).fill(value));
  }

  private static byte[] bytes(Executable executable, Slot slot) {
    return executable.read(slot).data().toArray(ValueLayout.JAVA_BYTE);
  }
}
