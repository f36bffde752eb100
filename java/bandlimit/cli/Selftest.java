package bandlimit.cli;

import bandlimit.conformance.Suite;
import bandlimit.device.Devices;
import bandlimit.error.VerificationException;
import bandlimit.golden.Golden;
import bandlimit.store.Json;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `bandlimit selftest`: every operation on this machine's device against the definition.
@Command(
    name = "selftest",
    description =
        "Runs every operation on a device against the reference, and what must hold to the bit"
            + " (exit code 8 where something fails, 5 where the device is absent).",
    mixinStandardHelpOptions = true)
final class Selftest implements Callable<Integer> {
  private static final int SHOWN = 20;

  @Spec private CommandSpec spec;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description = "auto (default), cuda, cpu, reference or cuda-emulated.")
  private String device = "auto";

  @Option(
      names = "--large",
      paramLabel = "BATCH",
      description =
          "Also compare the fast kernels with the plain ones on layers of real networks, with so"
              + " many samples; default ${DEFAULT-VALUE}: not.")
  private int large;

  @Option(
      names = "--golden",
      paramLabel = "FOLDER",
      description = "Also run the cases recorded from another framework in these files.")
  private Optional<Path> golden = Optional.empty();

  @Option(names = "--json", description = "One JSON object in place of text.")
  private boolean json;

  @Override
  public Integer call() {
    if (large < 0) {
      throw new ParameterException(spec.commandLine(), "--large must be 0 or more, got " + large);
    }
    var out = spec.commandLine().getOut();
    String description;
    String name; // what `auto` turned out to be
    try (var choice = Devices.open(device)) {
      description = choice.backend().describe();
      name = choice.backend().name();
    }
    if (!json) {
      out.println(description);
    }
    var others =
        Devices.variants(name).stream()
            .map(v -> new Suite.Other(v.name(), () -> v.open().get().backend(), v.exact()))
            .toList();
    var subject = new Suite.Subject(() -> Devices.open(device).backend(), others);
    List<Suite.Section> sections;
    try (var reference = Devices.open("reference")) {
      sections = new Suite(subject, reference.backend(), section -> show(section, out)).run(large);
    }
    if (golden.isPresent()) {
      sections.add(goldens(golden.get()));
      show(sections.getLast(), out);
    }
    var failures = Suite.failures(sections);
    if (json) {
      out.println(Json.line(object(description, sections)));
      out.flush();
    }
    if (!failures.isEmpty()) {
      throw new VerificationException(
          "%s: %d of %d rows failed, the first: %s"
              .formatted(description, failures.size(), Suite.rows(sections), failures.getFirst()));
    }
    return 0;
  }

  private Suite.Section goldens(Path directory) {
    return Suite.Section.timed(
        "recorded cases",
        failures -> {
          try (var choice = Devices.open(device)) {
            var result = Golden.check(directory, choice.backend());
            failures.addAll(result.failures());
            return result.cases() - result.notYet();
          }
        });
  }

  private void show(Suite.Section section, PrintWriter out) {
    if (!json) {
      out.println(line(section));
      section.failures().stream().limit(SHOWN).forEach(f -> out.println("  " + f));
      out.flush();
    }
  }

  private static String line(Suite.Section section) {
    return String.format(
        Locale.ROOT,
        "%-28s %6d rows, %s (%.1f s)",
        section.name(),
        section.rows(),
        section.failures().isEmpty() ? "all pass" : section.failures().size() + " FAIL",
        section.seconds());
  }

  private static Object object(String description, List<Suite.Section> sections) {
    var object = new LinkedHashMap<String, Object>();
    object.put("version", Version.number());
    object.put("device", description);
    object.put("passed", Suite.failures(sections).isEmpty());
    var list = new ArrayList<Object>();
    for (var section : sections) {
      var entry = new LinkedHashMap<String, Object>();
      entry.put("name", section.name());
      entry.put("rows", section.rows());
      entry.put("seconds", section.seconds());
      entry.put("failures", section.failures());
      list.add(entry);
    }
    object.put("sections", list);
    return object;
  }
}
