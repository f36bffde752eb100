package bandlimit.cli;

import bandlimit.eval.EventReport;
import java.io.PrintWriter;
import java.util.Locale;

/// Prints the events that a network finds in a signal.
final class EventTable {
  private EventTable() {}

  static void print(EventReport report, PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "%s: %.1f s of signal; a found event within %.0f ms of a true one is true%n",
        report.dataset(),
        report.seconds(),
        report.toleranceMs());
    out.println("network       " + report.network().text());
    report.phases().ifPresent(seen -> out.println("phases        " + text(seen)));
    report.panTompkins().ifPresent(match -> out.println("Pan-Tompkins  " + match.text()));
    out.printf(
        Locale.ROOT, "columns       %.2f%% right, loss %.4f%n", report.accuracy(), report.loss());
  }

  private static String text(EventReport.Phases phases) {
    return String.format(
        Locale.ROOT,
        "of %d starts the lowest sensitivity %.2f%% and predictivity %.2f%%; an event found from"
            + " all (%d) moves by %.2f ms (deviation), %.1f ms at most",
        phases.phases(),
        phases.sensitivity(),
        phases.predictivity(),
        phases.events(),
        phases.jitterMs(),
        phases.widestMs());
  }
}
