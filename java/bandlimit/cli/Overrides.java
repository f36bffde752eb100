package bandlimit.cli;

import bandlimit.config.ConfigFile;
import bandlimit.data.Datasets;
import bandlimit.model.Models;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/// The options that lay values over a config; shared by all verbs that read one.
final class Overrides {
  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Override a key of the config: --set optimizer.lr=0.05. May be repeated.")
  private List<String> sets = new ArrayList<>();

  @Option(names = "--device", description = "auto, cpu, reference, cuda; overrides the config.")
  private Optional<String> device = Optional.empty();

  @Option(names = "--seed", description = "Overrides the config's seed.")
  private Optional<Long> seed = Optional.empty();

  @Option(names = "--output-dir", description = "Where run folders go; overrides the config.")
  private Optional<Path> outputDir = Optional.empty();

  ConfigFile load(Path config) {
    return ConfigFile.load(config, all(), known());
  }

  /// Every override as KEY=VALUE, in the order in which they are laid over the file.
  List<String> all() {
    var all = new ArrayList<>(sets);
    device.ifPresent(d -> all.add("device=" + d));
    seed.ifPresent(s -> all.add("seed=" + s));
    outputDir.ifPresent(o -> all.add("output_dir=" + o));
    return all;
  }

  static ConfigFile.KnownNames known() {
    return new ConfigFile.KnownNames(List.copyOf(Models.names()), Datasets.names());
  }
}
