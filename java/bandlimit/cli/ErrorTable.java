package bandlimit.cli;

import bandlimit.eval.ErrorReport;
import java.io.PrintWriter;
import java.util.Locale;

/// What `bandlimit eval` prints of a network that tells numbers.
final class ErrorTable {
  private ErrorTable() {}

  static void print(ErrorReport report, PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "%s: %d samples, loss %.5g%n",
        report.dataset(),
        report.samples(),
        report.loss());
    out.printf(
        Locale.ROOT,
        "eval/mae   %-10.5g [%.5g, %.5g], 95%% by Student's t over %s%n",
        report.mae(),
        report.interval().low(),
        report.interval().high(),
        report.stretch() == 1
            ? "samples"
            : "stretches of %d windows, which overlap".formatted(report.stretch()));
    out.printf(Locale.ROOT, "eval/rmse  %-10.5g%n", report.rmse());
    if (report.numbers().size() > 1) {
      report.numbers().forEach(n -> row(n, n.name(), out));
    }
    row(report.constant(), "always the mean of training", out);
  }

  private static void row(ErrorReport.Number number, String name, PrintWriter out) {
    out.printf(Locale.ROOT, "%s: mae %.5g, rmse %.5g%n", name, number.mae(), number.rmse());
  }
}
