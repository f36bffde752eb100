package bandlimit.cli;

import bandlimit.certify.Certificate;
import bandlimit.certify.Structure;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Optional;

/// A certificate as text.
final class CertificateTable {
  private final PrintWriter out;

  CertificateTable(PrintWriter out) {
    this.out = out;
  }

  void print(Certificate certificate) {
    var structure = certificate.structure();
    line("guaranteed: %s", structure.guarantee());
    if (!structure.anyImage().equals(structure.guarantee())) {
      line("  (without the image's Nyquist frequency; of any image: %s)", structure.anyImage());
    }
    for (Structure.End end : structure.ends()) {
      String axis = end.axis().equals("both") ? "" : ", " + end.axis();
      line("  %s: %s (%s -> %s%s)", end.layer(), end.reason(), end.before(), end.after(), axis);
    }
    line("");
    line(
        "measured on %s; logits from least to greatest: %.4g; %s",
        certificate.images(), certificate.range(), certificate.device());
    line(
        "%-16s %6s  %-10s %13s %9s %8s  %s",
        "translations", "tried", "guaranteed", "change/range", "of noise", "flips", "images");
    certificate.changes().forEach(c -> print(c, certificate.samples()));
    if (!certificate.layers().isEmpty()) {
      layers(certificate);
    }
    certificate.contradictions().forEach(text -> line("CONTRADICTION: %s", text));
    line("");
  }

  private void print(Certificate.Change c, int samples) {
    line(
        "%-16s %6d  %-10s %13.1e %9.1e %8d  %s",
        c.kind(),
        c.shifts(),
        c.guaranteed() ? "yes" : "no",
        c.share(),
        c.noise(),
        c.flips(),
        "%d of %d %s"
            .formatted(
                c.stable(),
                samples,
                c.guaranteed() ? "proven stable" : "lead by more than twice the change"));
  }

  private void layers(Certificate certificate) {
    int wide = "layer".length();
    for (var row : certificate.layers()) {
      wide = Math.max(wide, row.layer().length());
    }
    String format = "%-" + wide + "s  %9s %9s %9s %9s  %s";
    line("");
    line(format, "layer", "multiples", "whole", "fraction", "folded", "of its own input");
    for (var row : certificate.layers()) {
      String multiples =
          number(row.multiples()) + (row.multiples().isEmpty() ? "" : "/" + row.step());
      line(
          format,
          row.layer(),
          multiples,
          number(row.whole()),
          number(row.fraction()),
          number(row.folded()),
          row.own()
              + (row.note().isEmpty() || row.own().contains(row.note()) ? "" : "; " + row.note()));
    }
  }

  private static String number(Optional<Double> value) {
    return value.map(v -> String.format(Locale.ROOT, "%.1e", v)).orElse("-");
  }

  private void line(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values).stripTrailing());
  }
}
