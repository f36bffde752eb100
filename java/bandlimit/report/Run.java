package bandlimit.report;

import bandlimit.certify.Certificate;
import bandlimit.error.BandlimitException;
import bandlimit.error.DataException;
import bandlimit.eval.EventReport;
import bandlimit.eval.ShiftReport;
import bandlimit.eval.StreamReport;
import bandlimit.store.Csv;
import bandlimit.store.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/// What a run folder says of its run, whatever state it is in: only `config.yaml` must be there.
///
/// @param settings the resolved config, by dotted key
/// @param epochs the rows of `summary.csv`
/// @param environment `env.json`; a missing node without it
/// @param certificate of its network, if one was asked for
/// @param events what a network that decides on every column found, `stream` what it did live
/// @param missing what could not be shown, and why; one sentence each
record Run(
    Path folder,
    String config,
    SequencedMap<String, String> settings,
    List<SequencedMap<String, String>> epochs,
    JsonNode environment,
    Optional<ShiftReport> shift,
    Optional<Layers> layers,
    Optional<Certificate> certificate,
    Optional<EventReport> events,
    Optional<StreamReport> stream,
    List<String> missing) {
  static Run read(Path folder) {
    Path config = folder.resolve("config.yaml");
    if (!Files.isRegularFile(config)) {
      throw new DataException(
          Files.isDirectory(folder)
              ? folder
                  + ": is no run folder, it has no config.yaml; give a folder made by"
                  + " `bandlimit train`"
              : folder + ": there is no such run folder");
    }
    var missing = new ArrayList<String>();
    String text;
    try {
      text = Files.readString(config);
    } catch (IOException e) {
      throw new DataException(config + ": cannot be read: " + e.getMessage(), e);
    }
    return new Run(
        folder,
        text,
        Settings.of(text, config),
        part(folder, "summary.csv", "No epoch is finished", missing, file -> Csv.read(file).rows())
            .orElse(List.of()),
        part(
                folder,
                "env.json",
                "The environment is not known",
                missing,
                file -> Json.read(file, DataException::new))
            .orElse(MissingNode.getInstance()),
        part(folder, "shift.json", "Shifts were not evaluated", missing, ShiftReport::read),
        part(
            folder,
            "layers.json",
            "The layers are not known",
            missing,
            file -> Json.read(file, Layers.class, DataException::new)),
        optional(folder, "certificate.json", "The certificate", missing, Certificate::read),
        optional(folder, "events.json", "Events", missing, EventReport::read),
        optional(folder, "stream.json", "Streaming", missing, StreamReport::read),
        missing);
  }

  /// A file that not every run has.
  private static <T> Optional<T> optional(
      Path folder, String name, String what, List<String> missing, Function<Path, T> reader) {
    return Files.exists(folder.resolve(name))
        ? part(folder, name, what, missing, reader)
        : Optional.empty();
  }

  /// A file that may be absent or, after a crash of the machine, damaged; the page then says so.
  private static <T> Optional<T> part(
      Path folder, String name, String without, List<String> missing, Function<Path, T> reader) {
    Path file = folder.resolve(name);
    if (!Files.exists(file)) {
      missing.add(without + ": there is no " + name + ".");
      return Optional.empty();
    }
    try {
      return Optional.of(reader.apply(file));
    } catch (BandlimitException e) {
      missing.add(without + ": " + e.getMessage());
      return Optional.empty();
    }
  }

  String setting(String key) {
    return settings.getOrDefault(key, "");
  }

  /// The folder's name.
  String name() {
    return Optional.ofNullable(folder.toAbsolutePath().normalize().getFileName())
        .map(Path::toString)
        .orElse("run");
  }

  int epochsWanted() {
    String epochs = setting("train.epochs");
    return epochs.matches("\\d{1,9}") ? Integer.parseInt(epochs) : 0;
  }

  /// The number in column `column` of an epoch; empty where it was not measured.
  static OptionalDouble value(SequencedMap<String, String> epoch, String column) {
    String cell = epoch.getOrDefault(column, "");
    try {
      return cell.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(Double.parseDouble(cell));
    } catch (NumberFormatException e) {
      return OptionalDouble.of(Double.NaN); // shown as such, not hidden
    }
  }

  /// The measured values of a column, oldest first.
  double[] column(String column) {
    return epochs.stream()
        .map(epoch -> value(epoch, column))
        .filter(OptionalDouble::isPresent)
        .mapToDouble(OptionalDouble::getAsDouble)
        .toArray();
  }

  OptionalDouble least(String column) {
    return Arrays.stream(column(column)).min();
  }

  OptionalDouble last(String column) {
    double[] values = column(column);
    return values.length == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(values[values.length - 1]);
  }

  /// The best epoch by `eval_top1`.
  Optional<SequencedMap<String, String>> best() {
    Optional<SequencedMap<String, String>> best = Optional.empty();
    double top = Double.NEGATIVE_INFINITY;
    for (SequencedMap<String, String> epoch : epochs) {
      double top1 = value(epoch, "eval_top1").orElse(Double.NaN);
      if (top1 > top) {
        top = top1;
        best = Optional.of(epoch);
      }
    }
    return best;
  }

  /// What the network does against aliasing, in a few words.
  String antialias() {
    return switch (setting("model.antialias.kind")) {
      case "", "none" -> "no anti-aliasing";
      case "lowpass" -> "low-pass of " + setting("model.antialias.taps") + " taps";
      case "ideal" -> "ideal low-pass";
      case "aps" -> "adaptive polyphase sampling";
      case "lps" -> "learnable polyphase sampling";
      case String kind -> "anti-aliasing: " + kind;
    };
  }

  /// How far it came.
  String progress() {
    int wanted = epochsWanted();
    int done = epochs.size();
    return done >= wanted && wanted > 0
        ? Numbers.plural(done, "epoch")
        : "%d of %d epochs: still running, or stopped".formatted(done, wanted);
  }
}
