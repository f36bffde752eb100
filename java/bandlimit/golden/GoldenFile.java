package bandlimit.golden;

import bandlimit.error.DataException;
import bandlimit.store.Json;
import bandlimit.store.Safetensors;
import bandlimit.tensor.HostTensor;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// One file of golden data: its cases and their tensors. The format is in the directory's README.
final class GoldenFile implements AutoCloseable {
  /// Entries of the metadata that are no cases.
  private static final Set<String> REMARKS = Set.of("libtorch", "generator");

  /// Tensors that belong to all cases of a file.
  private static final String TAPS = "taps";

  private final String name;
  private final Safetensors file;

  private GoldenFile(String name, Safetensors file) {
    this.name = name;
    this.file = file;
  }

  static GoldenFile open(Path path) {
    String fileName = path.getFileName().toString();
    String name = fileName.substring(0, fileName.length() - ".safetensors".length());
    return new GoldenFile(name, Safetensors.open(path));
  }

  String name() {
    return name;
  }

  /// Every case in the file, whatever it is.
  List<GoldenCase> cases() {
    List<GoldenCase> cases = new ArrayList<>();
    for (Map.Entry<String, String> entry : file.metadata().entrySet()) {
      if (!REMARKS.contains(entry.getKey())) {
        cases.add(new GoldenCase(this, entry.getKey(), entry.getValue()));
      }
    }
    return cases;
  }

  /// Prefixes of tensors that no metadata explains.
  Set<String> unexplained() {
    Set<String> prefixes = new TreeSet<>();
    file.names().forEach(tensor -> prefixes.add(tensor.substring(0, tensor.indexOf('/'))));
    prefixes.removeAll(file.metadata().keySet());
    prefixes.remove(TAPS);
    return prefixes;
  }

  /// The one-axis filter of this many taps, if the file has it.
  Optional<double[]> taps(int count) {
    String tensor = TAPS + "/k" + count;
    return file.has(tensor) ? Optional.of(file.tensor(tensor).toDoubles()) : Optional.empty();
  }

  boolean has(String tensor) {
    return file.has(tensor);
  }

  HostTensor tensor(String tensor) {
    return file.tensor(tensor);
  }

  /// Names of the tensors below `prefix`, without it.
  List<String> below(String prefix) {
    return file.names().stream()
        .filter(tensor -> tensor.startsWith(prefix))
        .map(tensor -> tensor.substring(prefix.length()))
        .toList();
  }

  static GoldenOptions parse(String where, String json) {
    var node = Json.parse(json.getBytes(StandardCharsets.UTF_8), where, DataException::new);
    return new GoldenOptions(where, node);
  }

  @Override
  public void close() {
    file.close();
  }
}
