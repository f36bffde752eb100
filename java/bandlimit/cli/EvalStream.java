package bandlimit.cli;

import bandlimit.data.SignalDataset;
import bandlimit.data.SignalSpec;
import bandlimit.device.DeviceOptions;
import bandlimit.device.Devices;
import bandlimit.eval.StreamEvaluation;
import bandlimit.eval.StreamReport;
import bandlimit.predict.StreamingPredictor;
import bandlimit.stream.Missing;
import bandlimit.train.Checkpoint;
import bandlimit.train.LoadedNetwork;
import bandlimit.train.Progress;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Optional;

/// `eval --stream`: the test part of a signal as a stream beside full inference.
final class EvalStream {
  private final Checkpoint found;
  private final SignalDataset signal;
  private final String device;
  private final StreamingFlags flags;
  private final int hop;

  EvalStream(
      Checkpoint found,
      SignalDataset signal,
      String device,
      StreamingFlags flags,
      Optional<Integer> hop) {
    this.found = found;
    this.signal = signal;
    this.device = device;
    this.flags = flags;
    var spec = signal.spec();
    boolean columns = spec.target() == SignalSpec.Target.COLUMNS;
    this.hop = hop.orElse(columns ? spec.stride() : spec.hop());
  }

  StreamReport run(StreamEvaluation.Choice choice, Progress progress) {
    var config = found.trainConfig();
    try (var chosen = Devices.open(device, DeviceOptions.of(config).withoutTf32());
        var network = LoadedNetwork.open(found, chosen.backend(), config.data().evalBatch());
        var session =
            StreamingPredictor.session(
                found, chosen.backend(), 1, hop, flags.options(), Missing.REFUSE)) {
      int samples = signal.end() - signal.from();
      progress.begin("Streaming", Math.ceilDiv(samples, hop));
      var report =
          StreamEvaluation.of(
              network.classifier(),
              session,
              signal,
              network.network(),
              chosen.backend().describe(),
              flags.word(),
              choice,
              pushed -> progress.step((int) (pushed / hop), ""));
      progress.end();
      return report;
    }
  }

  static void print(PrintWriter out, StreamReport report, StreamingFlags flags) {
    out.printf(
        Locale.ROOT,
        "%s: %d samples (%.1f s), %d answers, one every %d samples, %d samples late%n",
        report.dataset(),
        report.samples(),
        report.samples() / report.rate(),
        report.answers(),
        report.hop(),
        report.delay());
    out.println("windows       " + text(report.windows()));
    report.phases().ifPresent(phases -> out.println("other phases  " + text(phases)));
    flags.print(out, report.errors());
    report
        .events()
        .ifPresent(
            events -> {
              out.println("stream        " + events.stream().text());
              out.println("full          " + events.windows().text());
              out.printf(
                  Locale.ROOT,
                  "events        %d of %d found by full inference too, %.2g ms apart at most; said"
                      + " %.0f ms after the event (mean)%n",
                  events.both(),
                  events.found(),
                  events.apartMs(),
                  events.delayMs());
            });
    var latency = report.latency();
    out.printf(
        Locale.ROOT,
        "latency       median %.4f ms, p99 %.4f, largest %.3f%s; %,.0f samples/s, %d bytes a"
            + " stream%n",
        latency.median(),
        latency.p99(),
        latency.largest(),
        latency.realTime() ? " in real time" : "",
        report.samplesPerSecond(),
        report.bytesPerStream());
  }

  private static String text(StreamReport.Agreement agreement) {
    return String.format(
        Locale.ROOT,
        "%d answers of %d: outputs %.2g apart at most, NRMSE %.2g%%%s",
        agreement.answers(),
        agreement.windows(),
        agreement.largest(),
        100 * agreement.nrmse(),
        agreement
            .decisions()
            .map(d -> String.format(Locale.ROOT, ", %d decisions alike", d.hits()))
            .orElse(""));
  }
}
