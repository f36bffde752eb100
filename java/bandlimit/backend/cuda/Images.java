package bandlimit.backend.cuda;

import bandlimit.error.DeviceException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/// The kernels on a device: `kernels/MODULE.cu` compiled into the resource
/// `/bandlimit/kernels/MODULE.fatbin`, loaded when its first kernel is asked for. Where there is no
/// image, or none for this device, [Nvrtc] makes one.
final class Images implements AutoCloseable {
  private static final String FOLDER = "/bandlimit/kernels/";
  private static final int USUAL_SHARED_BYTES = 48 << 10; // more must be asked for

  /// The image is in order, but not for this device or driver.
  private static final Set<Integer> NOT_FOR_THIS_DEVICE =
      Set.of(
          CUresult.CUDA_ERROR_INVALID_IMAGE,
          CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU,
          CUresult.CUDA_ERROR_INVALID_PTX,
          CUresult.CUDA_ERROR_JIT_COMPILER_NOT_FOUND,
          CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION,
          CUresult.CUDA_ERROR_JIT_COMPILATION_DISABLED);

  private final Driver driver;
  private final Checks checks;
  private final Nvrtc nvrtc;
  private final ParameterSizes sizes = ParameterSizes.find();
  private final Map<String, CUmodule> modules = new HashMap<>();
  private final Map<String, Kernel> kernels = new HashMap<>();
  private final List<Function> functions = new ArrayList<>(); // by a kernel's handle
  private String origin = "none loaded yet";

  Images(Driver driver, Checks checks) {
    this.driver = driver;
    this.checks = checks;
    this.nvrtc = new Nvrtc(FOLDER + "src/", driver.architecture());
  }

  /// Finds out whether this device can have kernels at all, before anything is built on it.
  void require() {
    kernel("resample", "resample_f32");
  }

  Kernel kernel(String module, String name) {
    var known = kernels.get(name);
    if (known == null) {
      known = find(module, name);
      kernels.put(name, known);
    }
    return known;
  }

  private Kernel find(String module, String name) {
    var image = modules.get(module);
    if (image == null) {
      image = load(module);
      modules.put(module, image);
    }
    var function = new Function();
    int status = JCudaDriver.cuModuleGetFunction(function, image, name);
    if (status == CUresult.CUDA_ERROR_NOT_FOUND) {
      throw new DeviceException(
          "cuda: the kernel image %s has no kernel %s: it was built from other sources than this program; build both again"
              .formatted(module, name));
    }
    checks.ok("cuModuleGetFunction", status);
    functions.add(function);
    return new Kernel(name, functions.size() - 1, sizes.of(function));
  }

  /// What a launch is given; asks for the shared memory it needs where that is not granted to all.
  CUfunction function(Launch launch) {
    var function = functions.get((int) launch.kernel().handle());
    if (launch.sharedBytes() > function.sharedBytes) {
      int status =
          JCudaDriver.cuFuncSetAttribute(
              function,
              CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
              launch.sharedBytes());
      if (status == CUresult.CUDA_ERROR_INVALID_VALUE) {
        throw new DeviceException(
            "cuda: %s needs %d KiB of shared memory a block, %s has %d"
                .formatted(
                    launch.name(),
                    launch.sharedBytes() >> 10,
                    driver.name(),
                    driver.sharedBytes() >> 10));
      }
      checks.ok("cuFuncSetAttribute", status);
      function.sharedBytes = launch.sharedBytes();
    }
    return function;
  }

  /// Where the kernels came from, for people.
  String origin() {
    return origin;
  }

  private CUmodule load(String module) {
    var image = resource(module + ".fatbin");
    var loaded = new CUmodule();
    String refusal;
    if (image.isPresent() && isStale(module)) {
      refusal = "the image %s was built from other sources than this program's".formatted(module);
    } else if (image.isPresent()) {
      int status = load(loaded, image.get());
      if (status == CUresult.CUDA_SUCCESS) {
        origin = "built ahead";
        return loaded;
      }
      if (!NOT_FOR_THIS_DEVICE.contains(status)) {
        throw checks.failed("cuModuleLoadDataEx of " + module, status);
      }
      refusal = "the driver refuses the image %s: %s".formatted(module, Status.text(status));
    } else {
      refusal = "this build carries no kernel images";
    }
    return compiled(module, refusal);
  }

