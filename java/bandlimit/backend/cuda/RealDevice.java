package bandlimit.backend.cuda;

import bandlimit.error.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jcuda.Pointer;
import jcuda.driver.CUevent;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;

/// A GPU, by way of CUDA's driver API.
///
/// All work is in order on one stream; copies from the host run beside it ([Transfers]). Threads
/// take turns, so every entry makes the context current first.
final class RealDevice implements Device {
  private final Driver driver;
  private final Faults faults = new Faults();
  private final Checks checks = new Checks(faults);
  private final CUstream compute = new CUstream();
  private final CUstream capturing = new CUstream();
  private final CUevent start = new CUevent();
  private final CUevent end = new CUevent();
  private final Transfers transfers;
  private final Images images;
  private final NvidiaLibraries libraries;
  private final Map<Long, Long> blocks = new HashMap<>(); // bytes by address

  /// `void*[1]`, the table that a launch takes: one for all, so that a launch allocates nothing.
  private final MemorySegment table = Arena.ofAuto().allocate(ValueLayout.JAVA_LONG);

  private final Pointer tablePointer = Pointer.to(table.asByteBuffer());

  private RealDevice(Driver driver, CudaOptions options) {
    this.driver = driver;
    enter();
    stream(compute);
    stream(capturing);
    checks.ok("cuEventCreate", JCudaDriver.cuEventCreate(start, 0));
    checks.ok("cuEventCreate", JCudaDriver.cuEventCreate(end, 0));
    this.transfers = new Transfers(checks, compute);
    this.images = new Images(driver, checks);
    images.require();
    this.libraries = NvidiaLibraries.find(options, this);
  }

  /// @throws bandlimit.error.DeviceException in one paragraph, where there is no usable GPU
  static RealDevice open(CudaOptions options) {
    var driver = Driver.open();
    try {
      return new RealDevice(driver, options);
    } catch (RuntimeException | Error e) {
      driver.close();
      throw e;
    }
  }

  /// Threads take turns: each may be new to the driver.
  private void enter() {
    checks.ok("cuCtxSetCurrent", JCudaDriver.cuCtxSetCurrent(driver.context()));
  }

  /// To give something back, which goes on after a fault too.
  private void leave() {
    checks.ignore(JCudaDriver.cuCtxSetCurrent(driver.context()));
  }

