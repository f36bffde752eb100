package bandlimit.cli;

import bandlimit.config.ConfigFile;
import bandlimit.config.ConfigSchema;
import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `bandlimit config check|print|schema`: configs without training.
@Command(
    name = "config",
    description = "Checks or prints a config, or prints the JSON schema for editors.",
    mixinStandardHelpOptions = true)
final class Config implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing check, print or schema");
  }

  @Command(description = "Reports every mistake of a config, with file:line:column.")
  int check(@Parameters(paramLabel = "CONFIG") Path config, @Mixin Overrides overrides) {
    int variants = overrides.load(config).variants().size();
    out().println(config + ": fine" + (variants > 1 ? ", " + variants + " variants" : ""));
    return 0;
  }

  @Command(description = "Prints the resolved config, every default filled in.")
  int print(@Parameters(paramLabel = "CONFIG") Path config, @Mixin Overrides overrides) {
    ConfigFile file = overrides.load(config);
    for (var variant : file.variants()) {
      if (file.variants().size() > 1) {
        out().println("---\n# variant " + variant.name().orElse(""));
      }
      out().print(variant.config().toYaml());
    }
    return 0;
  }

  @Command(description = "Prints the JSON schema of configs.")
  int schema() {
    out().print(ConfigSchema.json());
    return 0;
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
