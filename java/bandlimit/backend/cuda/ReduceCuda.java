package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.Reduce;
import bandlimit.graph.op.SquaredNorm;
import bandlimit.tensor.DType;
import bandlimit.tensor.Shape;
import bandlimit.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/// `kernels/reduce.cu`: sums in two stages of fixed order.
final class ReduceCuda {
  private static final int LONG_ROW = 1024; // a warp's; a block takes what is longer
  private static final int LEAST_SEGMENT = 4096;
  private static final int SUM_BLOCKS = 4 * 132;
  private static final int NORM_TENSORS = 128; // as in reduce.cu
  private static final int NORM_SEGMENT = 1 << 14;

  private ReduceCuda() {}

  // ---- Reduce ----

  /// One way to run a sum; the first of the table that fits is taken.
  private enum Variant {
    /// Of each channel: bias gradients, global average pooling.
    COLUMNS {
      @Override
      boolean fits(Sums s) {
        return s.merged && s.inner > 1 && s.terms > 1 && s.columns().fits();
      }

      @Override
      long scratchBytes(Sums s) {
        var columns = s.columns();
        return columns.slabs() == 1 ? 0 : columns.partialBytes(1);
      }

      @Override
      List<Work> run(Site site, Sums s, double factor) {
        var columns = s.columns();
        boolean once = columns.slabs() == 1;
        var arguments =
            new Arguments()
                .pointer(s.x.address())
                .pointer(s.y.address())
                .pointer(once ? 0 : site.scratch());
        columns.struct(arguments).f64(factor).i32(s.bf16());
        String kernel = columns.packed() ? "reduce_columns_" : "reduce_columns_any_";
        var first = columns.launch(site, "reduce", kernel + s.x.suffix(), arguments);
        if (once) {
          return List.of(first);
        }
        var finish = s.finish(site, s.outer, columns.slabs(), s.inner, factor);
        long blocks = Math.ceilDiv(s.y.size(), 32);
        return List.of(
            first, site.grid("reduce", "reduce_finish_columns", blocks, 1, 1, 256, 0, finish));
      }
    },
    /// Of each short row.
    ROWS {
      @Override
      boolean fits(Sums s) {
        return s.merged && s.inner == 1 && 1 < s.terms && s.terms <= LONG_ROW;
      }

      @Override
      List<Work> run(Site site, Sums s, double factor) {
        var arguments = s.rows(0, factor, 1, s.terms);
        return List.of(site.flat("reduce", "reduce_rows_" + s.x.suffix(), s.outer * 32, arguments));
      }
    },
    /// Of each long row, or of everything.
    SEGMENTS {
      @Override
      boolean fits(Sums s) {
        return s.merged && s.inner == 1 && s.terms > LONG_ROW && s.outer * segments(s) < 1L << 31;
      }

      @Override
      long scratchBytes(Sums s) {
        return segments(s) == 1 ? 0 : s.outer * segments(s) * 4L;
      }

      private static long perSegment(Sums s) {
        long segments = Math.ceilDiv(SUM_BLOCKS, s.outer);
        long length = Math.max(LEAST_SEGMENT, Math.ceilDiv(s.terms, segments));
        return Math.ceilDiv(length, 8) * 8;
      }

      private static int segments(Sums s) {
        return (int) Math.ceilDiv(s.terms, perSegment(s));
      }

      @Override
      List<Work> run(Site site, Sums s, double factor) {
        int segments = segments(s);
        long partial = segments == 1 ? 0 : site.scratch();
        var first =
            site.grid(
                "reduce",
                "reduce_segments_" + s.x.suffix(),
                s.outer * segments,
                1,
                1,
                256,
                0,
                s.rows(partial, factor, segments, perSegment(s)));
        if (segments == 1) {
          return List.of(first);
        }
        var finish = s.finish(site, s.outer, segments, 1, factor);
        return List.of(
            first, site.grid("reduce", "reduce_finish_rows", s.outer, 1, 1, 256, 0, finish));
      }
    },
    /// Any axes.
    SIMPLE {
      @Override
      boolean fits(Sums s) {
        return s.kept.size() <= 4 && s.summed.size() <= 4;
      }

      @Override
      List<Work> run(Site site, Sums s, double factor) {
        var arguments =
            new Arguments()
                .pointer(s.x.address())
                .pointer(s.y.address())
                .i64(s.y.size())
                .i64(s.x.size() / s.y.size());
        axes(arguments, s.kept);
        axes(arguments, s.summed);
        arguments.f64(factor).i32(s.bf16());
        return List.of(site.flat("reduce", "reduce_simple_" + s.x.suffix(), s.y.size(), arguments));
      }

      /// `struct Axes`, innermost first.
      private static void axes(Arguments arguments, List<Axis> axes) {
        for (int i = 0; i < 4; i++) {
          arguments.i64(i < axes.size() ? axes.reversed().get(i).extent : 1);
        }
        for (int i = 0; i < 4; i++) {
          arguments.i64(i < axes.size() ? axes.reversed().get(i).stride : 0);
        }
      }
    };