  private void stream(CUstream stream) {
    checks.ok(
        "cuStreamCreate",
        JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING));
  }

  @Override
  public String name() {
    return "cuda";
  }

  @Override
  public int sharedBytes() {
    return driver.sharedBytes();
  }

  @Override
  public String describe() {
    return "cuda: %s, kernels %s; %s"
        .formatted(driver.describe(), images.origin(), libraries.describe());
  }

  @Override
  public Libraries libraries() {
    enter(); // they ask the driver which device they are for
    return libraries;
  }

  @Override
  public long allocate(long bytes) {
    enter();
    var address = new Address();
    int status = JCudaDriver.cuMemAlloc(address, bytes);
    if (status == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
      return 0;
    }
    checks.ok("cuMemAlloc", status);
    blocks.put(address.value(), bytes);
    checks.ok("cuMemsetD8Async", JCudaDriver.cuMemsetD8Async(address, (byte) 0, bytes, compute));
    return address.value();
  }

  @Override
  public long freeBytes() {
    enter();
    var free = new long[1];
    checks.ok("cuMemGetInfo", JCudaDriver.cuMemGetInfo(free, new long[1]));
    return free[0];
  }

  @Override
  public void free(long address) {
    leave();
    var bytes = blocks.remove(address);
    if (bytes == null) {
      throw new IllegalArgumentException("nothing was allocated at " + address);
    }
    transfers.freed(address, bytes);
    checks.ignore(JCudaDriver.cuMemFree(Address.of(address))); // waits for work that uses it
  }

  @Override
  public void write(long to, MemorySegment from) {
    enter();
    transfers.write(to, from);
  }

  @Override
  public void upload(long to, long via, MemorySegment from) {
    enter();
    transfers.upload(to, via, from);
  }

  @Override
  public void read(MemorySegment into, long from) {
    enter();
    transfers.read(into, from);
  }

  @Override
  public Kernel kernel(String module, String name) {
    enter();
    return images.kernel(module, name);
  }

  @Override
  public void launch(Work work) {
    enter();
    launch("", work, compute);
  }

  private void launch(String step, Work work, CUstream stream) {
    faults.launched(step, work);
    switch (work) {
      case Launch launch -> launch(launch, stream);
      case LibraryWork call -> call.start(stream);
      default -> throw new IllegalStateException(work.name() + " is no work for a GPU");
    }
  }

  private void launch(Launch launch, CUstream stream) {
    var function = images.function(launch);
    table.set(ValueLayout.JAVA_LONG, 0, launch.arguments().table().get(ValueLayout.JAVA_LONG, 0));
    checks.ok(
        "cuLaunchKernel of " + launch.name(),
        JCudaDriver.cuLaunchKernel(
            function,
            launch.gridX(),
            launch.gridY(),
            launch.gridZ(),
            launch.threads(),
            1,
            1,
            launch.sharedBytes(),
            stream,
            tablePointer,
            null));
  }

  private void launch(List<StepWork> steps, CUstream stream) {
    for (var step : steps) {
      for (var work : step.work()) {
        launch(step.step(), work, stream);
      }
    }
  }

  @Override
  public void synchronize() {
    enter();
    checks.ok("cuStreamSynchronize", JCudaDriver.cuStreamSynchronize(compute));
  }

  /// By the device's own clock, half a microsecond fine: the host's launch cost is not in it.
  @Override
  public long timed(Runnable action) {
    enter();
    checks.ok("cuEventRecord", JCudaDriver.cuEventRecord(start, compute));
    action.run();
    checks.ok("cuEventRecord", JCudaDriver.cuEventRecord(end, compute));
    checks.ok("cuEventSynchronize", JCudaDriver.cuEventSynchronize(end));
    var millis = new float[1];
    checks.ok("cuEventElapsedTime", JCudaDriver.cuEventElapsedTime(millis, start, end));
    return Math.round(millis[0] * 1e6);
  }

  @Override
  public long timed(StepWork step) {
    return timed(() -> launch(List.of(step), compute));
  }

  @Override
  public Recording record(String plan, List<StepWork> steps, boolean graphs) {
    return new Recorded(plan, steps, graphs && steps.stream().anyMatch(s -> !s.work().isEmpty()));
  }

  /// A plan that runs launch by launch the first time, which loads what the driver and libraries
  /// load late and could not load while a stream is captured, and as a graph from then on.
  private final class Recorded implements Recording {
    private final String plan;
    private final List<StepWork> steps;
    private final boolean graphs;
    private boolean warm;
    private @Nullable CUgraphExec graph;

    Recorded(String plan, List<StepWork> steps, boolean graphs) {
      this.plan = plan;
      this.steps = steps;
      this.graphs = graphs;
    }

    @Override
    public void replay() {
      enter();
      if (!graphs || !warm) {
        faults.direct(plan);
        launch(steps, compute);
        warm = true;
        return;
      }
      var captured = graph;
      if (captured == null) {
        captured = capture();
        graph = captured;
      }
      faults.captured(plan, steps);
      checks.ok("cuGraphLaunch", JCudaDriver.cuGraphLaunch(captured, compute));
    }

    private CUgraphExec capture() {
      var recorded = new CUgraph();
      checks.ok(
          "cuStreamBeginCapture",
          JCudaDriver.cuStreamBeginCapture(
              capturing, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
      try {
        launch(steps, capturing);
      } catch (RuntimeException e) { // a stream left capturing takes no other work
        checks.ignore(JCudaDriver.cuStreamEndCapture(capturing, recorded));
        throw e;
      }
      int status = JCudaDriver.cuStreamEndCapture(capturing, recorded);
      if (status != CUresult.CUDA_SUCCESS) {
        throw new DeviceException(
            "cuda: plan %s cannot be captured: %s; cuda.graphs: false runs it launch by launch, with the same results"
                .formatted(plan, Status.text(status)));
      }
      var executable = new CUgraphExec();
      checks.ok("cuGraphInstantiate", JCudaDriver.cuGraphInstantiate(executable, recorded, 0));
      checks.ok("cuGraphDestroy", JCudaDriver.cuGraphDestroy(recorded));
      checks.ok("cuGraphUpload", JCudaDriver.cuGraphUpload(executable, compute));
      return executable;
    }

    @Override
    public void close() {
      leave();
      if (graph != null) {
        checks.ignore(JCudaDriver.cuStreamSynchronize(compute));
        checks.ignore(JCudaDriver.cuGraphExecDestroy(graph));
      }
    }
  }

  @Override
  public void close() {
    leave();
    checks.ignore(JCudaDriver.cuStreamSynchronize(compute));
    libraries.close();
    transfers.close();
    images.close();
    blocks.keySet().forEach(block -> checks.ignore(JCudaDriver.cuMemFree(Address.of(block))));
    blocks.clear();
    checks.ignore(JCudaDriver.cuEventDestroy(start));
    checks.ignore(JCudaDriver.cuEventDestroy(end));
    checks.ignore(JCudaDriver.cuStreamDestroy(capturing));
    checks.ignore(JCudaDriver.cuStreamDestroy(compute));
    driver.close();
  }
}
