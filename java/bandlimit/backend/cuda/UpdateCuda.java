package bandlimit.backend.cuda;

import bandlimit.graph.op.AdamWStep;
import bandlimit.graph.op.ClipFactor;
import bandlimit.graph.op.Lerp;
import bandlimit.graph.op.Select;
import bandlimit.graph.op.SgdMomentum;
import bandlimit.graph.op.SgdStep;
import java.util.List;

/// `kernels/update.cu`: what turns gradients into the next state.
final class UpdateCuda {
  private UpdateCuda() {}

  static List<Work> select(Site site, Select op) {
    throw site.missing();
  }

  static List<Work> lerp(Site site, Lerp op) {
    throw site.missing();
  }

  static List<Work> clipFactor(Site site, ClipFactor op) {
    throw site.missing();
  }

  static List<Work> momentum(Site site, SgdMomentum op) {
    throw site.missing();
  }

  static List<Work> sgd(Site site, SgdStep op) {
    throw site.missing();
  }

  static List<Work> adamW(Site site, AdamWStep op) {
    throw site.missing();
  }
}
