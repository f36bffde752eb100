package bandlimit.backend.cpu;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.ChannelGradSums;
import bandlimit.graph.op.Moments;
import bandlimit.graph.op.Normalize;
import bandlimit.graph.op.NormalizeGrad;
import bandlimit.graph.op.NormalizeRelu;
import bandlimit.graph.op.NormalizeReluBackward;
import bandlimit.graph.op.Op;
import bandlimit.graph.op.Over;
import bandlimit.tensor.TensorType;
import java.util.List;
import java.util.Optional;

/// `native/cpu/{moments,normalize,normalize_grad}.cpp`: batch and group norm. Layer norm, whose
/// sets are pixels, is [LayerNormNative].
final class NormalizeNative {
  private NormalizeNative() {}

  private static Optional<NativeRows> rows(Over over, NativeSite site) {
    return over.kind() == Over.Kind.CHANNELS
        ? Optional.empty()
        : Optional.of(NativeRows.of(over, site.inShape(0)));
  }

  /// Sums of each task; empty for other ops and other sets.
  static Optional<Long> scratchBytes(Op op, List<TensorType> in) {
    return switch (op) {
      case Moments(Over over) -> pairs(over, in);
      case ChannelGradSums(Over over, _) ->
          over.kind() == Over.Kind.CHANNELS
              ? Optional.of(LayerNormNative.scratchBytes(in))
              : pairs(over, in);
      case NormalizeReluBackward(Normalize normalize) -> pairs(normalize.over(), in);
      case NormalizeGrad grad when grad.live() && grad.over().kind() == Over.Kind.GROUPS ->
          pairs(grad.over(), in);
      default -> Optional.empty();
    };
  }

  private static Optional<Long> pairs(Over over, List<TensorType> in) {
    return over.kind() == Over.Kind.CHANNELS
        ? Optional.empty()
        : Optional.of(NativeRows.of(over, in.getFirst().shape()).pairBytes());
  }

  static Optional<Kernel> moments(NativeSite site, Moments op) {
    if (op.over().kind() == Over.Kind.CHANNELS) {
      return Optional.of(new LayerNormNative(site).moments());
    }
    return rows(op.over(), site)
        .map(
            rows -> {
              int block = rows.perSet() == 1 ? NativeRows.BLOCK : rows.channels();
              var arguments =
                  rows.pack(
                          new Arguments()
                              .pointer(site.in(0))
                              .pointer(site.scratch())
                              .pointer(site.out(0))
                              .i64(op.over().sets(site.inShape(0))))
                      .i32(block);
              var slabs =
                  site.kernel("moments_slab", rows.allTasks(), rows.scratch(2, 3), arguments);
              long joins = rows.units() * Math.ceilDiv(rows.channels(), block);
              var join = site.kernel("moments_join", joins, rows.scratch(2, 0), arguments);
              return () -> {
                slabs.run();
                join.run();
              };
            });
  }

  static Optional<Kernel> forward(NativeSite site, Normalize op) {
    if (op.over().kind() == Over.Kind.CHANNELS) {
      return Optional.of(new LayerNormNative(site).forward(op.epsilon()));
    }
    return forward(site, op, false, false);
  }

  static Optional<Kernel> forward(NativeSite site, NormalizeRelu op) {
    return forward(site, op.normalize(), true, op.residual());
  }

  private static Optional<Kernel> forward(
      NativeSite site, Normalize op, boolean relu, boolean residual) {
    return rows(op.over(), site)
        .map(
            rows -> {
              var arguments =
                  new Arguments()
                      .pointer(site.in(0))
                      .pointer(site.in(1))
                      .pointer(site.in(2))
                      .pointer(site.in(3))
                      .pointer(residual ? site.in(4) : 0)
                      .pointer(site.out(0))
                      .f64(op.epsilon())
                      .i64(op.over().sets(site.inShape(0)));
              rows.pack(arguments).i32(relu ? 1 : 0).i32(rows.streams(site));
              return site.kernel("normalize", rows.allTasks(), rows.scratch(1, 3), arguments);
            });
  }

