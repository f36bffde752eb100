package bandlimit.backend.cpu;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.Fold;
import bandlimit.graph.op.FoldedResample;
import bandlimit.graph.op.NormalizeReluResample;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.PaddedResample;
import bandlimit.graph.op.Resample;
import bandlimit.signal.Boundary;
import bandlimit.signal.Resampler;
import bandlimit.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/// `native/cpu/lowpass*.cpp`: resampling with its border, and the gradient of it, as a table of
/// weighted samples for each axis. Any taps, factors and borders.
final class LowPassNative {
  /// What `lowpass.h` sums at once.
  private static final int TERMS = 8;

  private static final int FEWEST_TASKS = 32;
  private static final int SHORTEST_BAND = 8; // each band reads the rows above it once more

  /// For each output of one axis its samples with their weights. They are added in the order of the
  /// extended signal, so that a circular filter follows shifts to the bit.
  record Axis(List<LinkedHashMap<Integer, Double>> outputs) {
    /// Of the map that `pad` extends.
    static Axis padded(Resampler r, Boundary mode, int before, int after, int n) {
      int tall = before + n + after;
      var axis = new Axis(new ArrayList<>());
      for (int o = 0; o < r.outLength(tall); o++) {
        var terms = new LinkedHashMap<Integer, Double>();
        stuffed(r, o, tall).forEach((i, weight) -> add(terms, mode.index(i - before, n), weight));
        axis.outputs.add(terms);
      }
      return axis;
    }

    /// What is resampled is folded: each output gathers from all the places where it was shown.
    static Axis folded(Resampler r, Boundary mode, int before, int after, int n) {
      int tall = r.outLength(n);
      int out = tall - before - after;
      var axis = new Axis(new ArrayList<>());
      for (int o = 0; o < out; o++) {
        axis.outputs.add(new LinkedHashMap<>());
      }
      // backwards, for what was shown before the first sample comes from behind the last
      for (int q = tall - 1; q >= 0; q--) {
        int o = mode.index(q - before, out);
        if (o >= 0) {
          stuffed(r, q, n).forEach((i, weight) -> add(axis.outputs.get(o), i, weight));
        }
      }
      return axis;
    }

    /// The samples of 0..n-1 under the taps at output `o`.
    private static LinkedHashMap<Integer, Double> stuffed(Resampler r, int o, int n) {
      var terms = new LinkedHashMap<Integer, Double>();
      for (int k = 0; k < r.taps().size(); k++) {
        int at = o * r.down() + k - r.before();
        int i = Math.floorDiv(at, r.up());
        if (Math.floorMod(at, r.up()) == 0 && i < n) {
          add(terms, i, r.taps().get(k));
        }
      }
      return terms;
    }

    private static void add(LinkedHashMap<Integer, Double> terms, int at, double weight) {
      if (at >= 0) {
        terms.merge(at, weight, Double::sum);
      }
    }

    /// Rows that one sum may need at once.
    int slots() {
      return Math.min(TERMS, outputs.stream().mapToInt(LinkedHashMap::size).max().orElse(1));
    }

    /// For each output, how many from there on have the same weights, each on samples one further.
    private int[] runs() {
      var runs = new int[outputs.size()];
      for (int o = runs.length - 1; o >= 0; o--) {
        boolean more = o + 1 < runs.length && follows(outputs.get(o), outputs.get(o + 1));
        runs[o] = more ? runs[o + 1] + 1 : 1;
      }
      return runs;
    }

    private static boolean follows(
        LinkedHashMap<Integer, Double> terms, LinkedHashMap<Integer, Double> next) {
      var moved = new LinkedHashMap<Integer, Double>();
      terms.forEach((at, weight) -> moved.put(at + 1, weight));
      return List.copyOf(moved.entrySet()).equals(List.copyOf(next.entrySet()));
    }

    /// `struct Axis`: where the terms of each output start, the runs, and the terms.
    private MemorySegment table() {
      int count = outputs.size();
      long terms = outputs.stream().mapToLong(LinkedHashMap::size).sum();
      var table = Arena.ofAuto().allocate(countBytes() + 8 * Math.max(1, terms), 8);
      var runs = runs();
      int at = 0;
      for (int o = 0; o < count; o++) {
        table.setAtIndex(ValueLayout.JAVA_INT, o, at);
        table.setAtIndex(ValueLayout.JAVA_INT, count + 1L + o, runs[o]);
        for (var term : outputs.get(o).entrySet()) {
          long place = countBytes() + 8L * at++;
          table.set(ValueLayout.JAVA_INT, place, term.getKey());
          table.set(ValueLayout.JAVA_FLOAT, place + 4, term.getValue().floatValue());
        }
      }
      table.setAtIndex(ValueLayout.JAVA_INT, count, at);
      return table;
    }