  private static boolean isStale(String module) {
    return KernelImages.find().map(images -> !images.isCurrent(module)).orElse(false);
  }

  private CUmodule compiled(String module, String refusal) {
    try {
      var compiled = nvrtc.compile(module);
      var loaded = new CUmodule();
      int status = load(loaded, compiled.cubin());
      if (status != CUresult.CUDA_SUCCESS && compiled.old()) {
        Files.deleteIfExists(compiled.file()); // damaged
        compiled = nvrtc.compile(module);
        status = load(loaded, compiled.cubin());
      }
      if (status != CUresult.CUDA_SUCCESS) {
        Files.deleteIfExists(compiled.file());
        throw noKernels(
            refusal, "the driver refuses what was compiled here as well: " + Status.text(status));
      }
      origin = "compiled on this machine by " + nvrtc.describe();
      return loaded;
    } catch (Nvrtc.Failure e) {
      throw noKernels(refusal, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw new DeviceException("cannot delete a damaged kernel from the cache: " + e, e);
    }
  }

  private DeviceException noKernels(String refusal, String problem) {
    return new DeviceException(
        "device: cuda cannot be used: no kernels for %s (%s): %s, and they cannot be compiled here: %s; install NVRTC (in the CUDA 12 toolkit) and put its folder into LD_LIBRARY_PATH, update the driver, or build with nvcc for this architecture; or use device: cpu"
            .formatted(driver.architecture(), driver.name(), refusal, problem));
  }

  private static int load(CUmodule into, byte[] image) {
    // One byte more: PTX is text and must end in NUL. The driver has copied it when this returns.
    var buffer = ByteBuffer.allocateDirect(image.length + 1).put(image).rewind();
    return JCudaDriver.cuModuleLoadDataEx(
        into, Pointer.to(buffer), 0, new int[0], Pointer.to(new int[0]));
  }

  private static Optional<byte[]> resource(String name) {
    try (var in = Images.class.getResourceAsStream(FOLDER + name)) {
      return in == null ? Optional.empty() : Optional.of(in.readAllBytes());
    } catch (IOException e) {
      throw new DeviceException("cannot read " + FOLDER + name + " from the class path", e);
    }
  }

  @Override
  public void close() {
    modules.values().forEach(module -> checks.ignore(JCudaDriver.cuModuleUnload(module)));
    modules.clear();
  }

  /// A function with the shared memory it was granted.
  static final class Function extends CUfunction {
    private int sharedBytes = USUAL_SHARED_BYTES;

    long address() {
      return getNativePointer();
    }
  }

  /// `cuFuncGetParamInfo`, which JCuda lacks and drivers have since 12.4: lets a struct that
  /// differs from what its launcher packs be an error instead of nonsense.
  private record ParameterSizes(Optional<MethodHandle> function) {
    static ParameterSizes find() {
      return new ParameterSizes(
          SymbolLookup.libraryLookup(Driver.LIBRARY, Arena.global())
              .find("cuFuncGetParamInfo")
              .map(
                  symbol ->
                      Linker.nativeLinker()
                          .downcallHandle(
                              symbol,
                              FunctionDescriptor.of(
                                  ValueLayout.JAVA_INT,
                                  ValueLayout.ADDRESS,
                                  ValueLayout.JAVA_LONG,
                                  ValueLayout.ADDRESS,
                                  ValueLayout.ADDRESS))));
    }

    /// 0 where the driver does not tell.
    int of(Function kernel) {
      if (function.isEmpty()) {
        return 0;
      }
      try (var arena = Arena.ofConfined()) {
        var offset = arena.allocate(ValueLayout.JAVA_LONG);
        var size = arena.allocate(ValueLayout.JAVA_LONG);
        int status =
            (int)
                function
                    .get()
                    .invokeExact(MemorySegment.ofAddress(kernel.address()), 0L, offset, size);
        return status == CUresult.CUDA_SUCCESS ? (int) size.get(ValueLayout.JAVA_LONG, 0) : 0;
      } catch (Throwable e) { // a downcall declares Throwable; this one cannot throw
        throw new IllegalStateException(e);
      }
    }
  }
}
