package bandlimit.backend.cuda;

import bandlimit.backend.Backend;
import bandlimit.backend.Executable;
import bandlimit.graph.op.ConvBiasRelu;
import bandlimit.graph.op.ConvMoments;
import bandlimit.graph.op.ConvNormalizeRelu;
import bandlimit.graph.op.FilteredPolynomial;
import bandlimit.graph.op.FilteredPolynomialBackward;
import bandlimit.graph.op.FoldedResample;
import bandlimit.graph.op.FusedOp;
import bandlimit.graph.op.GuardedUpdate;
import bandlimit.graph.op.MaxPoolResample;
import bandlimit.graph.op.NormalizeRelu;
import bandlimit.graph.op.NormalizeReluBackward;
import bandlimit.graph.op.NormalizeReluResample;
import bandlimit.graph.op.Op;
import bandlimit.graph.op.Over;
import bandlimit.graph.op.PaddedResample;
import bandlimit.graph.op.PolynomialBackward;
import bandlimit.graph.op.ScaledPolynomial;
import bandlimit.plan.Program;
import bandlimit.plan.Step;
import bandlimit.tensor.TensorType;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/// Our kernels on a GPU, or on its emulator. Two runs give the same bits on the same device: no
/// atomics, and every sum's order follows from the shape.
public final class CudaBackend implements Backend {
  private static final long NOWHERE = 1L << 40; // aligned like every slot

  private final Device device;
  private final CudaOptions options;
  private final ReentrantLock running = new ReentrantLock(); // a device serves one caller at a time

  CudaBackend(Device device, CudaOptions options) {
    this.device = device;
    this.options = options;
  }

  /// The first GPU that the driver shows.
  ///
  /// @throws bandlimit.error.DeviceException in one paragraph, where there is no usable one
  public static CudaBackend open(CudaOptions options) {
    return new CudaBackend(RealDevice.open(options), options);
  }

  /// Kernels compiled for this processor, in `library`; slow, for tests and small runs.
  public static CudaBackend emulated(Path library, CudaOptions options) {
    return new CudaBackend(new EmulatedDevice(library), options);
  }

  @Override
  public String name() {
    return device.name();
  }

  @Override
  public String describe() {
    return device.describe();
  }

  @Override
  public boolean hasBf16() {
    return true;
  }

  @Override
  public boolean usesTf32() {
    return options.tf32();
  }

  @Override
  public boolean has(FusedOp op) {
    return switch (op) {
      case NormalizeRelu _ -> true;
      case NormalizeReluBackward fused -> fused.normalize().over().kind() == Over.Kind.BATCH;
      case ScaledPolynomial _, PolynomialBackward _ -> true;
      case ConvMoments fused -> // depthwise has no such epilogue
          fused.geometry().groups() == 1 && !device.libraries().convolve();
      case FilteredPolynomial _, FilteredPolynomialBackward _ -> options.fast(); // else core ops
      case ConvNormalizeRelu _ -> false; // ConvBiasRelu is what its kernels have
      case ConvBiasRelu _ -> !device.libraries().convolve();
      case GuardedUpdate _ -> false; // its steps are grouped over all parameters instead
      case PaddedResample fused -> ResampleCuda.has(fused);
      case FoldedResample fused -> ResampleFoldCuda.has(fused);
      case MaxPoolResample fused -> PoolResampleCuda.has(fused);
      case NormalizeReluResample fused -> NormActResampleCuda.has(fused);
    };
  }

  @Override
  public boolean takes(FusedOp op, List<TensorType> in) {
    return switch (op) {
      case FilteredPolynomial fused ->
          FilteredPolynomialCuda.takes(fused, in, device.sharedBytes());
      case FilteredPolynomialBackward fused ->
          FilteredPolynomialCuda.takes(fused, in, device.sharedBytes());
      default -> true;
    };
  }

  @Override
  public long scratchBytes(Op op, List<TensorType> in, TensorType out) {
    return Math.max(
        CudaSteps.scratchBytes(options, op, in, out),
        device.libraries().scratchBytes(options, op, in, out));
  }

  /// The loader then copies bytes as they are stored, and the crop costs nothing beside the
  /// normalisation.
  @Override
  public boolean cutsWindows() {
    return true;
  }

  @Override
  public boolean groups(Op op, List<TensorType> in, TensorType out) {
    return options.groups() && Groups.mayHold(op, in, out);
  }

  /// Prepared at addresses where nothing is: looked at, not run.
  @Override
  public List<String> kernels(Step step) {
    running.lock();
    try {
      return new CudaSteps(device, options, slot -> NOWHERE + slot.offset())
          .prepare(step).stream().map(Work::name).toList();
    } finally {
      running.unlock();
    }
  }

  @Override
  public Executable compile(Program program) {
    running.lock();
    try {
      return new CudaExecutable(device, options, running, program);
    } finally {
      running.unlock();
    }
  }

  @Override
  public void close() {
    device.close();
  }
}
