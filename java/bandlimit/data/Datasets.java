package bandlimit.data;

import bandlimit.error.ConfigException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/// The data sets that a config can name.
public final class Datasets {
  private static final Map<String, BiFunction<DataSpec, Split, Dataset>> BY_NAME = byName();

  private Datasets() {}

  private static Map<String, BiFunction<DataSpec, Split, Dataset>> byName() {
    var sets = new LinkedHashMap<String, BiFunction<DataSpec, Split, Dataset>>();
    sets.put("shapes", ShapesDataset::new);
    sets.put("cifar10", (spec, split) -> new CifarDataset(CifarDataset.Kind.CIFAR10, spec, split));
    sets.put(
        "cifar100", (spec, split) -> new CifarDataset(CifarDataset.Kind.CIFAR100, spec, split));
    sets.put("idx", IdxDataset::new);
    sets.put("imagefolder", ImageFolderDataset::new);
    sets.put("npy", NpyDataset::new);
    sets.put("signal", SignalDataset::new);
    return sets;
  }

  public static List<String> names() {
    return List.copyOf(BY_NAME.keySet());
  }

  /// One split of the set that `spec` names; its files are looked at now, so that what is missing
  /// or malformed is said before anything runs (photographs are decoded only when their turn
  /// comes).
  public static Dataset open(DataSpec spec, Split split) {
    return Optional.ofNullable(BY_NAME.get(spec.name()))
        .orElseThrow(
            () ->
                new ConfigException(
                    "data.name is \"%s\", but the data sets are %s"
                        .formatted(spec.name(), String.join(", ", names()))))
        .apply(spec, split);
  }
}
