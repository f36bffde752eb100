package bandlimit.cli;

import bandlimit.config.TrainConfig.Protocol;
import bandlimit.eval.ShiftSettings;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Which shifts `eval` measures, and how far they go.
final class ShiftFlags {
  private enum Shift {
    CROP,
    CIRCULAR,
    DIAGONAL,
    FRACTIONAL,
    ADVERSARIAL,
    BILINEAR,
    ALL
  }

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--shift",
      split = ",",
      paramLabel = "PROTOCOL",
      description = {
        "crop, circular, diagonal, fractional, adversarial, bilinear or all; the default is none.",
        "The last two search for the worst shift and take some hundred passes over robust samples."
      })
  private List<Shift> shifts = List.of();

  @Option(
      names = "--shift-range",
      paramLabel = "PIXELS",
      description =
          "How far the integer grid of adversarial goes each way; default ${DEFAULT-VALUE}.")
  private int range = ShiftSettings.DEFAULT.range();

  @Option(
      names = "--translations",
      split = ",",
      paramLabel = "PIXELS",
      description = "Limits of the translations that bilinear searches; default 1,4,8.")
  private List<Integer> translations = ShiftSettings.DEFAULT.translations();

  void check() {
    if (range < 1 || range > 64) {
      throw new ParameterException(
          spec.commandLine(), "--shift-range must be 1 to 64, got " + range);
    }
    if (translations.stream().anyMatch(limit -> limit < 1)
        || translations.stream().distinct().count() != translations.size()) {
      throw new ParameterException(
          spec.commandLine(),
          "--translations must be different numbers of 1 or more, got " + translations);
    }
  }

  /// Whether any shift is to be measured.
  boolean given() {
    return !shifts.isEmpty();
  }

  ShiftSettings settings() {
    return new ShiftSettings(range, translations);
  }

  Set<Protocol> protocols() {
    var protocols = EnumSet.noneOf(Protocol.class);
    for (Shift shift : shifts) {
      switch (shift) {
        case CROP -> protocols.add(Protocol.CROP);
        case CIRCULAR -> protocols.add(Protocol.CIRCULAR);
        case DIAGONAL -> protocols.add(Protocol.DIAGONAL);
        case FRACTIONAL -> protocols.add(Protocol.FRACTIONAL);
        case ADVERSARIAL -> protocols.add(Protocol.ADVERSARIAL);
        case BILINEAR -> protocols.add(Protocol.BILINEAR);
        case ALL -> protocols.addAll(EnumSet.allOf(Protocol.class));
      }
    }
    return protocols;
  }
}
