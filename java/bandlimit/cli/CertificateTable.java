package bandlimit.cli;

import bandlimit.certify.Certificate;
import bandlimit.certify.Structure;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/// A certificate as text.
final class CertificateTable {
  private static final double SEEN = 1e-6;
  private static final int MOST = 5;

  private final PrintWriter out;

  CertificateTable(PrintWriter out) {
    this.out = out;
  }

  void print(Certificate certificate) {
    var structure = certificate.structure();
    line("guaranteed: " + structure.guarantee());
    if (!structure.anyImage().equals(structure.guarantee())) {
      line("  (without the image's Nyquist frequency; of any image: " + structure.anyImage() + ")");
    }
    for (Structure.End end : structure.ends()) {
      String axis = end.axis().equals("both") ? "" : ", " + end.axis();
      String change = "(%s -> %s%s)".formatted(end.before(), end.after(), axis);
      line("  " + end.layer() + ": " + end.reason() + " " + change);
    }
    line("");
    line(
        "measured on %s; logits from least to greatest: %s; %s"
            .formatted(
                certificate.images(),
                String.format(Locale.ROOT, "%.4g", certificate.range()),
                certificate.device()));
    line(
        "%-16s %6s  %-10s %13s %9s %8s  %s"
            .formatted(
                "translations",
                "tried",
                "guaranteed",
                "change/range",
                "of noise",
                "flips",
                "images"));
    certificate.changes().forEach(c -> print(c, certificate.samples()));
    if (!certificate.layers().isEmpty()) {
      layers(certificate);
    }
    certificate.contradictions().forEach(text -> line("CONTRADICTION: " + text));
    line("");
  }

  private void print(Certificate.Change c, int samples) {
    String images = c.guaranteed() ? "proven stable" : "lead by more than twice the change";
    line(
        "%-16s %6d  %-10s %13s %9s %8d  %d of %d %s"
            .formatted(
                c.kind(),
                c.shifts(),
                c.guaranteed() ? "yes" : "no",
                number(c.share()),
                number(c.noise()),
                c.flips(),
                c.stable(),
                samples,
                images));
  }

  private void layers(Certificate certificate) {
    int wide = "layer".length();
    for (var row : certificate.layers()) {
      wide = Math.max(wide, row.layer().length());
    }
    String numbers = "  %9s %9s %9s %9s  ";
    line("");
    line(
        pad("layer", wide)
            + numbers.formatted("multiples", "whole", "fraction", "folded")
            + "of its own input");
    for (var row : certificate.layers()) {
      String step = row.multiples().isEmpty() ? "" : "/" + row.step();
      boolean known = row.note().isEmpty() || row.own().contains(row.note());
      line(
          pad(row.layer(), wide)
              + numbers.formatted(
                  number(row.multiples()) + step,
                  number(row.whole()),
                  number(row.fraction()),
                  number(row.folded()))
              + row.own()
              + (known ? "" : "; " + row.note()));
    }
    entry(certificate);
  }

  /// Where most energy is folded.
  private void entry(Certificate certificate) {
    var most =
        certificate.layers().stream()
            .filter(row -> row.folded().orElse(0.0) > SEEN)
            .sorted(Comparator.comparingDouble(row -> -row.folded().orElse(0.0)))
            .limit(MOST)
            .map(
                row ->
                    String.format(
                        Locale.ROOT, "%s %.1f %%", row.layer(), 100 * row.folded().orElse(0.0)))
            .toList();
    line(
        most.isEmpty()
            ? "no layer folds more than a millionth of its energy"
            : "most energy is folded in " + String.join(", ", most));
  }

  private static String pad(String text, int wide) {
    return text + " ".repeat(wide - text.length());
  }

  private static String number(Optional<Double> value) {
    return value.map(CertificateTable::number).orElse("-");
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1e", value);
  }

  private void line(String text) {
    out.println(text.stripTrailing());
  }
}
