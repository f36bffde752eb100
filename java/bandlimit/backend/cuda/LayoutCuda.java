package bandlimit.backend.cuda;

import bandlimit.graph.op.Concat;
import bandlimit.graph.op.Fold;
import bandlimit.graph.op.Pad;
import bandlimit.graph.op.Permute;
import bandlimit.graph.op.Slice;
import java.util.List;

/// `kernels/layout.cu`: moving elements without changing them, and the transpose of padding.
final class LayoutCuda {
  private LayoutCuda() {}

  static List<Work> pad(Site site, Pad op) {
    throw site.missing();
  }

  static List<Work> fold(Site site, Fold op) {
    throw site.missing();
  }

  static List<Work> permute(Site site, Permute op) {
    throw site.missing();
  }

  static List<Work> slice(Site site, Slice op) {
    throw site.missing();
  }

  static List<Work> concat(Site site, Concat op) {
    throw site.missing();
  }
}
