package bandlimit.conformance;

import bandlimit.backend.Backend;
import bandlimit.backend.Executable;
import bandlimit.backend.reference.ReferenceBackend;
import bandlimit.graph.op.FusedOp;
import bandlimit.graph.op.Op;
import bandlimit.plan.Plan;
import bandlimit.plan.Program;
import bandlimit.plan.Slot;
import bandlimit.plan.Step;
import bandlimit.tensor.DType;
import bandlimit.tensor.HostTensor;
import bandlimit.tensor.TensorType;
import java.util.List;

/// The reference, with one element of one kind of op moved by `error`: what a table must catch.
final class BrokenBackend implements Backend {
  private final Backend whole = new ReferenceBackend();
  private final Class<? extends Op> broken;
  private final double error;

  BrokenBackend(Class<? extends Op> broken, double error) {
    this.broken = broken;
    this.error = error;
  }

  @Override
  public String name() {
    return "broken";
  }

  @Override
  public String describe() {
    return "the reference with a wrong " + broken.getSimpleName();
  }

  @Override
  public boolean has(FusedOp op) {
    return false;
  }

  @Override
  public long scratchBytes(Op op, List<TensorType> in, TensorType out) {
    return 0;
  }

  @Override
  public int elementBytes(DType dtype) {
    return whole.elementBytes(dtype);
  }

  @Override
  public Executable compile(Program program) {
    return new Broken(whole.compile(program));
  }

  @Override
  public void close() {
    whole.close();
  }

  private final class Broken implements Executable {
    private final Executable executable;

    Broken(Executable executable) {
      this.executable = executable;
    }

    @Override
    public Program program() {
      return executable.program();
    }

    @Override
    public void write(Slot slot, HostTensor value) {
      executable.write(slot, value);
    }

    @Override
    public void read(Slot slot, HostTensor into) {
      executable.read(slot, into);
    }

    @Override
    public void run(Plan plan) {
      executable.run(plan, this::spoil);
    }

    @Override
    public void run(Plan plan, Observer observer) {
      executable.run(
          plan,
          (step, nanos) -> {
            spoil(step, nanos);
            observer.ran(step, nanos);
          });
    }

    private void spoil(Step step, long nanos) {
      if (broken.isInstance(step.op())) {
        var value = HostTensor.allocate(step.output().type().withDType(DType.F64));
        executable.read(step.output(), value);
        long last = value.shape().size() - 1;
        value.set(last, value.get(last) + error);
        executable.write(step.output(), value);
      }
    }

    @Override
    public void close() {
      executable.close();
    }
  }
}
