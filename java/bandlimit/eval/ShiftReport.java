package bandlimit.eval;

import bandlimit.error.DataException;
import bandlimit.store.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// How a network behaves under shifts, each number with its protocol; what `shift.json` of a run
/// folder holds.
///
/// Percentages are 0 to 100, probabilities 0 to 1. Lists of protocols that did not run are empty.
///
/// @param digest changes when any evaluated image or label does; runs compare only if it is equal
/// @param limit the number of samples asked for, 0 for all
/// @param samples the number evaluated: no more than `limit`, without undecodable files
/// @param seed what random shifts were drawn from
public record ShiftReport(
    int format,
    String dataset,
    String digest,
    int limit,
    int samples,
    int classes,
    long seed,
    Unshifted unshifted,
    List<Consistency> consistency,
    List<Strata> strata,
    List<Distances> distances,
    List<Sweep> sweeps,
    List<Fractional> fractional,
    List<Worst> worst) {
  public static final int FORMAT = 2;

  public ShiftReport {
    consistency = List.copyOf(consistency);
    strata = List.copyOf(strata);
    distances = List.copyOf(distances);
    sweeps = List.copyOf(sweeps);
    fractional = List.copyOf(fractional);
    worst = List.copyOf(worst);
  }

  /// The protocol's label, what it does in a sentence or two, and its numbers by name.
  public record Protocol(String label, String definition, Map<String, Integer> parameters) {
    public Protocol {
      parameters = Map.copyOf(parameters);
    }
  }

  /// The same samples without a shift.
  public record Unshifted(Rate top1, Rate top5, double loss, Bits correct) {}

  /// Several shifted views of each sample.
  ///
  /// @param top1Mean accuracy over all views
  /// @param top1Worst samples that are right in every view
  /// @param logitStd root of the variance of a logit over the views, averaged over classes and
  ///   samples
  /// @param stability root of the variance over the views of the true class's probability, averaged
  ///   over samples; lower is better
  public record Views(
      int views,
      double top1Mean,
      Rate top1Worst,
      double logitStd,
      double stability,
      Bits alwaysCorrect) {}

  /// How often two random views of a sample get the same class.
  public record Consistency(Protocol protocol, Rate rate, Bits agreed, Views views) {}

  /// Agreement by the kind of the relative shift.
  public record Strata(Protocol protocol, List<Stratum> strata) {
    public Strata {
      strata = List.copyOf(strata);
    }
  }

  public record Stratum(String name, Rate rate) {}

  /// Agreement with the unshifted prediction, by how far the sample moved.
  public record Distances(Protocol protocol, List<Distance> points) {
    public Distances {
      points = List.copyOf(points);
    }
  }

  /// @param direction `right`, or `down-right` by `pixels` on both axes
  public record Distance(String direction, int pixels, Rate rate) {}

  /// Views at every offset of a line.
  ///
  /// @param top1 accuracy at each offset
  /// @param pTrue mean probability of the true class at each offset
  public record Sweep(
      Protocol protocol,
      Views views,
      List<Integer> offsets,
      List<Double> top1,
      List<Double> pTrue,
      List<Curve> curves) {
    public Sweep {
      offsets = List.copyOf(offsets);
      top1 = List.copyOf(top1);
      pTrue = List.copyOf(pTrue);
      curves = List.copyOf(curves);
    }
  }

  /// One sample along a sweep.
  ///
  /// @param thumbnail the image as a PNG in a data URI; empty for a signal
  /// @param predicted the class at each offset; -1 where a logit is NaN
  public record Curve(
      int index, String trueClass, String thumbnail, List<Double> pTrue, List<Integer> predicted) {
    public Curve {
      pTrue = List.copyOf(pTrue);
      predicted = List.copyOf(predicted);
    }
  }

  /// Shifts by fractions of a pixel against the unshifted sample, filtered alike.
  ///
  /// The change of a sample is the largest change of a logit, as a share of the range of that
  /// sample's unshifted logits (largest minus smallest).
  ///
  /// @param top1 accuracy on the filtered, unshifted samples
  /// @param views over these and all kinds
  /// @param maxChange the largest change of any sample under any shift tried
  /// @param settled samples whose margin, the best logit minus the second as a share of the range,
  ///   is more than twice `maxChange`: no change as large as any seen moves their class
  public record Fractional(
      Protocol protocol,
      Rate top1,
      Views views,
      double maxChange,
      Rate settled,
      List<FractionalKind> kinds) {
    public Fractional {
      kinds = List.copyOf(kinds);
    }
  }

  /// One random shift of each sample.
  ///
  /// @param rate how often the predicted class is that of the unshifted sample
  /// @param top1 accuracy under the shift
  public record FractionalKind(
      String name, Rate rate, Bits agreed, Rate top1, double meanChange, double maxChange) {}

  /// The outcome of a search for a shift that makes the network wrong.
  ///
  /// @param shifts how many were tried on a sample that withstood them
  /// @param top1 right before the search
  /// @param robust right before it and under every shift
  /// @param alwaysCorrect the samples of `robust`
  public record Worst(Protocol protocol, int shifts, Rate top1, Rate robust, Bits alwaysCorrect) {}

  /// A number for logs, under the name that every tool of this kind uses.
  public record Metric(String name, String protocol, double value) {
    /// With four digits behind the point, or with three digits where those would all be 0.
    public String text() {
      boolean small = value != 0 && Math.abs(value) < 1e-3;
      return String.format(Locale.ROOT, small ? "%.2e" : "%.4f", value);
    }
  }

  /// `shift/consistency`, `shift/top1_mean`, `shift/top1_worst`, `shift/logit_std`,
  /// `shift/stability` and `shift/logit_change`, each with its protocol.
  public List<Metric> metrics() {
    var metrics = new ArrayList<Metric>();
    for (Consistency c : consistency) {
      metrics.add(new Metric("shift/consistency", c.protocol.label, c.rate.percent()));
      add(metrics, c.protocol.label, c.views);
    }
    for (Sweep sweep : sweeps) {
      metrics.add(new Metric("shift/stability", sweep.protocol.label, sweep.views.stability));
      add(metrics, sweep.protocol.label, sweep.views);
    }
    for (Fractional f : fractional) {
      for (FractionalKind kind : f.kinds) {
        metrics.add(
            new Metric(
                "shift/consistency", f.protocol.label + ", " + kind.name, kind.rate.percent()));
      }
      metrics.add(new Metric("shift/logit_change", f.protocol.label, f.maxChange));
      add(metrics, f.protocol.label, f.views);
    }
    for (Worst w : worst) {
      metrics.add(new Metric("shift/top1_worst", w.protocol.label, w.robust.percent()));
    }
    return metrics;
  }

  private static void add(List<Metric> metrics, String protocol, Views views) {
    metrics.add(new Metric("shift/top1_mean", protocol, views.top1Mean));
    metrics.add(new Metric("shift/top1_worst", protocol, views.top1Worst.percent()));
    metrics.add(new Metric("shift/logit_std", protocol, views.logitStd));
  }

  public void write(Path file) {
    Json.write(file, this);
  }

  public static ShiftReport read(Path file) {
    int format = Json.read(file, DataException::new).path("format").asInt(FORMAT);
    if (format != FORMAT) { // asked first: another format has other components
      throw new DataException(
          "%s: has format %d, this version reads %d; evaluate the run again"
              .formatted(file, format, FORMAT));
    }
    return Json.read(file, ShiftReport.class, DataException::new);
  }
}
