package bandlimit.backend.cuda;

import bandlimit.backend.Natives;
import bandlimit.error.DeviceException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import jcuda.nvrtc.JNvrtc;
import jcuda.nvrtc.nvrtcProgram;
import jcuda.nvrtc.nvrtcResult;

/// Compiles kernels on the user's machine, from the sources that travel in the jar, for where no
/// image fits: a newer GPU, an older driver, a build without nvcc.
///
/// The result is a cubin, never PTX, which a driver older than the compiler refuses. It is kept in
/// the user's cache under a hash of all that it depends on.
final class Nvrtc {
  private static final Pattern INCLUDE = Pattern.compile("(?m)^\\s*#include \"([\\w.]+)\"");
  private static final System.Logger LOG = System.getLogger("bandlimit.backend.cuda");
  private static final int LOG_LINES = 6;

  private final String sources;
  private final List<String> options;
  private boolean told;

  /// @param sources the folder of the resources `MODULE.cu` and their headers
  /// @param architecture as the compiler names it: `sm_90`
  Nvrtc(String sources, String architecture) {
    this.sources = sources;
    // as in the build: the same language, and nothing that changes results
    this.options = List.of("--gpu-architecture=" + architecture, "--std=c++17");
  }

  /// A compiled module, and the file it is kept in; `old` where it was there already.
  record Compiled(byte[] cubin, Path file, boolean old) {}

  /// Why nothing could be compiled; part of a longer message.
  static final class Failure extends Exception {
    private static final long serialVersionUID = 1;

    Failure(String why) {
      super(why);
    }
  }

  Compiled compile(String module) throws Failure {
    var missing = Jcuda.load(Jcuda.Part.NVRTC);
    if (missing.isPresent()) {
      throw new Failure("NVRTC does not load: " + missing.get());
    }
    var file = module + ".cu";
    Map<String, String> texts = new LinkedHashMap<>();
    gather(file, texts);
    var kept = Natives.cache().resolve("kernels").resolve(module + "-" + key(texts) + ".cubin");
    try {
      if (Files.isRegularFile(kept)) {
        return new Compiled(Files.readAllBytes(kept), kept, true);
      }
      tell(kept);
      var cubin = run(file, texts);
      keep(cubin, kept);
      return new Compiled(cubin, kept, false);
    } catch (IOException e) {
      throw new DeviceException(
          "cannot keep compiled kernels in %s (%s); set XDG_CACHE_HOME to a folder you can write"
              .formatted(kept.getParent(), e),
          e);
    }
  }

  /// All kernel files together take a minute or two: nobody should wonder what is going on.
  private void tell(Path kept) {
    if (!told) {
      told = true;
      LOG.log(
          System.Logger.Level.INFO,
          "compiling kernels for this GPU with {0}, seconds each on first use; they are kept in"
              + " {1}",
          describe(),
          kept.getParent());
    }
  }

  /// `NVRTC 12.6`; only after a compilation.
  String describe() {
    var major = new int[1];
    var minor = new int[1];
    return JNvrtc.nvrtcVersion(major, minor) == nvrtcResult.NVRTC_SUCCESS
        ? "NVRTC %d.%d".formatted(major[0], minor[0])
        : "NVRTC";
  }

  /// A file and, after it, what it includes.
  private void gather(String name, Map<String, String> texts) throws Failure {
    if (texts.containsKey(name)) {
      return;
    }
    var text = source(name);
    texts.put(name, text);
    for (var include : INCLUDE.matcher(text).results().toList()) {
      // the host's half of common.cuh, behind a conditional: not there, and not needed
      if (include.group(1).endsWith(".cuh")) {
        gather(include.group(1), texts);
      }
    }
  }

  private String source(String name) throws Failure {
    try (var in = Nvrtc.class.getResourceAsStream(sources + name)) {
      if (in == null) {
        throw new Failure("this build carries no source " + sources + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new DeviceException("cannot read " + sources + name + " from the class path", e);
    }
  }

  private String key(Map<String, String> texts) {
    try {
      var hash = MessageDigest.getInstance("SHA-256");
      hash.update((describe() + options).getBytes(StandardCharsets.UTF_8));
      texts.forEach(
          (name, text) -> hash.update((name + "\0" + text).getBytes(StandardCharsets.UTF_8)));
      return HexFormat.of().formatHex(hash.digest(), 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }

  private byte[] run(String file, Map<String, String> texts) throws Failure {
    var names = texts.keySet().stream().skip(1).toArray(String[]::new);
    var headers = texts.values().stream().skip(1).toArray(String[]::new);
    var program = new nvrtcProgram();
    check(
        JNvrtc.nvrtcCreateProgram(program, texts.get(file), file, headers.length, headers, names));
    try {
      int status =
          JNvrtc.nvrtcCompileProgram(program, options.size(), options.toArray(String[]::new));
      if (status == nvrtcResult.NVRTC_ERROR_COMPILATION) {
        throw new Failure("%s does not compile %s: %s".formatted(describe(), file, log(program)));
      }
      check(status);
      var size = new long[1];
      check(JNvrtc.nvrtcGetCUBINSize(program, size));
      var cubin = new byte[Math.toIntExact(size[0])];
      check(JNvrtc.nvrtcGetCUBIN(program, cubin));
      return cubin;
    } finally {
      int ignored = JNvrtc.nvrtcDestroyProgram(program);
    }
  }

  private static String log(nvrtcProgram program) {
    var log = new String[1];
    int status = JNvrtc.nvrtcGetProgramLog(program, log);
    return status == nvrtcResult.NVRTC_SUCCESS && log[0] != null
        ? log[0].lines().limit(LOG_LINES).map(String::strip).collect(Collectors.joining(" / "))
        : "";
  }

  private void check(int status) throws Failure {
    if (status == nvrtcResult.NVRTC_ERROR_INVALID_OPTION) {
      throw new Failure("%s does not know %s".formatted(describe(), options.getFirst()));
    }
    if (status != nvrtcResult.NVRTC_SUCCESS) {
      throw new Failure("%s says: %s".formatted(describe(), nvrtcResult.stringFor(status)));
    }
  }

  /// Written beside its place and moved there: two processes may compile at once.
  private static void keep(byte[] cubin, Path file) throws IOException {
    var folder = Objects.requireNonNull(file.getParent());
    Natives.createPrivate(folder);
    var part = Files.createTempFile(folder, "kernel", ".part");
    try {
      Files.write(part, cubin);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }
}