    abstract boolean fits(Sums s);

    long scratchBytes(Sums s) {
      return 0;
    }

    abstract List<Work> run(Site site, Sums s, double factor);

    static Variant of(CudaOptions options, Sums s) {
      for (var variant : values()) {
        if ((options.fast() || variant == SIMPLE) && variant.fits(s)) {
          return variant;
        }
      }
      throw new IllegalStateException("no variant for " + s.x.type() + " to " + s.y.type());
    }
  }

  private record Axis(long extent, long stride) {}

  /// A sum over axes, neighbours of one kind merged; where (outer, terms, inner) is left, `merged`.
  private static final class Sums {
    final Operand x;
    final Operand y;
    final List<Axis> kept = new ArrayList<>();
    final List<Axis> summed = new ArrayList<>();
    final boolean merged;
    final long outer;
    final long terms;
    final int inner;

    Sums(Operand x, Operand y) {
      this.x = x;
      this.y = y;
      long stride = 1;
      int last = -1; // 1 where the axis inside of this one is kept, 0 where it is summed
      int turns = 0;
      for (int i = 1; i <= x.shape().rank(); i++) {
        int extent = x.shape().at(-i);
        if (extent > 1) {
          int now = keeps(y.shape(), i) ? 1 : 0;
          var axes = now == 1 ? kept : summed;
          if (now == last) {
            var inside = axes.removeFirst();
            axes.addFirst(new Axis(inside.extent * extent, inside.stride));
          } else {
            axes.addFirst(new Axis(extent, stride));
            turns++;
          }
          last = now;
        }
        stride *= extent;
      }
      this.terms = x.size() / y.size();
      this.merged = summed.size() == 1;
      this.inner = merged ? Math.toIntExact(summed.getFirst().stride) : 1;
      this.outer = y.size() / inner;
    }

    private static boolean keeps(Shape to, int fromEnd) {
      return fromEnd <= to.rank() && to.at(-fromEnd) > 1;
    }

    Columns columns() {
      return Columns.sums(outer, terms, inner, x.pack());
    }

    int bf16() {
      return y.dtype() == DType.BF16 ? 1 : 0;
    }

    /// `struct ReduceRowsParams`.
    Arguments rows(long partial, double factor, int segments, long perSegment) {
      boolean aligned = outer == 1 || terms % x.pack() == 0;
      return new Arguments()
          .pointer(x.address())
          .pointer(y.address())
          .pointer(partial)
          .i64(outer)
          .i64(terms)
          .i64(perSegment)
          .i32(segments)
          .i32(aligned ? 1 : 0)
          .f64(factor)
          .i32(bf16());
    }

    /// `struct ReduceFinishParams`.
    Arguments finish(Site site, long units, int slabs, int c, double factor) {
      return new Arguments()
          .pointer(site.scratch())
          .pointer(y.address())
          .i64(units)
          .i32(slabs)
          .i32(c)
          .f64(factor)
          .i32(bf16());
    }
  }

