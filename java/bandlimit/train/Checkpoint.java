package bandlimit.train;

import bandlimit.backend.Executable;
import bandlimit.config.ConfigFile;
import bandlimit.config.TrainConfig;
import bandlimit.error.CheckpointException;
import bandlimit.error.ConfigException;
import bandlimit.nn.Variable;
import bandlimit.nn.Variables;
import bandlimit.plan.Slot;
import bandlimit.store.AtomicFiles;
import bandlimit.store.Json;
import bandlimit.store.Safetensors;
import bandlimit.tensor.HostTensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A folder that holds a run at one moment:
///
/// - `model.safetensors`: parameters and statistics, with torchvision's names and layouts
/// - `ema.safetensors`: their averages, likewise (where the run keeps them)
/// - `optimizer.safetensors`: every other state of the program, as it lies in memory
/// - `state.json` ([TrainState] and format), `config.yaml` (resolved), `network.json`
/// - `DONE`, written last
public final class Checkpoint {
  /// Raised when a reader of today could not read what is written; older readers then say so.
  static final int FORMAT = 1;

  static final String MODEL = "model.safetensors";
  private static final String EMA = "ema.safetensors";
  private static final String OPTIMIZER = "optimizer.safetensors";
  private static final String STATE = "state.json";
  private static final String CONFIG = "config.yaml";
  private static final String NETWORK = "network.json";

  /// `state.json`.
  record Header(int format, String writtenBy, TrainState state) {}

  private final Path folder;
  private final Header header;

  private Checkpoint(Path folder, Header header) {
    this.folder = folder;
    this.header = header;
  }

  static void save(
      Path folder,
      Executable executable,
      Variables variables,
      TrainState state,
      String config,
      NetworkInfo network,
      String version) {
    AtomicFiles.writeFolder(
        folder,
        into -> {
          var rest = new LinkedHashMap<>(executable.program().states());
          writeVariables(into.resolve(MODEL), executable, variables, "", rest);
          var first = variables.all().iterator().next();
          if (rest.containsKey(TrainGraph.EMA + first.path())) {
            writeVariables(into.resolve(EMA), executable, variables, TrainGraph.EMA, rest);
          }
          Map<String, HostTensor> others = new LinkedHashMap<>();
          rest.forEach((path, slot) -> others.put(path, executable.read(slot)));
          Safetensors.write(into.resolve(OPTIMIZER), others, Map.of());
          AtomicFiles.write(into.resolve(CONFIG), config);
          Json.write(into.resolve(NETWORK), network);
          Json.write(into.resolve(STATE), new Header(FORMAT, version, state));
        });
  }

  private static void writeVariables(
      Path file,
      Executable executable,
      Variables variables,
      String prefix,
      Map<String, Slot> rest) {
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    for (Variable variable : variables.all()) {
      var slot = rest.remove(prefix + variable.path());
      if (slot == null) {
        throw new IllegalStateException("no state for variable " + prefix + variable.path());
      }
      tensors.putAll(variable.layout().toFile(variable.path(), executable.read(slot)));
    }
    Safetensors.write(file, tensors, Map.of());
  }

  /// Opens the checkpoint at `path`: a checkpoint folder itself, or the `preferred` one of a run
  /// folder (`last` or `best`; the other where it is missing).
  public static Checkpoint open(Path path, String preferred) {
    if (!Files.exists(path)) {
      throw new CheckpointException(path + ": no such run or checkpoint folder");
    }
    var inRun = path.resolve("checkpoints");
    List<Path> candidates =
        Files.isDirectory(inRun)
            ? List.of(inRun.resolve(preferred), inRun.resolve("last"), inRun.resolve("best"))
            : List.of(path);
    for (Path candidate : candidates) {
      Optional<Path> complete = AtomicFiles.findComplete(candidate);
      if (complete.isPresent()) {
        return new Checkpoint(complete.get(), header(complete.get()));
      }
    }
    throw new CheckpointException(
        Files.isDirectory(inRun) || Files.exists(path.resolve("config.source.yaml"))
            ? "%s: the run has no complete checkpoint yet (no folder with a DONE mark in %s)"
                .formatted(path, inRun)
            : "%s: not a checkpoint: it has no DONE mark; give a run folder or a folder under its"
                    .formatted(path)
                + " checkpoints/");
  }

