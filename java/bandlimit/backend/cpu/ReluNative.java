package bandlimit.backend.cpu;

import bandlimit.backend.Arguments;
import java.util.Optional;

/// `native/cpu/relu.cpp`.
final class ReluNative {
  private static final long TASK = 1 << 16;

  private ReluNative() {}

  static Optional<Kernel> gradient(NativeSite site) {
    long size = site.outShape(0).size();
    var arguments =
        new Arguments()
            .pointer(site.in(0))
            .pointer(site.in(1))
            .pointer(site.out(0))
            .i64(size)
            .i64(TASK);
    return Optional.of(site.kernel("relu_gradient", (size + TASK - 1) / TASK, arguments));
  }
}
