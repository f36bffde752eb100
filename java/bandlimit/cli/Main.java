package bandlimit.cli;

import bandlimit.error.BandlimitException;
import bandlimit.error.ConfigException;
import java.io.PrintWriter;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/// The program: finds the verb, runs it, and turns whatever is thrown into one line and an exit
/// code (docs/cli.md).
///
/// A verb is a `Callable<Integer>` with `@Command` in this package; it is registered in the list
/// below. Verbs print results to stdout and let `BandlimitException` fly.
@Command(
    name = "bandlimit",
    description = "Trains convolutional networks that do not alias, and proves it.",
    subcommands = {
      Train.class,
      Eval.class,
      Predict.class,
      Report.class,
      Explain.class,
      Verify.class,
      Doctor.class,
      Bench.class,
      Selftest.class,
      Models.class,
      Config.class,
    },
    synopsisSubcommandLabel = "VERB",
    commandListHeading = "%nVerbs:%n",
    footer = {"", "'bandlimit VERB --help' lists a verb's options. Exit codes: docs/cli.md."},
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
public final class Main implements Runnable {
  private static final Pattern PLACED = Pattern.compile("[^\n]*?:\\d+:\\d+: ");

  @Spec private CommandSpec spec;

  private Main() {}

  static void main(String[] args) {
    // warnings in one line, as everything else on stderr
    System.setProperty("java.util.logging.SimpleFormatter.format", "%4$s: %5$s%n");
    int code = run(commandLine(), args);
    System.exit(code);
  }

  /// The configured parser, every verb registered; its `setOut` and `setErr` redirect what
  /// Bandlimit prints.
  static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Main());
    line.setUsageHelpWidth(100);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setParameterExceptionHandler((e, _) -> reportUsage(e));
    line.setExecutionExceptionHandler((e, command, _) -> report(e, command.getErr()));
    return line;
  }

  static int run(CommandLine line, String... args) {
    try {
      return line.execute(args);
    } catch (Throwable e) { // picocli hands over exceptions, but lets errors through
      return report(e, line.getErr());
    } finally {
      line.getOut().flush();
      line.getErr().flush();
    }
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing verb");
  }

  private static int reportUsage(ParameterException e) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("error: " + e.getMessage());
    UnmatchedArgumentException.printSuggestions(e, err);
    err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    return command.getCommandSpec().exitCodeOnInvalidInput();
  }

  /// A config's mistakes, each a line with its place, stay as they are, for editors to jump to.
  private static int report(Throwable e, PrintWriter err) {
    if (e instanceof BandlimitException known) {
      String message = String.valueOf(known.getMessage()).strip();
      boolean placed = known instanceof ConfigException && PLACED.matcher(message).lookingAt();
      err.println(placed || message.contains("\n") ? message : "error: " + message);
      return known.exitCode();
    }
    err.println(
        "internal error: please report this with the lines below (bandlimit "
            + Version.number()
            + ")");
    e.printStackTrace(err);
    return 1;
  }
}
