package bandlimit.cli;

import bandlimit.backend.Backend;
import bandlimit.bench.LiveStreams;
import bandlimit.bench.StreamBench;
import bandlimit.device.Devices;
import bandlimit.model.Models;
import bandlimit.store.Csv;
import bandlimit.store.Json;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `bandlimit bench stream`.
@Command(
    name = "stream",
    description =
        "Times networks of signals as streams: the part before the head beside whole windows, and"
            + " single hops.",
    mixinStandardHelpOptions = true)
final class BenchStream implements Callable<Integer> {
  private static final List<String> COLUMNS =
      List.of(
          "network",
          "window",
          "hop",
          "overlap",
          "streams",
          "full_ms",
          "stream_ms",
          "speed_up",
          "of_overlap",
          "hop_ms",
          "hop_p99_ms",
          "hop_max_ms",
          "hops",
          "bytes_per_stream",
          "other_cpus",
          "device");

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..*",
      paramLabel = "NETWORK",
      description = "Networks of signals by name; default conv1d_acc, conv1d_ppg and conv1d_eeg.")
  private List<String> networks = List.of("conv1d_acc", "conv1d_ppg", "conv1d_eeg");

  @Option(
      names = "--overlaps",
      split = ",",
      paramLabel = "N",
      description = "Windows over hops; default 2,4,8,16, of conv1d_acc 2,4,6,10,20.")
  private List<Integer> overlaps = List.of();

  @Option(
      names = "--streams",
      split = ",",
      paramLabel = "N",
      description = "Signals side by side; default 1.")
  private List<Integer> streams = List.of(1);

  @Option(
      names = "--hops",
      split = ",",
      paramLabel = "N",
      description = "Samples of a hop, in place of --overlaps.")
  private List<Integer> hops = List.of();

  @Option(
      names = "--rate",
      paramLabel = "HZ",
      description =
          "Nothing but hops whose samples come at this rate, as in life, of all networks at once,"
              + " for --seconds.")
  private double rate = 0;

  @Option(
      names = "--seconds",
      description =
          "For each measurement, after half as long unmeasured; default ${DEFAULT-VALUE}.")
  private double seconds = 1;

  @Option(names = "--device", description = "auto, cpu, reference or cuda; default auto.")
  private String device = "auto";

  @Option(names = "--json", description = "One JSON object a row in place of the table.")
  private boolean json;

  @Option(
      names = "--csv",
      paramLabel = "FILE",
      description = "Default: named by device and date; with --json none.")
  private Optional<Path> csv = Optional.empty();

  @Override
  public Integer call() {
    Bench.checkSeconds(spec, seconds);
    if (Stream.of(streams, overlaps, hops).flatMap(List::stream).anyMatch(n -> n < 1)) {
      throw new ParameterException(
          spec.commandLine(), "--streams, --overlaps and --hops are 1 or more");
    }
    if (!(rate >= 0)) {
      throw new ParameterException(spec.commandLine(), "--rate must be 0 or more");
    }
    try (var choice = Devices.open(device)) {
      var backend = choice.backend();
      if (json && csv.isEmpty()) {
        run(backend, row -> {});
        return 0;
      }
      var path = Bench.file(csv, rate > 0 ? "live" : "stream", backend);
      try (var table = Csv.open(path, rate > 0 ? LiveTable.COLUMNS : COLUMNS)) {
        run(backend, table::append);
      }
      if (!json) {
        spec.commandLine().getOut().println(path);
      }
    }
    return 0;
  }

  private void run(Backend backend, Consumer<SequencedMap<String, Object>> sink) {
    if (rate > 0) {
      live(backend, sink);
      return;
    }
    var out = spec.commandLine().getOut();
    if (!json) {
      out.println(backend.describe());
      out.println(
          "network     window  hop streams   full ms stream ms speed-up  of W/hop |   hop ms     "
              + " p99      max  KiB/stream");
    }
    for (String name : networks) {
      var entry = Models.entry(name);
      var bench = bench(entry, backend);
      for (int side : streams) {
        for (int hop : hops(entry)) {
          sink.accept(print(name, bench.run(side, hop, seconds), backend));
        }
      }
    }
  }

  private void live(Backend backend, Consumer<SequencedMap<String, Object>> sink) {
    var signals = new ArrayList<LiveStreams.Signal>();
    for (String name : networks) {
      var entry = Models.entry(name);
      for (int side : streams) {
        for (int hop : hops(entry)) {
          signals.add(new LiveStreams.Signal(name, bench(entry, backend).plan(side, hop), rate));
        }
      }
    }
    var result = LiveStreams.run(signals, backend, seconds);
    new LiveTable(spec.commandLine().getOut(), json).print(result, backend, sink);
  }

  private static StreamBench bench(Models.Entry entry, Backend backend) {
    return new StreamBench(Models.create(entry.published()), entry.input(), backend);
  }

  private List<Integer> hops(Models.Entry entry) {
    if (!hops.isEmpty()) {
      return hops;
    }
    var usual = entry.name().equals("conv1d_acc") ? List.of(2, 4, 6, 10, 20) : List.of(2, 4, 8, 16);
    return (overlaps.isEmpty() ? usual : overlaps)
        .stream().map(overlap -> entry.input().at(1) / overlap).toList();
  }

  private SequencedMap<String, Object> print(String name, StreamBench.Row row, Backend backend) {
    var push = row.push();
    var fields = new LinkedHashMap<String, Object>();
    fields.put("network", name);
    fields.put("window", row.window());
    fields.put("hop", row.hop());
    fields.put("overlap", number("%.2f", (double) row.window() / row.hop()));
    fields.put("streams", row.streams());
    fields.put("full_ms", number("%.4f", row.full().median()));
    fields.put("stream_ms", number("%.4f", row.stream().median()));
    fields.put("speed_up", number("%.2f", row.speedUp()));
    fields.put("of_overlap", number("%.3f", row.share()));
    fields.put("hop_ms", number("%.4f", push.millis().median()));
    fields.put("hop_p99_ms", number("%.4f", push.millis().p99()));
    fields.put("hop_max_ms", number("%.4f", push.millis().largest()));
    fields.put("hops", push.hops());
    fields.put("bytes_per_stream", push.bytesPerStream());
    double others = Math.max(row.full().otherCpus(), row.stream().otherCpus());
    fields.put("other_cpus", Double.isNaN(others) ? "" : number("%.2f", others));
    fields.put("device", backend.describe());
    var out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.line(Json.object(fields)));
    } else {
      out.printf(
          Locale.ROOT,
          "%-11s %6d %4d %7d %9.3f %9.4f %8.2f %9.3f | %8.4f %8.4f %8.4f %11.1f%n",
          name,
          row.window(),
          row.hop(),
          row.streams(),
          row.full().median(),
          row.stream().median(),
          row.speedUp(),
          row.share(),
          push.millis().median(),
          push.millis().p99(),
          push.millis().largest(),
          push.bytesPerStream() / 1024.0);
    }
    out.flush();
    return fields;
  }

  static BigDecimal number(String format, double value) {
    return new BigDecimal(String.format(Locale.ROOT, format, value));
  }
}
