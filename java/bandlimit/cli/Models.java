package bandlimit.cli;

import bandlimit.error.ConfigException;
import bandlimit.error.ShapeException;
import bandlimit.model.Explanation;
import bandlimit.model.Models.Entry;
import bandlimit.tensor.Shape;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `bandlimit models`: the zoo, with what each network costs.
@Command(
    name = "models",
    description = "Lists the networks that model.name can be, with parameters and multiplies.",
    mixinStandardHelpOptions = true)
final class Models implements Callable<Integer> {
  private static final String LINE = "%-16s  %-9s  %13s  %9s  %s%n";

  @Spec private CommandSpec spec;

  @Option(
      names = "--input",
      paramLabel = "HxW",
      converter = ImageSize.class,
      description = "Count for images of this size, not the one a network was published for.")
  private Optional<ImageSize.Size> input = Optional.empty();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(LINE, "name", "input", "parameters", "MACs", "");
    for (Entry entry : bandlimit.model.Models.all()) {
      var shape = input.map(size -> size.with(entry.input().at(2))).orElse(entry.input());
      out.printf(LINE, row(entry, shape));
    }
    return 0;
  }

  private static Object[] row(Entry entry, Shape shape) {
    String size = shape.at(0) + "x" + shape.at(1);
    try {
      var explained = Explanation.of(entry.published().withInput(shape));
      return new Object[] {
        entry.name(),
        size,
        ModelTable.count(explained.parameters()),
        ModelTable.metric(explained.macs()),
        entry.about()
      };
    } catch (ShapeException
        | ConfigException e) { // a row for every network, also where the size does not fit it
      return new Object[] {entry.name(), size, "-", "-", e.getMessage()};
    }
  }
}
