package bandlimit.plan;

import bandlimit.graph.op.Op;
import java.util.List;
import java.util.Optional;

/// One launch: the op, where it reads and writes, and its scratch memory if it has any.
///
/// Every core op writes one slot; a fused op may write several.
public record Step(String name, Op op, List<Slot> in, List<Slot> out, Optional<Slot> scratch) {
  public Step {
    in = List.copyOf(in);
    out = List.copyOf(out);
  }

  public Slot output() {
    return out.getFirst();
  }
}