    private long firstBytes() {
      return 4L * (outputs.size() + 1);
    }

    private long countBytes() {
      return (firstBytes() + 4L * outputs.size() + 7) / 8 * 8;
    }
  }

  private final NativeSite site;
  private final Shape inside; // what is filtered
  private final Axis rows;
  private final Axis cols;
  private final List<MemorySegment> tables;

  LowPassNative(NativeSite site, Shape inside, Axis rows, Axis cols) {
    this.site = site;
    this.inside = inside;
    this.rows = rows;
    this.cols = cols;
    this.tables = List.of(rows.table(), cols.table());
  }

  static Kernel resample(NativeSite site, Resample op) {
    return padded(site, PaddedResample.of(op));
  }

  static Kernel padded(NativeSite site, PaddedResample op) {
    var filter = of(site, site.inShape(0), op);
    return filter.kernel("lowpass", filter.lineBytes(), filter.arguments());
  }

  static Kernel folded(NativeSite site, FoldedResample op) {
    var x = site.inShape(0);
    var filter = new LowPassNative(site, x, foldedRows(op, x.h()), foldedCols(op, x.w()));
    return filter.kernel("lowpass", filter.lineBytes(), filter.arguments());
  }

  static Kernel normalized(NativeSite site, NormalizeReluResample op) {
    var filter = of(site, site.inShape(0), op.blur());
    return filter.kernel(
        "lowpass_normalized",
        filter.lineBytes() + filter.madeBytes() + 4L * filter.inside.c(),
        filter
            .arguments()
            .pointer(site.in(1))
            .pointer(site.in(2))
            .pointer(site.in(3))
            .f64(op.normalize().epsilon()));
  }

  /// A blur of a map of these extents, which the kernel may make from the step's input.
  static LowPassNative of(NativeSite site, Shape inside, PaddedResample op) {
    Pad pad = op.pad();
    Resample r = op.resample();
    return new LowPassNative(
        site,
        inside,
        Axis.padded(r.rows(), pad.mode(), pad.top(), pad.bottom(), inside.h()),
        Axis.padded(r.cols(), pad.mode(), pad.left(), pad.right(), inside.w()));
  }

  private static Axis foldedRows(FoldedResample op, int n) {
    Fold fold = op.fold();
    return Axis.folded(op.resample().rows(), fold.mode(), fold.top(), fold.bottom(), n);
  }

  private static Axis foldedCols(FoldedResample op, int n) {
    Fold fold = op.fold();
    return Axis.folded(op.resample().cols(), fold.mode(), fold.left(), fold.right(), n);
  }

  /// Scratch memory for the line between the two axes.
  long lineBytes() {
    return 4L * inside.w() * inside.c();
  }

  /// Scratch memory for rows that are made before they are filtered.
  long madeBytes() {
    return rows.slots() * lineBytes();
  }

  private int band() {
    var y = site.outShape(0);
    long bands =
        Math.clamp(Math.ceilDiv(FEWEST_TASKS, y.n()), 1, Math.max(1, y.h() / SHORTEST_BAND));
    return (int) Math.ceilDiv((long) y.h(), bands);
  }

  /// `struct Lowpass`.
  Arguments arguments() {
    var y = site.outShape(0);
    boolean whole = y.c() % 16 == 0; // of registers, as wide as they come: every pixel starts one
    return new Arguments()
        .pointer(site.in(0))
        .pointer(site.out(0))
        .pointer(tables.get(0).address())
        .pointer(tables.get(0).address() + rows.firstBytes())
        .pointer(tables.get(0).address() + rows.countBytes())
        .pointer(tables.get(1).address())
        .pointer(tables.get(1).address() + cols.firstBytes())
        .pointer(tables.get(1).address() + cols.countBytes())
        .i32(inside.h())
        .i32(inside.w())
        .i32(inside.c())
        .i32(y.h())
        .i32(y.w())
        .i32(band())
        .i32(whole ? site.streams(0) : 0)
        .i32(rows.slots());
  }

  Kernel kernel(String name, long scratch, Arguments arguments) {
    var y = site.outShape(0);
    var kernel = site.kernel(name, y.n() * Math.ceilDiv((long) y.h(), band()), scratch, arguments);
    return () -> {
      try {
        kernel.run();
      } finally {
        Reference.reachabilityFence(tables);
      }
    };
  }
}
