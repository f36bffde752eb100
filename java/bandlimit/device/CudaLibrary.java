package bandlimit.device;

import bandlimit.backend.cuda.Forwarding;
import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One of NVIDIA's libraries that the CUDA device uses where it finds them.
enum CudaLibrary {
  NVRTC("libnvrtc.so.12", "needed only where no kernel image fits the GPU") {
    @Override
    String version(SharedLibrary library, Arena arena) {
      var major = arena.allocate(ValueLayout.JAVA_INT);
      var minor = arena.allocate(ValueLayout.JAVA_INT);
      int status = library.call("nvrtcVersion", major, minor);
      return status == 0
          ? major.get(ValueLayout.JAVA_INT, 0) + "." + minor.get(ValueLayout.JAVA_INT, 0)
          : unknown(status);
    }
  },
  CUBLAS("libcublas.so.12", "optional: without it our own products run") {
    @Override
    String version(SharedLibrary library, Arena arena) {
      var number = arena.allocate(ValueLayout.JAVA_INT);
      var text = new StringBuilder();
      for (int property = 0; property < 3; property++) { // major, minor, patch
        int status = library.call("cublasGetProperty", property, number);
        if (status != 0) {
          return unknown(status);
        }
        text.append(property == 0 ? "" : ".").append(number.get(ValueLayout.JAVA_INT, 0));
      }
      return text.toString();
    }
  },
  CUDNN("libcudnn.so.9", "optional: without it our own convolutions run") {
    @Override
    String version(SharedLibrary library, Arena arena) {
      long version = library.callLong("cudnnGetVersion");
      return "%d.%d.%d".formatted(version / 10000, version / 100 % 100, version % 100);
    }
  };

  final String file;
  private final String without;

  CudaLibrary(String file, String without) {
    this.file = file;
    this.without = without;
  }

  /// What the library says of itself.
  abstract String version(SharedLibrary library, Arena arena);

  private static String unknown(int status) {
    return status == SharedLibrary.NO_FUNCTION
        ? "no version function: another library"
        : "unknown version (status %d)".formatted(status);
  }

  /// One line: version and file, or what is missing, what that means, and what to run. Libraries
  /// that are found stay loaded: CUDA's do not like to be unloaded.
  String report() {
    var own = found(file);
    if (own.isPresent()) {
      return own.get();
    }
    if (!Forwarding.LIBRARIES.contains(file)) {
      return "not found, %s%s".formatted(without, elsewhere(file));
    }
    var target = Forwarding.target(file);
    return found(target)
        .map(newer -> "not found; " + target + " is: " + newer + ", " + forwarding())
        .orElseGet(
            () -> "not found, nor is %s; %s%s".formatted(target, without, elsewhere(file, target)));
  }

  private Optional<String> found(String name) {
    return SharedLibrary.find(name, Arena.global())
        .map(
            library -> {
              try (var arena = Arena.ofConfined()) {
                return version(library, arena) + ", " + library.fileOf(probe()).orElse(name);
              }
            });
  }

  private String probe() {
    return switch (this) {
      case NVRTC -> "nvrtcVersion";
      case CUBLAS -> "cublasGetProperty";
      case CUDNN -> "cudnnGetVersion";
    };
  }

  private String forwarding() {
    return Forwarding.standIn(file)
        .flatMap(stand -> SharedLibrary.find(stand, Arena.global()))
        .map(
            stand ->
                "by way of our %s (%d functions missing)"
                    .formatted(file, stand.call("bandlimit_forward_missing")))
        .orElse(
            "but this build carries no %s to pass calls on to it: install g++ and cmake and run `native/build`"
                .formatted(file));
  }

  /// Folders that hold one of the files, though the loader does not look there, as the command that
  /// makes it look.
  private static String elsewhere(String... files) {
    for (var folder : places(System.getenv())) {
      for (var file : files) {
        if (Files.exists(folder.resolve(file))) {
          return "; it lies in %s: export LD_LIBRARY_PATH=%s%s$LD_LIBRARY_PATH"
              .formatted(folder, folder, File.pathSeparator);
        }
      }
    }
    return "";
  }

  /// Where toolkits and the packages of a PyTorch put libraries.
  static List<Path> places(Map<String, String> environment) {
    var places = new ArrayList<Path>();
    glob(Path.of("/usr/local"), "cuda*").forEach(cuda -> places.add(cuda.resolve("lib64")));
    glob(Path.of("/opt"), "cuda*").forEach(cuda -> places.add(cuda.resolve("lib64")));
    for (var variable : List.of("VIRTUAL_ENV", "CONDA_PREFIX")) {
      var root = environment.get(variable);
      if (root != null && !root.isBlank()) {
        for (var python : glob(Path.of(root, "lib"), "python3*")) {
          for (var part : glob(python.resolve("site-packages/nvidia"), "*")) {
            places.add(part.resolve("lib"));
          }
        }
      }
    }
    return places;
  }

  private static List<Path> glob(Path folder, String pattern) {
    var found = new ArrayList<Path>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, pattern)) {
        entries.forEach(found::add);
      } catch (IOException e) {
        return List.of(); // not readable: nothing to advise
      }
    }
    found.sort(null);
    return found;
  }
}
