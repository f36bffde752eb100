package bandlimit.cli;

import bandlimit.error.BandlimitException;
import bandlimit.error.ConfigException;
import java.io.PrintWriter;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.SequencedMap;
import java.util.Set;
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
///
/// Reading the annotations of all verbs takes longer than many a verb, so a line that begins with
/// one builds that verb alone, and the version is printed without the parser.
@Command(
    name = "bandlimit",
    description = "Trains convolutional networks that do not alias, and proves it.",
    synopsisSubcommandLabel = "VERB",
    commandListHeading = "%nVerbs:%n",
    footer = {"", "'bandlimit VERB --help' lists a verb's options. Exit codes: docs/cli.md."},
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
public final class Main implements Runnable {
  /// Every verb, its other names included, in the order in which help lists them.
  private static final SequencedMap<String, Class<?>> VERBS = new LinkedHashMap<>();

  static {
    VERBS.put("train", Train.class);
    VERBS.put("fit", Train.class);
    VERBS.put("eval", Eval.class);
    VERBS.put("validate", Eval.class);
    VERBS.put("certify", Certify.class);
    VERBS.put("predict", Predict.class);
    VERBS.put("stream", Stream.class);
    VERBS.put("report", Report.class);
    VERBS.put("explain", Explain.class);
    VERBS.put("verify", Verify.class);
    VERBS.put("doctor", Doctor.class);
    VERBS.put("bench", Bench.class);
    VERBS.put("selftest", Selftest.class);
    VERBS.put("models", Models.class);
    VERBS.put("config", Config.class);
  }

  private static final Pattern PLACED = Pattern.compile("[^\n]*?:\\d+:\\d+: ");

  @Spec private CommandSpec spec;

  private Main() {}

  static void main(String[] args) {
    // warnings in one line, as everything else on stderr
    System.setProperty("java.util.logging.SimpleFormatter.format", "%4$s: %5$s%n");
    if (args.length == 1 && (args[0].equals("--version") || args[0].equals("-V"))) {
      System.out.println(Version.line());
      return;
    }
    int code = run(commandLine(args), args);
    System.exit(code);
  }

  /// The configured parser for a line that begins with `args`, with the verb it names or, where it
  /// names none, with all of them; its `setOut` and `setErr` redirect what Bandlimit prints.
  static CommandLine commandLine(String... args) {
    CommandLine line = new CommandLine(new Main());
    var named = args.length == 0 ? null : VERBS.get(args[0]);
    var verbs = named == null ? new LinkedHashSet<>(VERBS.values()) : Set.of(named);
    verbs.forEach(line::addSubcommand);
    // picocli's own writer would not tell that a reader closed the pipe
    line.setOut(new PrintWriter(System.out, true));
    line.setUsageHelpWidth(100);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setParameterExceptionHandler((e, _) -> reportUsage(e));
    line.setExecutionExceptionHandler((e, command, _) -> report(e, command.getErr()));
    return line;
  }

  /// The names of all verbs.
  public static Set<String> verbs() {
    return Collections.unmodifiableSet(VERBS.keySet());
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
