package bandlimit.eval;

import bandlimit.error.DataException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/// Two runs on the same samples and shifts, compared sample by sample with the exact McNemar test.
public record PairedComparison(List<Row> rows) {
  public PairedComparison {
    rows = List.copyOf(rows);
  }

  /// @param metric `eval/top1`, `shift/consistency` or `shift/top1_worst`
  /// @param protocol its label; `unshifted` for `eval/top1`
  /// @param first,second percent of the samples in each run
  /// @param onlyFirst samples that are right, or consistent, in the first run alone
  public record Row(
      String metric,
      String protocol,
      int samples,
      double first,
      double second,
      long onlyFirst,
      long onlySecond,
      double pValue) {
    /// Second minus first, in percentage points.
    public double difference() {
      return second - first;
    }
  }

  /// Compares what both reports hold; refuses reports whose samples or shifts differ, and those
  /// that have nothing but the unshifted accuracy in common although both ran a protocol.
  public static PairedComparison of(ShiftReport first, ShiftReport second) {
    require("data set", first.dataset(), second.dataset());
    require("number of samples", first.samples(), second.samples());
    require("limit", first.limit(), second.limit());
    require("digest of samples and labels", first.digest(), second.digest());
    require("seed of the shifts", first.seed(), second.seed());
    var rows = new ArrayList<Row>();
    rows.add(
        row("eval/top1", "unshifted", first.unshifted().correct(), second.unshifted().correct()));
    for (ShiftReport.Consistency a : first.consistency()) {
      for (ShiftReport.Consistency b : second.consistency()) {
        if (same(a.protocol(), b.protocol())) {
          String label = a.protocol().label();
          rows.add(row("shift/consistency", label, a.agreed(), b.agreed()));
          rows.add(worst(label, a.views().alwaysCorrect(), b.views().alwaysCorrect()));
        }
      }
    }
    for (ShiftReport.Sweep a : first.sweeps()) {
      for (ShiftReport.Sweep b : second.sweeps()) {
        if (same(a.protocol(), b.protocol())) {
          rows.add(
              worst(a.protocol().label(), a.views().alwaysCorrect(), b.views().alwaysCorrect()));
        }
      }
    }
    for (ShiftReport.Fractional a : first.fractional()) {
      for (ShiftReport.Fractional b : second.fractional()) {
        if (same(a.protocol(), b.protocol())) {
          rows.addAll(fractional(a, b));
        }
      }
    }
    for (ShiftReport.Worst a : first.worst()) {
      for (ShiftReport.Worst b : second.worst()) {
        if (same(a.protocol(), b.protocol())) {
          rows.add(worst(a.protocol().label(), a.alwaysCorrect(), b.alwaysCorrect()));
        }
      }
    }
    if (rows.size() == 1 && !labels(first).isEmpty() && !labels(second).isEmpty()) {
      throw differ("protocols", labels(first), labels(second));
    }
    return new PairedComparison(rows);
  }

  private static boolean same(ShiftReport.Protocol a, ShiftReport.Protocol b) {
    if (!a.label().equals(b.label())) {
      return false;
    }
    require("parameters of " + a.label(), a.parameters(), b.parameters());
    return true;
  }

  private static List<String> labels(ShiftReport report) {
    var labels = new ArrayList<String>();
    report.consistency().forEach(c -> labels.add(c.protocol().label()));
    report.sweeps().forEach(s -> labels.add(s.protocol().label()));
    report.fractional().forEach(f -> labels.add(f.protocol().label()));
    report.worst().forEach(w -> labels.add(w.protocol().label()));
    return labels;
  }

  private static List<Row> fractional(ShiftReport.Fractional a, ShiftReport.Fractional b) {
    String label = a.protocol().label();
    var rows = new ArrayList<Row>();
    for (int kind = 0; kind < a.kinds().size(); kind++) { // the same kinds: the parameters are
      var one = a.kinds().get(kind);
      String name = label + ", " + one.name();
      rows.add(row("shift/consistency", name, one.agreed(), b.kinds().get(kind).agreed()));
    }
    rows.add(worst(label, a.views().alwaysCorrect(), b.views().alwaysCorrect()));
    return rows;
  }

  private static Row worst(String label, Bits a, Bits b) {
    return row("shift/top1_worst", label, a, b);
  }

  private static Row row(String metric, String protocol, Bits first, Bits second) {
    require("number of samples of " + metric, first.size(), second.size());
    int onlyFirst = without(first.toBitSet(), second.toBitSet());
    int onlySecond = without(second.toBitSet(), first.toBitSet());
    return new Row(
        metric,
        protocol,
        first.size(),
        100.0 * first.count() / first.size(),
        100.0 * second.count() / second.size(),
        onlyFirst,
        onlySecond,
        new McNemar(onlyFirst, onlySecond).pValue());
  }

  private static int without(BitSet these, BitSet those) {
    these.andNot(those);
    return these.cardinality();
  }

  private static void require(String what, Object first, Object second) {
    if (!first.equals(second)) {
      throw differ(what, first, second);
    }
  }

  private static DataException differ(String what, Object first, Object second) {
    return new DataException(
        "a paired test needs the same samples and shifts in both runs, but the %s differ: %s and %s"
            .formatted(what, first, second));
  }
}