  private static Header header(Path folder) {
    var file = folder.resolve(STATE);
    var json = Json.read(file, CheckpointException::new);
    int format = json.path("format").asInt(0);
    if (format < 1) {
      throw new CheckpointException(file + ": is no checkpoint's state: it has no format");
    }
    if (format > FORMAT) {
      throw new CheckpointException(
          "%s: written in format %d by Bandlimit %s, this one reads up to %d; update Bandlimit"
              .formatted(folder, format, json.path("writtenBy").asString("?"), FORMAT));
    }
    return Json.read(file, Header.class, CheckpointException::new);
  }

  public Path folder() {
    return folder;
  }

  public TrainState state() {
    return header.state();
  }

  public NetworkInfo network() {
    return Json.read(
        folder.resolve(NETWORK), NetworkInfo.class, NetworkInfo.LATER, CheckpointException::new);
  }

  public Path config() {
    return folder.resolve(CONFIG);
  }

  /// The config of the run; broken, it is the checkpoint that is unusable.
  public TrainConfig trainConfig() {
    try {
      return ConfigFile.load(config()).single();
    } catch (ConfigException e) {
      throw new CheckpointException(
          folder + ": its config.yaml is unusable: " + String.valueOf(e.getMessage()).strip(), e);
    }
  }

  public boolean hasEma() {
    return Files.exists(folder.resolve(EMA));
  }

  /// Restores every state of the executable, bit by bit.
  void restoreAll(Executable executable, Variables variables) {
    var rest = new LinkedHashMap<>(executable.program().states());
    for (String prefix : hasEma() ? List.of("", TrainGraph.EMA) : List.of("")) {
      var file = folder.resolve(prefix.isEmpty() ? MODEL : EMA);
      readVariables(file, executable, variables, prefix);
      variables.all().forEach(variable -> rest.remove(prefix + variable.path()));
    }
    try (var others = Safetensors.open(folder.resolve(OPTIMIZER))) {
      for (var entry : rest.entrySet()) {
        var name = entry.getKey();
        if (!others.has(name)) {
          throw new CheckpointException(
              "%s: has no %s; was the run started with another optimizer, ema or"
                      .formatted(folder, name)
                  + " grad_accum_steps? Use init_from to take the weights alone");
        }
        var type = others.type(name);
        if (!type.shape().equals(entry.getValue().type().shape())) {
          throw mismatch(name, type.toString(), entry.getValue().type().toString());
        }
        executable.write(entry.getValue(), others.tensor(name));
      }
    }
  }

  /// Restores parameters and statistics, or their averages, into the states named without prefix.
  public void restoreWeights(Executable executable, Variables variables, boolean ema) {
    readVariables(folder.resolve(ema ? EMA : MODEL), executable, variables, "");
  }

  /// Reads a file of torchvision's names and layouts into `prefix` + path of every variable.
  static void readVariables(Path file, Executable executable, Variables variables, String prefix) {
    try (var tensors = Safetensors.open(file)) {
      for (Variable variable : variables.all()) {
        var shapes = variable.layout().fileShapes(variable.path(), variable.type().shape());
        shapes.forEach(
            (name, shape) -> {
              if (!tensors.has(name)) {
                throw new CheckpointException(
                    "%s: has no %s, which this network needs: it is a checkpoint of another"
                            .formatted(file, name)
                        + " architecture");
              }
              if (!tensors.type(name).shape().equals(shape)) {
                throw new CheckpointException(
                    file
                        + ": "
                        + mismatch(name, tensors.type(name).shape().toString(), shape.toString())
                            .getMessage());
              }
            });
        var stored = tensors.type(shapes.keySet().iterator().next()).dtype();
        var value = HostTensor.allocate(variable.type().withDType(stored));
        variable.layout().fromFile(variable.path(), tensors::tensor, value);
        executable.write(executable.program().state(prefix + variable.path()), value);
      }
    }
  }

  private static CheckpointException mismatch(String name, String file, String network) {
    return new CheckpointException(
        "%s is %s in the checkpoint, %s in this network: another architecture or another number"
                .formatted(name, file, network)
            + " of classes");
  }
}
