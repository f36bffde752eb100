package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.AdamWStep;
import bandlimit.graph.op.ClipFactor;
import bandlimit.graph.op.SgdMomentum;
import bandlimit.graph.op.SgdStep;
import bandlimit.tensor.DType;
import java.util.List;

/// `kernels/update.cu`: what turns gradients into the next state.
///
/// All but the clip factor are elementwise, with rates, counters and conditions read on the device:
/// a network has some hundreds of each, which [Groups] makes a few launches.
final class UpdateCuda {
  private static final String MODULE = "update";

  private UpdateCuda() {}

  /// Bytes of a or of b, whatever they are; nothing to do where they are in place.
  static Elementwise select(Site site) {
    var a = site.in(1);
    return Elementwise.bytes(
            MODULE, "select", List.of(a, site.in(2, a.dtype())), site.out(a.dtype()))
        .withNumbers(site.in(0));
  }

  static Elementwise lerp(Site site) {
    return step(site, "lerp", 0, 1).withNumbers(site.in(2));
  }

  static Elementwise momentum(Site site, SgdMomentum op) {
    return step(site, "momentum", 0, 1, 2).withValues(op.momentum(), op.weightDecay());
  }

  static Elementwise sgd(Site site, SgdStep op) {
    var step =
        op.nesterov()
            ? step(site, "nesterov", 0, 1, 2).withValues(op.momentum(), op.weightDecay())
            : step(site, "sgd", 0, 2);
    return step.withNumbers(site.in(3));
  }

  static Elementwise adamW(Site site, AdamWStep op) {
    return step(site, "adamw", 0, 1, 2)
        .withNumbers(site.in(3), site.in(4))
        .withValues(op.beta1(), op.beta2(), op.epsilon(), op.weightDecay());
  }

  /// Master weights, moments and averages are float32.
  private static Elementwise step(Site site, String stem, int... operands) {
    var x = java.util.Arrays.stream(operands).mapToObj(i -> site.in(i, DType.F32)).toList();
    return Elementwise.of(MODULE, stem, x, site.out(DType.F32)).grouping();
  }

  static List<Work> clipFactor(Site site, ClipFactor op) {
    var arguments =
        new Arguments()
            .pointer(site.in(0, DType.F32).address())
            .pointer(site.out(DType.F32).address())
            .f64(op.maxNorm());
    return List.of(site.grid(MODULE, "clip_factor_f32", 1, 1, 1, 32, 0, arguments));
  }
}
