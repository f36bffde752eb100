package bandlimit.backend.reference;

import bandlimit.backend.Backend;
import bandlimit.backend.Executable;
import bandlimit.graph.op.FusedOp;
import bandlimit.graph.op.Op;
import bandlimit.plan.Program;
import bandlimit.tensor.DType;
import bandlimit.tensor.TensorType;
import java.util.List;

/// The judge: double precision, one thread, no fused ops, no library. Slow on purpose.
public final class ReferenceBackend implements Backend {
  @Override
  public String name() {
    return "reference";
  }

  @Override
  public String describe() {
    return "reference: double precision, 1 thread, plain loops";
  }

  @Override
  public boolean has(FusedOp op) {
    return false; // the core ops are the definition of a fused one
  }

  @Override
  public long scratchBytes(Op op, List<TensorType> in, TensorType out) {
    return 0;
  }

  @Override
  public int elementBytes(DType dtype) {
    return Double.BYTES;
  }

  @Override
  public Executable compile(Program program) {
    return new ReferenceExecutable(program);
  }

  @Override
  public void close() {
    // nothing native to give back
  }
}
