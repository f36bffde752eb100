package bandlimit.backend.cpu;

import bandlimit.backend.Backend;
import bandlimit.backend.Executable;
import bandlimit.backend.Natives;
import bandlimit.error.ConfigException;
import bandlimit.error.DeviceException;
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
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/// All cores of one machine in float32. Results are the same, bit for bit, from run to run and for
/// any number of threads.
public final class CpuBackend implements Backend {
  /// Whose kernels run what is no convolution and no matrix product of oneDNN's.
  public enum Kernels {
    /// Those of `native/cpu` where they were built for this processor, else those in Java.
    AUTO,
    NATIVE,
    /// Those of `native/cpu` for AVX2, whatever else the processor has.
    AVX2,
    JAVA
  }

  private record Key(Op op, List<TensorType> in) {}

  private final OneDnn dnn;
  private final Optional<CpuLibrary> library;
  private final Pool pool;
  private final ReentrantLock running = new ReentrantLock(); // the pool serves one run at a time
  private final Map<Key, Long> scratch = new ConcurrentHashMap<>();

  /// As many threads as `-Dbandlimit.threads`, else `BANDLIMIT_THREADS`, else processors.
  public CpuBackend() {
    this(defaultThreads());
  }

  public CpuBackend(int threads) {
    this(threads, defaultKernels());
  }

  public CpuBackend(int threads, Kernels kernels) {
    if (threads < 1) {
      throw new ConfigException("the cpu backend needs 1 thread or more, got " + threads);
    }
    dnn = new OneDnn(OneDnnLibraries.load(Natives.directory()));
    int instructions = dnn.instructionSet();
    library =
        switch (kernels) {
          case AUTO, NATIVE -> CpuLibrary.find(instructions);
          case AVX2 -> CpuLibrary.find(instructions & CpuLibrary.AVX2);
          case JAVA -> Optional.empty();
        };
    if (library.isEmpty() && (kernels == Kernels.NATIVE || kernels == Kernels.AVX2)) {
      throw new DeviceException(
          "BANDLIMIT_CPU_KERNELS=%s, but there are none for this processor (%s); build them with native/build, or use java"
              .formatted(kernels.name().toLowerCase(Locale.ROOT), instructionSet(instructions)));
    }
    pool = new Pool(threads, dnn::singleThread);
  }

  /// By `-Dbandlimit.cpu.kernels`, else `BANDLIMIT_CPU_KERNELS`.
  private static Kernels defaultKernels() {
    var set = System.getProperty("bandlimit.cpu.kernels", System.getenv("BANDLIMIT_CPU_KERNELS"));
    return switch (set) {
      case null -> Kernels.AUTO;
      case "auto" -> Kernels.AUTO;
      case "native" -> Kernels.NATIVE;
      case "avx2" -> Kernels.AVX2;
      case "java" -> Kernels.JAVA;
      default ->
          throw new ConfigException(
              "bandlimit.cpu.kernels (or BANDLIMIT_CPU_KERNELS) must be auto, native, avx2 or java,"
                  + " got "
                  + set);
    };
  }

  /// `-Dbandlimit.threads`, else `BANDLIMIT_THREADS`, else all processors.
  public static int defaultThreads() {
    var set = System.getProperty("bandlimit.threads", System.getenv("BANDLIMIT_THREADS"));
    if (set == null) {
      return Runtime.getRuntime().availableProcessors();
    }
    try {
      return Integer.parseInt(set.strip());
    } catch (NumberFormatException e) {
      throw new ConfigException(
          "bandlimit.threads (or BANDLIMIT_THREADS) must be a whole number, got " + set, e);
    }
  }

  /// How many threads share the work, the caller's included.
  public int threads() {
    return pool.threads();
  }

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public String describe() {
    return "cpu: float32, %d thread%s, oneDNN %s (%s), %s kernels"
        .formatted(
            pool.threads(),
            pool.threads() == 1 ? "" : "s",
            OneDnnLibraries.version(),
            instructionSet(dnn.instructionSet()),
            library.map(l -> l.width() == 16 ? "AVX-512" : "AVX2").orElse("Java"));
  }

  private static String instructionSet(int bits) {
    return (bits & 0x27) == 0x27
        ? (bits & 0xe00) != 0 ? "AVX-512 with AMX" : "AVX-512"
        : (bits & 0x7) == 0x7 ? "AVX2" : "SSE4.1";
  }

  @Override
  public boolean has(FusedOp op) {
    return library.isPresent() && NativeSteps.has(op) || hasInJava(op);
  }

  private static boolean hasInJava(FusedOp op) {
    return switch (op) {
      // a kernel for each channel has no such end
      case ConvBiasRelu fused -> fused.geometry().groups() == 1;
      case ConvNormalizeRelu fused -> fused.geometry().groups() == 1;
      case NormalizeRelu fused -> fused.normalize().over().kind() == Over.Kind.BATCH;
      case ScaledPolynomial _, PolynomialBackward _ -> true;
      case ConvMoments _,
          FilteredPolynomial _,
          FilteredPolynomialBackward _,
          NormalizeReluBackward _,
          PaddedResample _,
          FoldedResample _,
          MaxPoolResample _,
          NormalizeReluResample _,
          GuardedUpdate _ ->
          false;
    };
  }

  @Override
  public long scratchBytes(Op op, List<TensorType> in, TensorType out) {
    return scratch.computeIfAbsent(
        new Key(op, in),
        key -> {
          var ours = library.flatMap(l -> NativeSteps.scratchBytes(l, op, in, out));
          if (ours.isPresent()) {
            return ours.get();
          }
          dnn.singleThread();
          try (var session = dnn.new Session(1)) {
            return Steps.convolution(session, "plan", op, in, out)
                .map(ConvCpu::scratchBytes)
                .orElse(0L);
          }
        });
  }

  @Override
  public List<String> kernels(Step step) {
    dnn.singleThread();
    try (var session = dnn.new Session(1)) {
      return new Steps(session, pool, Memory.NOWHERE, library, new LaneScratch()).kernels(step);
    }
  }

  @Override
  public Executable compile(Program program) {
    return new CpuExecutable(dnn, pool, running, library, program);
  }

  @Override
  public void close() {
    pool.close();
  }
}
