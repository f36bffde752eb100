package bandlimit.nn;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The variables of one model in the order the model declares them; its train and evaluation graphs
/// share them.
public final class Variables {
  private final Map<String, Variable> byPath = new LinkedHashMap<>();

  /// Declares `variable`; once more with equal attributes is fine, with others an error.
  void declare(Variable variable) {
    var known = byPath.putIfAbsent(variable.path(), variable);
    if (known != null && !known.equals(variable)) {
      throw new IllegalStateException(
          "%s is declared twice, as %s and as %s".formatted(variable.path(), known, variable));
    }
  }

  public Map<String, Variable> byPath() {
    return Collections.unmodifiableMap(byPath);
  }

  public Variable get(String path) {
    var variable = byPath.get(path);
    if (variable == null) {
      throw new IllegalArgumentException("no variable " + path + " in this model");
    }
    return variable;
  }

  public Collection<Variable> all() {
    return Collections.unmodifiableCollection(byPath.values());
  }

  public List<Variable> trainable() {
    return byPath.values().stream().filter(Variable::trainable).toList();
  }

  /// Number of trainable numbers: what publications call a network's parameters.
  public long parameterCount() {
    return trainable().stream().mapToLong(v -> v.type().shape().size()).sum();
  }
}
