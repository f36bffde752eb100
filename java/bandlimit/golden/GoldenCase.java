package bandlimit.golden;

import bandlimit.tensor.HostTensor;
import java.util.List;

/// One case: a name, options as JSON, and tensors `NAME/...`.
record GoldenCase(GoldenFile file, String name, String json) {
  String where() {
    return file.name() + " " + name;
  }

  GoldenOptions options() {
    return GoldenFile.parse(where(), json);
  }

  boolean has(String tensor) {
    return file.has(name + "/" + tensor);
  }

  HostTensor tensor(String tensor) {
    return file.tensor(name + "/" + tensor);
  }

  List<String> tensors() {
    return file.below(name + "/");
  }
}
