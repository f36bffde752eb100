package bandlimit.cli;

import bandlimit.backend.Backend;
import bandlimit.bench.LiveStreams;
import bandlimit.store.Json;
import bandlimit.stream.Spread;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.function.Consumer;

/// What `bandlimit bench stream --rate` prints.
record LiveTable(PrintWriter out, boolean json) {
  static final List<String> COLUMNS =
      List.of(
          "network",
          "window",
          "hop",
          "streams",
          "rate",
          "hops",
          "hop_ms",
          "hop_p99_ms",
          "hop_max_ms",
          "late_ms",
          "late_p99_ms",
          "late_max_ms",
          "bytes_per_hop",
          "bytes_per_stream",
          "gc_count",
          "gc_ms",
          "device");

  void print(
      LiveStreams.Result result, Backend backend, Consumer<SequencedMap<String, Object>> sink) {
    var garbage = result.garbage();
    if (!json) {
      out.println(backend.describe());
      out.println(
          "network     window  hop streams   Hz     hops |   hop ms      p99      max | late ms    "
              + "  p99      max | bytes/hop KiB/stream");
    }
    for (var row : result.rows()) {
      var fields = fields(row, garbage);
      fields.put("device", backend.describe());
      sink.accept(fields);
      if (json) {
        out.println(Json.line(Json.object(fields)));
      } else {
        var plan = row.signal().plan();
        out.printf(
            Locale.ROOT,
            "%-11s %6d %4d %7d %4.0f %8d | %8.4f %8.4f %8.4f | %7.3f %8.3f %8.3f | %9.3f %10.1f%n",
            row.signal().name(),
            plan.window(),
            plan.hop(),
            plan.streams(),
            row.signal().rate(),
            row.hops(),
            row.push().median(),
            row.push().p99(),
            row.push().largest(),
            row.late().median(),
            row.late().p99(),
            row.late().largest(),
            (double) row.allocated() / row.hops(),
            row.bytesPerStream() / 1024.0);
      }
    }
    if (!json) {
      out.printf(
          Locale.ROOT, "%d garbage collections, %d ms%n", garbage.collections(), garbage.millis());
    }
    out.flush();
  }

  private static SequencedMap<String, Object> fields(
      LiveStreams.Row row, LiveStreams.Garbage garbage) {
    var plan = row.signal().plan();
    var fields = new LinkedHashMap<String, Object>();
    fields.put("network", row.signal().name());
    fields.put("window", plan.window());
    fields.put("hop", plan.hop());
    fields.put("streams", plan.streams());
    fields.put("rate", row.signal().rate());
    fields.put("hops", row.hops());
    put(fields, "hop", row.push());
    put(fields, "late", row.late());
    fields.put("bytes_per_hop", BenchStream.number("%.3f", (double) row.allocated() / row.hops()));
    fields.put("bytes_per_stream", row.bytesPerStream());
    fields.put("gc_count", garbage.collections());
    fields.put("gc_ms", garbage.millis());
    return fields;
  }

  private static void put(SequencedMap<String, Object> fields, String what, Spread millis) {
    fields.put(what + "_ms", BenchStream.number("%.4f", millis.median()));
    fields.put(what + "_p99_ms", BenchStream.number("%.4f", millis.p99()));
    fields.put(what + "_max_ms", BenchStream.number("%.4f", millis.largest()));
  }
}