  static List<Work> reduce(Site site, Reduce op) {
    var x = site.in(0, DType.F32, DType.BF16);
    var sums = new Sums(x, site.out(DType.F32, DType.BF16));
    return Variant.of(site.options(), sums).run(site, sums, op.factor());
  }

  static long scratchBytes(CudaOptions options, TensorType x, TensorType y) {
    var sums = new Sums(new Operand(x, 0), new Operand(y, 0));
    return Variant.of(options, sums).scratchBytes(sums);
  }

  /// The second stage of sums of another kernel: (slabs, c) float partial sums to (c).
  static Launch finishColumns(Site site, long partial, Operand y, long slabs, int c) {
    var arguments =
        new Arguments()
            .pointer(partial)
            .pointer(y.address())
            .i64(1)
            .i32(slabs)
            .i32(c)
            .f64(1)
            .i32(y.dtype() == DType.BF16 ? 1 : 0);
    long blocks = Math.ceilDiv(c, 32);
    return site.grid("reduce", "reduce_finish_columns", blocks, 1, 1, 256, 0, arguments);
  }

  // ---- SquaredNorm ----

  private static long segments(TensorType x) {
    return Math.ceilDiv(x.shape().size(), NORM_SEGMENT);
  }

  static long normScratchBytes(List<TensorType> in) {
    return Math.max(8, 4 * in.stream().mapToLong(ReduceCuda::segments).sum());
  }

  static List<Work> squaredNorm(Site site, SquaredNorm op) {
    var y = site.out(DType.F32, DType.BF16);
    return site.options().fast() ? norm(site, y) : simpleNorm(site, y);
  }

  private static List<Work> norm(Site site, Operand y) {
    String kernel = "squared_norm_" + site.in(0, DType.F32, DType.BF16).suffix();
    var work = new ArrayList<Work>();
    int partials = 0;
    for (int from = 0; from < site.in().size(); from += NORM_TENSORS) {
      var chunk = site.in().subList(from, Math.min(site.in().size(), from + NORM_TENSORS));
      var arguments = new Arguments().pointer(site.scratch() + 4L * partials).i32(chunk.size());
      int block = 0;
      for (int i = 0; i <= NORM_TENSORS; i++) {
        arguments.i32(block);
        block += i < chunk.size() ? Math.toIntExact(segments(chunk.get(i).type())) : 0;
      }
      for (int i = 0; i < NORM_TENSORS; i++) {
        arguments.pointer(i < chunk.size() ? chunk.get(i).address() : 0);
      }
      for (int i = 0; i < NORM_TENSORS; i++) {
        arguments.i64(i < chunk.size() ? chunk.get(i).size() : 0);
      }
      work.add(site.grid("reduce", kernel, block, 1, 1, 256, 0, arguments));
      partials += block;
    }
    var finish =
        new Arguments()
            .pointer(site.scratch())
            .pointer(y.address())
            .i64(1)
            .i32(partials)
            .i32(1)
            .f64(1)
            .i32(y.dtype() == DType.BF16 ? 1 : 0);
    work.add(site.grid("reduce", "reduce_finish_rows", 1, 1, 1, 256, 0, finish));
    return work;
  }

  private static List<Work> simpleNorm(Site site, Operand y) {
    var work = new ArrayList<Work>();
    for (int i = 0; i < site.in().size(); i++) {
      var x = site.in(i, DType.F32, DType.BF16);
      var arguments =
          new Arguments()
              .pointer(x.address())
              .pointer(site.scratch())
              .pointer(y.address())
              .i64(x.size())
              .i32(i == 0 ? 1 : 0)
              .i32(i == site.in().size() - 1 ? 1 : 0)
              .i32(y.dtype() == DType.BF16 ? 1 : 0);
      work.add(site.flat("reduce", "squared_norm_simple_" + x.suffix(), 1, arguments));
    }
    return work;
  }
}