  static Optional<Kernel> sums(NativeSite site, ChannelGradSums op) {
    if (op.over().kind() == Over.Kind.CHANNELS) {
      return Optional.of(new LayerNormNative(site).sums(op));
    }
    return rows(op.over(), site)
        .map(
            rows ->
                new Gradient(site, rows, op.over(), op.epsilon())
                    .sums(site.scratch(), site.out(0))
                    .dy(2)
                    .sumKernel());
  }

  static Optional<Kernel> grad(NativeSite site, NormalizeGrad op) {
    if (op.over().kind() == Over.Kind.CHANNELS && op.live()) {
      return Optional.of(new LayerNormNative(site).grad(op));
    }
    return rows(op.over(), site)
        .map(
            rows -> {
              var gradient = new Gradient(site, rows, op.over(), op.epsilon()).gamma(2).dy(4);
              if (!op.live() || rows.perSet() == 1 && rows.units() == 1) {
                return gradient.sums(0, site.in(3)).live(op.live()).dxKernel("channels");
              }
              gradient.sums(site.scratch(), 0).live(true);
              var slabs = gradient.slabKernel();
              var dx = gradient.dxKernel("groups");
              return () -> {
                slabs.run();
                dx.run();
              };
            });
  }

  /// All sums are finished before dx starts: it may lie on x or on dy.
  static Optional<Kernel> reluBackward(NativeSite site, NormalizeReluBackward op) {
    var normalize = op.normalize();
    return rows(normalize.over(), site)
        .map(
            rows -> {
              var gradient =
                  new Gradient(site, rows, normalize.over(), normalize.epsilon())
                      .gamma(2)
                      .beta(3)
                      .dy(4)
                      .sums(site.scratch(), site.out(1))
                      .live(normalize.live());
              var sums = gradient.sumKernel();
              var dx = gradient.dxKernel("channels");
              return () -> {
                sums.run();
                dx.run();
              };
            });
  }

  /// The arguments that all kernels of `normalize_grad.cpp` share.
  private static final class Gradient {
    private final NativeSite site;
    private final NativeRows rows;
    private final Over over;
    private final double epsilon;
    private long gamma;
    private long beta;
    private long dy;
    private long partial;
    private long sums;
    private boolean live;

    Gradient(NativeSite site, NativeRows rows, Over over, double epsilon) {
      this.site = site;
      this.rows = rows;
      this.over = over;
      this.epsilon = epsilon;
    }

    Gradient gamma(int input) {
      gamma = site.in(input);
      return this;
    }

    Gradient beta(int input) {
      beta = site.in(input);
      return this;
    }

    Gradient dy(int input) {
      dy = site.in(input);
      return this;
    }

    Gradient sums(long ofTasks, long total) {
      partial = ofTasks;
      sums = total;
      return this;
    }

    Gradient live(boolean value) {
      live = value;
      return this;
    }

    private Arguments arguments() {
      var x = site.inShape(0);
      var arguments =
          new Arguments()
              .pointer(site.in(0))
              .pointer(site.in(1))
              .pointer(gamma)
              .pointer(beta)
              .pointer(dy)
              .pointer(partial)
              .pointer(sums)
              .pointer(site.out(0))
              .f64(epsilon)
              .i64(over.sets(x))
              .f64(over.count(x));
      return rows.pack(arguments)
          .i32(rows.units())
          .i32(NativeRows.BLOCK)
          .i32(live ? 1 : 0)
          .i32(rows.streams(site));
    }

    Kernel slabKernel() {
      return site.kernel("normalize_grad_slab", rows.allTasks(), rows.scratch(3, 5), arguments());
    }

    Kernel sumKernel() {
      var slabs = slabKernel();
      long joins = Math.ceilDiv(rows.channels(), NativeRows.BLOCK);
      var join = site.kernel("normalize_grad_join", joins, rows.scratch(2, 0), arguments());
      return () -> {
        slabs.run();
        join.run();
      };
    }

    Kernel dxKernel(String which) {
      return site.kernel(
          "normalize_grad_" + which, rows.allTasks(), rows.scratch(3, 5), arguments());
    }
  }
}
