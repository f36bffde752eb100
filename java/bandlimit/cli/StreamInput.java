package bandlimit.cli;

import bandlimit.data.SampleReader;
import bandlimit.error.DataException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Where `stream` reads samples, and which channels of them the network gets.
final class StreamInput {
  private static final String PIPE = "standard input";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--input",
      paramLabel = "FILE|-",
      description = "A .npy, .csv or .wav file, or - for standard input, the default.")
  private String input = "-";

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description =
          "f32, i16 (little-endian), csv or wav; by the file's name, of standard input csv.")
  private Optional<SampleReader.Format> format = Optional.empty();

  @Option(
      names = "--channels",
      paramLabel = "C",
      description = "Channels of f32 and i16, by default those of the network.")
  private Optional<Integer> channels = Optional.empty();

  @Option(
      names = "--take",
      split = ",",
      paramLabel = "CHANNEL",
      description =
          "Which channels the network gets, from 0; by default all, or where the input has more"
              + " than it takes, those it was trained on (data.signal.channels).")
  private List<Integer> take = List.of();

  void check() {
    if (take.stream().distinct().count() != take.size()) {
      throw new ParameterException(spec.commandLine(), "--take names a channel twice: " + take);
    }
    if (channels.isPresent() && channels.get() < 1) {
      throw new ParameterException(spec.commandLine(), "--channels must be 1 or more");
    }
  }

  private String name() {
    return input.equals("-") ? PIPE : input;
  }

  /// @param wanted channels of the network
  SampleReader open(int wanted) {
    int count = channels.orElse(wanted);
    return input.equals("-")
        ? SampleReader.of(PIPE, System.in, format.orElse(SampleReader.Format.CSV), count)
        : SampleReader.open(Path.of(input), format, count);
  }

  /// The channels of the input that the network gets; none means all.
  int[] picked(SampleReader reader, int wanted, List<Integer> trained) {
    int given = reader.channels();
    if (channels.isPresent() && channels.get() != given) {
      throw new DataException(
          "%s has %s, and --channels says %d".formatted(name(), words(given), channels.get()));
    }
    if (take.isEmpty() && given == wanted && isReordered(trained, given)) {
      throw new DataException(
          "%s has %s, and the network was trained on %s of as many: say --take %s, or where they come"
                  .formatted(name(), words(given), trained, list(trained))
              + " in that order already, --take %s".formatted(list(inOrder(given))));
    }
    var picked = take.isEmpty() && given != wanted ? trained : take;
    if (picked.isEmpty() ? given != wanted : picked.size() != wanted) {
      throw new DataException(
          "%s has %s%s, the network takes %d"
              .formatted(
                  name(),
                  words(given),
                  take.isEmpty() ? "" : " and --take names " + take.size(),
                  wanted));
    }
    for (int channel : picked) {
      if (channel < 0 || channel >= given) {
        throw new DataException(
            "%s has %s, and no channel %d".formatted(name(), words(given), channel));
      }
    }
    return picked.stream().mapToInt(Integer::intValue).toArray();
  }

  private static List<Integer> inOrder(int channels) {
    return IntStream.range(0, channels).boxed().toList();
  }

  private static String list(List<Integer> channels) {
    return channels.stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  /// Whether `trained` are all channels of such an input, in another order.
  private static boolean isReordered(List<Integer> trained, int given) {
    return !trained.equals(inOrder(given))
        && trained.stream().sorted().toList().equals(inOrder(given));
  }

  private static String words(int channels) {
    return channels == 1 ? "1 channel" : channels + " channels";
  }
}
