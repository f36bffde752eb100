package bandlimit.backend.cuda;

import bandlimit.error.DeviceException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URL;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;

/// The kernels that nvcc compiled when this program was built, as `native/build` describes them
/// beside the images, and the sources that travel with them for NVRTC.
///
/// @param compiler nvcc's version
/// @param architectures nvcc's names: `sm_90` for a cubin, `compute_80` for PTX
/// @param digests for each file of `kernels/`, SHA-256 of the headers and the file
public record KernelImages(
    String compiler,
    List<String> architectures,
    List<String> headers,
    Map<String, String> digests) {
  private static final String FOLDER = "/bandlimit/kernels/";
  private static final String DESCRIPTION = FOLDER + "images.properties";
  private static final String PREFIX = "image.";

  public KernelImages {
    architectures = List.copyOf(architectures);
    headers = List.copyOf(headers);
    digests = Map.copyOf(digests);
  }

  /// What the class path carries; empty where the program was built without nvcc.
  public static Optional<KernelImages> find() {
    return Optional.ofNullable(KernelImages.class.getResource(DESCRIPTION)).map(KernelImages::of);
  }

  private static KernelImages of(URL description) {
    var properties = new Properties();
    try (var in = description.openStream()) {
      properties.load(in);
    } catch (IOException e) {
      throw new DeviceException("cannot read " + description, e);
    }
    var digests = new TreeMap<String, String>();
    for (var key : properties.stringPropertyNames()) {
      if (key.startsWith(PREFIX)) {
        digests.put(key.substring(PREFIX.length()), properties.getProperty(key));
      }
    }
    return new KernelImages(
        properties.getProperty("nvcc", "unknown"),
        words(properties.getProperty("architectures", "")),
        words(properties.getProperty("headers", "")),
        digests);
  }

  private static List<String> words(String text) {
    return text.isBlank() ? List.of() : List.of(text.strip().split(" +"));
  }

  /// Which of [#architectures] runs on a GPU of `capability` (90 for 9.0): a cubin of the same
  /// major version, else the PTX of an older one, which the driver compiles; empty for none.
  public Optional<String> serving(int capability) {
    return best("sm_", capability, capability / 10 * 10).or(() -> best("compute_", capability, 0));
  }

  private Optional<String> best(String kind, int capability, int oldest) {
    return architectures.stream()
        .filter(a -> a.startsWith(kind) && a.substring(kind.length()).matches("\\d+"))
        .map(a -> Integer.parseInt(a.substring(kind.length())))
        .filter(a -> oldest <= a && a <= capability)
        .max(Integer::compare)
        .map(a -> kind + a);
  }

  /// Whether nvcc is of a later CUDA than a driver that serves `cuda` (12060 for 12.6, 0 for no
  /// driver): by the major version, within which drivers take what is newer.
  public boolean newerThan(int cuda) {
    var major = compiler.split("\\.", -1)[0];
    return cuda > 0 && major.matches("\\d+") && Integer.parseInt(major) > cuda / 1000;
  }

  /// Whether the image of `kernels/STEM.cu` is on the class path and was made of the sources there.
  public boolean isCurrent(String stem) {
    return KernelImages.class.getResource(FOLDER + stem + ".fatbin") != null
        && digest(stem).equals(Optional.ofNullable(digests.get(stem)));
  }

  /// The images that are missing or were made of other sources.
  public List<String> stale() {
    return digests.keySet().stream().filter(stem -> !isCurrent(stem)).sorted().toList();
  }

  private Optional<String> digest(String stem) {
    var all = new ByteArrayOutputStream();
    for (var header : headers) {
      source(header).ifPresent(all::writeBytes);
    }
    return source(stem + ".cu")
        .map(
            text -> {
              all.writeBytes(text);
              return sha256(all.toByteArray());
            });
  }

  private static Optional<byte[]> source(String name) {
    try (var in = KernelImages.class.getResourceAsStream(FOLDER + "src/" + name)) {
      return in == null ? Optional.empty() : Optional.of(in.readAllBytes());
    } catch (IOException e) {
      throw new DeviceException("cannot read the kernel source " + name, e);
    }
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }
}
