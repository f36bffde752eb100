package bandlimit.stream;

import bandlimit.backend.Backend;
import bandlimit.backend.cuda.CudaBackend;
import bandlimit.backend.cuda.CudaOptions;
import bandlimit.nn.Activation;
import bandlimit.nn.Layer;
import bandlimit.plan.Planner;
import bandlimit.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The program of `CudaStreamTest`'s process: sessions on the real device's code, launch by launch
/// and as captured graphs, against the emulated device. The kernels are the same, so the bits must
/// be.
final class FakeDriverStreams {
  private static final int STREAMS = 2;
  private static final int CHANNELS = 2;
  private static final int FRAMES = 400;

  private FakeDriverStreams() {}

  /// @param args the emulator's library; none: with the stand-ins for cuBLAS and cuDNN
  public static void main(String[] args) {
    if (args.length == 0) {
      libraries();
      return;
    }
    try (var emulated = CudaBackend.emulated(Path.of(args[0]), CudaOptions.DEFAULT);
        var direct = CudaBackend.open(CudaOptions.DEFAULT.withGraphs(false));
        var captured = CudaBackend.open(CudaOptions.DEFAULT)) {
      int answers = 0;
      for (Layer net : List.of(Nets.sameMixture(), Nets.averaged(Nets.sameMixture()))) {
        var expected = life(emulated, emulated, net);
        answers += expected.size();
        same("launch by launch", expected, life(direct, direct, net));
        same("as graphs", expected, life(captured, captured, net));
        same("from one to the other", expected, life(captured, direct, net));
      }
      System.out.println("streams: " + answers + " answers");
    }
  }

  /// cuDNN pads both sides alike or not at all: it computes the chunks of causal convolutions, and
  /// our kernels the whole windows.
  private static void libraries() {
    try (var backend = CudaBackend.open(CudaOptions.DEFAULT)) {
      Layer net =
          (scope, x) -> {
            var y = Nets.causal(16, 3, 1, 1, 1).build(scope.in("conv1"), x);
            y = Activation.RELU.build(scope.in("relu"), y);
            return Nets.causal(16, 5, 2, 1, 1).build(scope.in("conv2"), y);
          };
      var plan = StreamingPlan.of(net, Shape.of(1, 64, CHANNELS), 1, 16, StreamingOptions.EXACT);
      var program = Planner.plan(plan.procedures(), backend);
      var signal = Machine.noise(64, CHANNELS, 6);
      var expected = Machine.full(backend, net, signal, CHANNELS);
      double worst = 0;
      int at = 0;
      for (var heard : Machine.stream(backend, plan, signal)) {
        for (double value : heard.values()) {
          worst = Math.max(worst, Math.abs(value - expected[at++]));
        }
      }
      System.out.printf(
          "streams: %d of %d numbers, by cuDNN: %s, to rounding: %s%n",
          at,
          expected.length,
          program.plan(StreamingPlan.STEP).steps().stream()
              .flatMap(step -> backend.kernels(step).stream())
              .anyMatch(name -> name.startsWith("cudnn")),
          worst < 1e-6 * Arrays.stream(expected).map(Math::abs).max().orElseThrow());
    }
  }

  /// A session in which everything happens: a beginning, a stream that breaks off, a gap, a
  /// snapshot that goes on in another session, a reset.
  private static List<Machine.Heard> life(Backend first, Backend second, Layer net) {
    var plan =
        StreamingPlan.of(net, Shape.of(1, 64, CHANNELS), STREAMS, 16, StreamingOptions.EXACT);
    var signal = Machine.noise(STREAMS * FRAMES, CHANNELS, 6);
    signal[(FRAMES + 150) * CHANNELS] = Float.NaN; // of the second stream
    var heard = new ArrayList<Machine.Heard>();
    try (var session = Machine.session(plan, first, Missing.RESET);
        var other = Machine.session(plan, second, Missing.RESET)) {
      other.push(Machine.noise(STREAMS * 37, CHANNELS, 9), answer -> {});
      push(session, signal, 0, 90, heard);
      session.gap(7, answer -> {});
      push(session, signal, 90, 300, heard);
      var snapshot = session.snapshot();
      session.push(Machine.noise(STREAMS * 20, CHANNELS, 9), answer -> {});
      other.restore(snapshot);
      push(other, signal, 300, 350, heard);
      other.reset(0);
      push(other, signal, 350, FRAMES, heard);
    }
    return heard;
  }

  private static void push(
      StreamingSession session, float[] signal, int from, int end, List<Machine.Heard> heard) {
    var part = new float[STREAMS * (end - from) * CHANNELS];
    int each = part.length / STREAMS;
    for (int s = 0; s < STREAMS; s++) {
      System.arraycopy(signal, (s * FRAMES + from) * CHANNELS, part, s * each, each);
    }
    session.push(part, answer -> heard.add(Machine.heard(answer)));
  }

  private static void same(String how, List<Machine.Heard> expected, List<Machine.Heard> got) {
    for (int i = 0; i < Math.max(expected.size(), got.size()); i++) {
      if (i >= got.size()
          || i >= expected.size()
          || expected.get(i).received() != got.get(i).received()
          || !Arrays.equals(expected.get(i).values(), got.get(i).values())) {
        System.out.printf("streams: %s: answer %d differs%n", how, i);
        return;
      }
    }
  }
}
