package bandlimit.backend.cuda;

import bandlimit.backend.Natives;
import bandlimit.error.DeviceException;
import java.net.URL;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcudnn.JCudnn;
import jcuda.nvrtc.JNvrtc;

/// Makes JCuda's classes find their native halves.
///
/// By itself JCuda unpacks a library into `java.io.tmpdir` under a fixed name, not atomically, and
/// takes one that is already there, whoever put it. Here it finds the file in our private folder,
/// complete, because that is the temporary folder while a class is initialised.
final class Jcuda {
  private static final String VERSION = "12.6.0"; // as in pom.xml; part of every file's name

  /// The first answer of each part: a class whose initialiser failed is broken for the life of the
  /// process, with another error each time.
  private static final Map<Part, Optional<String>> ANSWERS = new EnumMap<>(Part.class);

  private Jcuda() {}

  /// A part of JCuda, and the library of NVIDIA's that it needs.
  enum Part {
    DRIVER("JCudaDriver", "libcuda.so.1"),
    NVRTC("JNvrtc", "libnvrtc.so.12"),
    CUBLAS("JCublas2", "libcublas.so.12"),
    CUDNN("JCudnn", "libcudnn.so.9");

    private final String library;
    final String needs;

    Part(String library, String needs) {
      this.library = library;
      this.needs = needs;
    }

    private void initialize() {
      switch (this) {
        case DRIVER -> JCudaDriver.setExceptionsEnabled(false); // every status is looked at
        case NVRTC -> JNvrtc.setExceptionsEnabled(false);
        case CUBLAS -> JCublas2.setExceptionsEnabled(false);
        case CUDNN -> JCudnn.setExceptionsEnabled(false);
      }
    }
  }

  /// Loads a part; empty, or why it does not load.
  static synchronized Optional<String> load(Part part) {
    return ANSWERS.computeIfAbsent(part, Jcuda::loadOnce);
  }

  private static Optional<String> loadOnce(Part part) {
    var folder = Natives.directory().resolve("jcuda-" + VERSION).toAbsolutePath();
    Natives.unpack("JCuda", List.of(resource(part)), folder);
    Forwarding.offer(part.needs);
    var before = Objects.requireNonNull(System.getProperty("java.io.tmpdir"));
    System.setProperty("java.io.tmpdir", folder.toString());
    try {
      part.initialize();
      return Optional.empty();
    } catch (LinkageError e) {
      return Optional.of(reason(part, e, folder));
    } finally {
      System.setProperty("java.io.tmpdir", before);
    }
  }

  private static URL resource(Part part) {
    var name = "/lib/lib%s-%s-linux-x86_64.so".formatted(part.library, VERSION);
    var url = Jcuda.class.getResource(name);
    if (url == null) {
      throw new DeviceException(
          "JCuda's jar with %s is not on the class path; run from the distribution or build with Maven"
              .formatted(name));
    }
    return url;
  }

  /// The sentence of the loader ("libcublas.so.12: cannot open shared object file") out of a page
  /// of stack traces.
  private static String reason(Part part, LinkageError error, Path folder) {
    var text = String.valueOf(error.getMessage());
    return text.lines()
        .filter(line -> line.contains(folder.toString()) && line.contains(": "))
        .map(line -> line.substring(line.lastIndexOf(folder.toString())))
        .map(line -> line.substring(line.indexOf(": ") + 2))
        .findFirst()
        .orElse(part.needs + " is not found");
  }
}
