package bandlimit.cli;

import bandlimit.data.Image;
import bandlimit.data.ImageFiles;
import bandlimit.error.ConfigException;
import bandlimit.error.DataException;
import bandlimit.predict.Prediction;
import bandlimit.predict.Predictor;
import bandlimit.store.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `bandlimit predict`: the likeliest classes of images, or the numbers told of them.
@Command(
    name = "predict",
    description = "Classifies images with a trained network.",
    mixinStandardHelpOptions = true)
final class Predict implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "CHECKPOINT", description = "A run or checkpoint folder.")
  private Path checkpoint = Path.of("");

  @Parameters(
      index = "1",
      paramLabel = "IMAGE|FOLDER|-",
      description = "An image, a folder of images, or - for file names on standard input.")
  private String input = "";

  @Option(names = "--top", paramLabel = "K", description = "Classes to print an image, default 5.")
  private int top = 5;

  @Option(names = "--json", description = "One JSON object a line in place of text.")
  private boolean json;

  @Option(names = "--device", description = "auto, cpu or reference; default auto.")
  private String device = "auto";

  /// A line of `--json`.
  private record Line(String file, List<Prediction.Candidate> top) {}

  @Override
  public Integer call() {
    if (top < 1) {
      throw new ParameterException(spec.commandLine(), "--top must be 1 or more, got " + top);
    }
    PrintWriter out = spec.commandLine().getOut();
    try (var predictor = Predictor.load(checkpoint, device)) {
      if (predictor.takesSignals()) {
        throw new ConfigException(
            "predict reads image files, and %s is a network of signals; see bandlimit stream %s --hop N --input FILE"
                .formatted(checkpoint, checkpoint));
      }
      var waiting = files().iterator();
      while (waiting.hasNext()) {
        predict(predictor, take(waiting), out);
      }
    }
    return 0;
  }

  /// As many as are computed at once, so that lines come while a long list is worked on.
  private static List<Path> take(Iterator<Path> files) {
    var part = new ArrayList<Path>();
    while (part.size() < Predictor.BATCH && files.hasNext()) {
      part.add(files.next());
    }
    return part;
  }

  private void predict(Predictor predictor, List<Path> files, PrintWriter out) {
    var images = new ArrayList<Image>();
    Optional<DataException> broken = Optional.empty();
    for (Path file : files) {
      try {
        images.add(ImageFiles.read(file));
      } catch (DataException e) { // the answers before it are not lost
        broken = Optional.of(e);
        break;
      }
    }
    var predictions = predictor.predict(images);
    for (int i = 0; i < predictions.size(); i++) {
      var best = predictions.get(i).candidates();
      print(out, files.get(i), best.subList(0, Math.min(top, best.size())));
    }
    if (broken.isPresent()) {
      throw broken.get();
    }
  }

  private void print(PrintWriter out, Path file, List<Prediction.Candidate> best) {
    if (json) {
      out.println(Json.line(new Line(file.toString(), best)));
    } else {
      out.println(
          file
              + "  "
              + best.stream()
                  .map(c -> String.format(Locale.ROOT, "%s %.4f", c.name(), c.probability()))
                  .collect(Collectors.joining(", ")));
    }
    out.flush();
  }

  private static Path path(String name) {
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      throw new DataException("no file name: " + e.getMessage(), e);
    }
  }

  private List<Path> files() {
    if (input.equals("-")) {
      // not closed: standard input belongs to the process
      var reader = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      return reader.lines().filter(line -> !line.isBlank()).map(Predict::path).toList();
    }
    var path = path(input);
    if (!Files.isDirectory(path)) {
      return List.of(path);
    }
    try (var entries = Files.walk(path)) {
      var images =
          entries
              .filter(Files::isRegularFile)
              .filter(file -> ImageFiles.isImage(file.getFileName().toString()))
              .sorted()
              .toList();
      if (images.isEmpty()) {
        throw new DataException(path + ": no .jpg, .jpeg, .png or .webp file in this folder");
      }
      return images;
    } catch (IOException e) {
      throw new DataException(path + ": cannot be listed: " + e, e);
    }
  }
}
