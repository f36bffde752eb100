package bandlimit.device;

import java.io.File;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// NVIDIA's driver library, as the system's loader finds it, and the GPUs that it shows.
///
/// @param file where it is; empty where it is not found
/// @param version the newest CUDA it serves, as 13000; 0 where it does not say
/// @param gpus in the driver's order, which `CUDA_VISIBLE_DEVICES` decides
/// @param problem why the first of them cannot be used, as far as the driver knows
record CudaDriver(Optional<String> file, int version, List<Gpu> gpus, Optional<Problem> problem) {
  static final String LIBRARY = "libcuda.so.1";

  /// The oldest driver that JCuda's natives and our images can work with, and the oldest GPU that
  /// the kernels are written for.
  private static final int OLDEST_CUDA = 12000;

  private static final int OLDEST_CAPABILITY = 80;

  private static final int MAJOR = 75; // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR
  private static final int MINOR = 76;

  /// @param capability as 90 for 9.0
  record Gpu(int index, String name, int capability, long memoryBytes) {
    boolean supported() {
      return capability >= OLDEST_CAPABILITY;
    }

    String capabilityText() {
      return capability / 10 + "." + capability % 10;
    }
  }

  /// @param why short enough for a log
  /// @param cure what to do about it
  record Problem(String why, String cure) {
    @Override
    public String toString() {
      return why + ": " + cure;
    }
  }

  static CudaDriver find() {
    return find(LIBRARY, Optional.ofNullable(System.getenv("CUDA_VISIBLE_DEVICES")));
  }

  static CudaDriver find(String library, Optional<String> visible) {
    try (var arena = Arena.ofConfined()) {
      return SharedLibrary.find(library, arena)
          .map(driver -> ask(driver, library, visible, arena))
          .orElseGet(() -> absent(library));
    }
  }

  private static CudaDriver absent(String library) {
    return new CudaDriver(
        Optional.empty(),
        0,
        List.of(),
        Optional.of(
            new Problem(
                "no NVIDIA driver (%s is not found)".formatted(library),
                "install the driver, or start the container with its GPUs (docker run --gpus all);"
                    + " searched "
                    + String.join(", ", searched()))));
  }

  private static CudaDriver ask(
      SharedLibrary driver, String library, Optional<String> visible, Arena arena) {
    var file = driver.fileOf("cuInit").orElse(library);
    var number = arena.allocate(ValueLayout.JAVA_INT);
    if (!driver.has("cuInit") || driver.call("cuDriverGetVersion", number) != 0) {
      return new CudaDriver(
          Optional.of(file),
          0,
          List.of(),
          Optional.of(
              new Problem(
                  file + " is not a driver library", "take its folder out of LD_LIBRARY_PATH")));
    }
    int version = number.get(ValueLayout.JAVA_INT, 0);
    int status = driver.call("cuInit", 0);
    List<Gpu> gpus = status == 0 ? gpus(driver, arena) : List.of();
    return new CudaDriver(
        Optional.of(file), version, gpus, problem(file, version, status, gpus, visible));
  }

  private static List<Gpu> gpus(SharedLibrary driver, Arena arena) {
    var number = arena.allocate(ValueLayout.JAVA_INT);
    var bytes = arena.allocate(ValueLayout.JAVA_LONG);
    var name = arena.allocate(256);
    driver.call("cuDeviceGetCount", number);
    int count = number.get(ValueLayout.JAVA_INT, 0);
    var gpus = new ArrayList<Gpu>();
    for (int i = 0; i < count; i++) {
      driver.call("cuDeviceGetName", name, (int) name.byteSize(), i);
      driver.call("cuDeviceTotalMem_v2", bytes, i);
      gpus.add(
          new Gpu(
              i,
              name.getString(0),
              10 * attribute(driver, number, MAJOR, i) + attribute(driver, number, MINOR, i),
              bytes.get(ValueLayout.JAVA_LONG, 0)));
    }
    return gpus;
  }

  private static int attribute(SharedLibrary driver, MemorySegment into, int which, int gpu) {
    driver.call("cuDeviceGetAttribute", into, which, gpu);
    return into.get(ValueLayout.JAVA_INT, 0);
  }

  /// What stands in the way, in the order in which it would be met.
  static Optional<Problem> problem(
      String file, int version, int initStatus, List<Gpu> gpus, Optional<String> visible) {
    var first = gpus.isEmpty() ? new Gpu(0, "", OLDEST_CAPABILITY, 0) : gpus.getFirst();
    if (initStatus == 34) { // CUDA_ERROR_STUB_LIBRARY
      return problem(
          file + " is the toolkit's stub, not a driver",
          "take its folder out of LD_LIBRARY_PATH, and install the driver");
    } else if (initStatus == 803) { // CUDA_ERROR_SYSTEM_DRIVER_MISMATCH
      return problem(
          file + " and the loaded kernel module are of different versions",
          "restart the machine, or take a compat folder out of LD_LIBRARY_PATH");
    } else if (initStatus != 0 && initStatus != 100) { // CUDA_ERROR_NO_DEVICE
      return problem(
          "the driver does not start (cuInit gives %d)".formatted(initStatus),
          "`nvidia-smi` and `dmesg` say more");
    } else if (gpus.isEmpty() && visible.isPresent()) {
      return problem(
          "CUDA_VISIBLE_DEVICES=%s hides every GPU".formatted(visible.get()),
          "unset it, or set it to 0");
    } else if (gpus.isEmpty()) {
      return problem(
          "the driver finds no GPU",
          "`nvidia-smi` lists them; a container needs them handed in (docker run --gpus all)");
    } else if (version < OLDEST_CUDA) {
      return problem(
          "the driver serves CUDA %s, and Bandlimit needs %s"
              .formatted(cuda(version), cuda(OLDEST_CUDA)),
          "install a newer driver");
    } else if (!first.supported()) {
      return problem(
          "GPU 0, %s, has capability %s, and the kernels need 8.0"
              .formatted(first.name(), first.capabilityText()),
          "choose another with CUDA_VISIBLE_DEVICES");
    }
    return Optional.empty();
  }

  private static Optional<Problem> problem(String why, String cure) {
    return Optional.of(new Problem(why, cure));
  }

  boolean found() {
    return file.isPresent();
  }

  String versionText() {
    return version == 0 ? "no version" : "CUDA " + cuda(version);
  }

  private static String cuda(int version) {
    return "%d.%d".formatted(version / 1000, version % 1000 / 10);
  }

  /// Where the loader looks, in its order; a folder in `LD_LIBRARY_PATH` that is not there is
  /// marked.
  static List<String> searched(Optional<String> libraryPath) {
    var places = new ArrayList<String>();
    for (var folder : libraryPath.orElse("").split(File.pathSeparator, -1)) {
      if (!folder.isBlank()) {
        places.add(new File(folder).isDirectory() ? folder : folder + " (not there)");
      }
    }
    if (places.isEmpty()) {
      places.add("LD_LIBRARY_PATH (empty)");
    }
    places.addAll(List.of("/etc/ld.so.cache", "/lib", "/usr/lib"));
    return places;
  }

  static List<String> searched() {
    return searched(Optional.ofNullable(System.getenv("LD_LIBRARY_PATH")));
  }
}
