package bandlimit.backend.cuda;

import bandlimit.backend.Arguments;
import bandlimit.graph.op.ArgmaxOneHot;
import bandlimit.graph.op.LogSoftmax;
import bandlimit.graph.op.OneHot;
import bandlimit.graph.op.Softmax;
import bandlimit.graph.op.SoftmaxCrossEntropy;
import bandlimit.graph.op.SoftmaxCrossEntropyGrad;
import bandlimit.tensor.DType;
import java.util.List;

/// `kernels/loss.cu`: softmax and what is made of it.
final class LossCuda {
  private LossCuda() {}

  /// Who works on a row; the first that fits.
  private enum Team {
    WARP(32, 512),
    BLOCK(256, Integer.MAX_VALUE),
    SIMPLE(1, Integer.MAX_VALUE);

    final int threads;
    final int longest;

    Team(int threads, int longest) {
      this.threads = threads;
      this.longest = longest;
    }

    static Team of(Site site, int k) {
      return !site.options().fast() ? SIMPLE : k <= WARP.longest ? WARP : BLOCK;
    }

    Work run(Site site, String op, long rows, Arguments arguments) {
      String kernel = "%s_%s_%s".formatted(op, lowerCase(), site.in(0).suffix());
      return site.flat("loss", kernel, rows * threads, arguments);
    }

    private String lowerCase() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  static List<Work> softmax(Site site, Softmax op) {
    return softmax(site, false);
  }

  static List<Work> logSoftmax(Site site, LogSoftmax op) {
    return softmax(site, true);
  }

  private static List<Work> softmax(Site site, boolean logarithm) {
    var x = site.in(0, DType.F32, DType.BF16);
    int k = lastAxis(x);
    var arguments = rows(site, x).i32(logarithm ? 1 : 0);
    return List.of(Team.of(site, k).run(site, "softmax", x.size() / k, arguments));
  }

  /// x, y, how many rows and how long: the start of several structs.
  private static Arguments rows(Site site, Operand x) {
    int k = lastAxis(x);
    return new Arguments()
        .pointer(x.address())
        .pointer(site.out(x.dtype()).address())
        .i64(x.size() / k)
        .i32(k);
  }

  private static int lastAxis(Operand x) {
    return x.shape().at(-1);
  }

  static List<Work> crossEntropy(Site site, SoftmaxCrossEntropy op) {
    return crossEntropy(site, "cross_entropy", 0);
  }

  static List<Work> crossEntropyGrad(Site site, SoftmaxCrossEntropyGrad op) {
    return crossEntropy(site, "cross_entropy_grad", site.in(2, site.in(0).dtype()).address());
  }

  private static List<Work> crossEntropy(Site site, String kernel, long dy) {
    var logits = site.in(0, DType.F32, DType.BF16);
    int k = lastAxis(logits);
    long rows = logits.size() / k;
    var arguments =
        new Arguments()
            .pointer(logits.address())
            .pointer(site.in(1, logits.dtype()).address())
            .pointer(dy)
            .pointer(site.out(logits.dtype()).address())
            .i64(rows)
            .i32(k);
    return List.of(Team.of(site, k).run(site, kernel, rows, arguments));
  }

  static List<Work> oneHot(Site site, OneHot op) {
    var labels = site.in(0, DType.I32);
    var y = site.out(DType.F32, DType.BF16);
    double off = op.smoothing() / op.classes();
    var arguments =
        new Arguments()
            .pointer(labels.address())
            .pointer(y.address())
            .i64(labels.size())
            .i32(op.classes())
            .f32(1 - op.smoothing() + off)
            .f32(off);
    return List.of(site.flat("loss", "one_hot_" + y.suffix(), y.size(), arguments));
  }

  static List<Work> argmax(Site site, ArgmaxOneHot op) {
    var x = site.in(0, DType.F32, DType.BF16);
    var team = site.options().fast() ? Team.WARP : Team.SIMPLE;
    return List.of(team.run(site, "argmax", x.size() / lastAxis(x), rows(site, x)));
  }
}
