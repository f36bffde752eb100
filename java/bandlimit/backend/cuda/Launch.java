package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import bandlimit.error.DeviceException;

/// A kernel with everything it needs; made once, launched each run.
///
/// @param threads of one block, all along x
/// @param sharedBytes dynamic shared memory of one block
record Launch(
    Kernel kernel,
    int gridX,
    int gridY,
    int gridZ,
    int threads,
    int sharedBytes,
    Arguments arguments)
    implements Work {
  Launch {
    if (gridX < 1 || gridY < 1 || gridZ < 1 || gridY > 65535 || gridZ > 65535) {
      throw new IllegalArgumentException(
          "%s: a grid of %d x %d x %d".formatted(kernel.name(), gridX, gridY, gridZ));
    }
    if (kernel.parameterBytes() != 0 && kernel.parameterBytes() != arguments.bytes()) {
      throw new DeviceException(
          "%s takes %d bytes of parameters, its launcher packs %d: the kernels were built from other sources than this program; build both again"
              .formatted(kernel.name(), kernel.parameterBytes(), arguments.bytes()));
    }
  }

  @Override
  public String name() {
    return kernel.name();
  }
}
