package bandlimit.cli;

import bandlimit.eval.PairedComparison;
import bandlimit.eval.Rate;
import bandlimit.eval.ShiftReport;
import java.io.PrintWriter;
import java.util.Locale;

/// An evaluation as text: a line a number, its protocol beside it, the interval behind it.
final class EvalTable {
  private final PrintWriter out;

  EvalTable(PrintWriter out) {
    this.out = out;
  }

  void print(ShiftReport report) {
    rate("top1", "", report.unshifted().top1());
    rate("top5", "", report.unshifted().top5());
    number("loss", "", report.unshifted().loss());
    for (ShiftReport.Consistency c : report.consistency()) {
      rate("consistency", c.protocol().label(), c.rate());
      views(c.protocol().label(), c.views());
    }
    for (ShiftReport.Strata strata : report.strata()) {
      for (ShiftReport.Stratum stratum : strata.strata()) {
        String protocol = strata.protocol().label() + ", " + stratum.name();
        rate("consistency", protocol, stratum.rate());
      }
    }
    for (ShiftReport.Distances distances : report.distances()) {
      for (ShiftReport.Distance point : distances.points()) {
        String protocol =
            "%s, %s %d".formatted(distances.protocol().label(), point.direction(), point.pixels());
        rate("agreement", protocol, point.rate());
      }
    }
    for (ShiftReport.Sweep sweep : report.sweeps()) {
      number("stability", sweep.protocol().label(), sweep.views().stability());
      views(sweep.protocol().label(), sweep.views());
    }
    report.fractional().forEach(this::fractional);
    for (ShiftReport.Worst worst : report.worst()) {
      rate("top1_worst", worst.protocol().label(), worst.robust());
    }
  }

  private void fractional(ShiftReport.Fractional found) {
    String label = found.protocol().label();
    rate("top1", label + ", unshifted", found.top1());
    for (ShiftReport.FractionalKind kind : found.kinds()) {
      rate("consistency", label + ", " + kind.name(), kind.rate());
      rate("top1", label + ", " + kind.name(), kind.top1());
      line("logit_change", label + ", " + kind.name(), change(kind), "");
    }
    rate("settled", label, found.settled());
    views(label, found.views());
  }

  private static String change(ShiftReport.FractionalKind kind) {
    return String.format(Locale.ROOT, "%9.2g  at most %.2g", kind.meanChange(), kind.maxChange());
  }

  private void views(String protocol, ShiftReport.Views views) {
    line("top1_mean", protocol, String.format(Locale.ROOT, "%7.2f %%", views.top1Mean()), "");
    rate("top1_worst", protocol, views.top1Worst());
    number("logit_std", protocol, views.logitStd());
  }

  void print(PairedComparison comparison) {
    line("", "", "    this     other     p (exact McNemar)", "");
    for (PairedComparison.Row row : comparison.rows()) {
      String name = row.metric().substring(row.metric().indexOf('/') + 1);
      String values =
          String.format(
              Locale.ROOT, "%7.2f %% %7.2f %%  %.3g", row.second(), row.first(), row.pValue());
      line(name, row.protocol(), values, "");
    }
  }

  private void rate(String name, String protocol, Rate rate) {
    line(
        name,
        protocol,
        String.format(Locale.ROOT, "%7.2f %%", rate.percent()),
        String.format(
            Locale.ROOT,
            "[%.2f, %.2f]  %d of %d",
            rate.low(),
            rate.high(),
            rate.hits(),
            rate.count()));
  }

  private void number(String name, String protocol, double value) {
    boolean small = value != 0 && Math.abs(value) < 1e-3;
    line(name, protocol, String.format(Locale.ROOT, small ? "%9.2e" : "%9.4f", value), "");
  }

  private void line(String name, String protocol, String value, String note) {
    out.println("%-12s %-40s %s  %s".formatted(name, protocol, value, note).stripTrailing());
  }
}
